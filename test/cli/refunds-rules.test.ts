import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { activeRules, registerRules } from '../../src/refunds/index.ts'
import { activate, rule, stalled, storeDecided } from '../refunds/rules-at-test.ts'
import { rulesFolder } from '../refunds/rules-folder.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { ndjson, ROOT, runCli } from './run-cli.ts'

const [before, after] = [rule('film'), rule('film', { amount: { sharePercent: 60 } })]

let db: TestStore
let env: Record<string, string>
beforeAll(async () => {
  db = await createTestStore()
  env = { DATABASE_URL: db.url }
  await registerRules(db.store, [before], { activateFirst: false })
})
afterAll(() => db.close())

const activeHashes = async () => (await activeRules(db.store)).map(({ hash }) => hash)

/** A templates folder whose payouts.yaml asks for four eyes. */
function fourEyes(): Record<string, string> {
  const dir = mkdtempSync(join(tmpdir(), 'kikimimi-templates-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  cpSync(join(ROOT, 'templates'), dir, { recursive: true })
  const payouts = readFileSync(join(dir, 'payouts.yaml'), 'utf8')
  writeFileSync(join(dir, 'payouts.yaml'), payouts.replace('fourEyes: false', 'fourEyes: true'))
  return { ...env, TEMPLATES_DIR: dir }
}

describe('refunds rules', () => {
  test('and status say in words that nothing pays before somebody activates a rule', async () => {
    const { code, out } = await runCli(['refunds', 'rules'], { env })
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^film +playback.ended +${before.hash.slice(0, 12)} +shadow`, 'm'))
    expect(out).toContain('1 rule(s) run in the shadow; nothing is paid until somebody activates them')
    const status = await runCli(['status'], { env })
    expect(status.out).toContain('Refund rules: 0 active, 1 in the shadow')
    expect(status.out).toContain('nothing is paid until somebody activates them')
  })
})

describe('refunds activate', () => {
  test('changes nothing where nobody sits at the terminal and --yes is missing, but shows the difference', async () => {
    const { code, out, err } = await runCli(['refunds', 'activate', 'film'], { env })
    expect(code).toBe(1)
    expect(out).toContain('+id: film')
    expect(err).toContain('Nothing was changed')
    expect(await activeHashes()).toEqual([])
  })

  test('makes the version in the shadow pay, and shows what changes', async () => {
    const first = await runCli(['refunds', 'activate', 'film', '--yes', '--json'], { env })
    expect(first.lines()).toEqual([{ rule: 'film', hash: before.hash, before: null, outcome: 'activated' }])
    await registerRules(db.store, [after], { activateFirst: false })
    const second = await runCli(['refunds', 'activate', 'film', after.hash.slice(0, 10), '--yes'], { env })
    expect(second.err).toBe('')
    expect(second.out).toMatch(/^- {2}sharePercent: 50\n\+ {2}sharePercent: 60$/m)
    expect(second.out).toContain('is active')
    expect(await activeHashes()).toEqual([after.hash])
    const rules = (await runCli(['refunds', 'rules', '--json'], { env })).lines()
    expect(rules.map(({ hash, state }) => [hash, state])).toEqual([
      [after.hash, 'active'],
      [before.hash, 'retired'],
    ])
  })

  test('only proposes where four eyes are asked for', async () => {
    await registerRules(db.store, [before], { activateFirst: false })
    const yes = ['refunds', 'activate', 'film', '--yes']
    const there = fourEyes()
    const proposed = await runCli([...yes, '--json'], { env: there })
    expect(proposed.lines()).toMatchObject([{ outcome: 'proposed', hash: before.hash }])
    const again = await runCli(yes, { env: there })
    expect(again.code).toBe(1)
    expect(again.err).toContain('can not agree')
    expect(await activeHashes()).toEqual([after.hash])
    expect((await runCli(['status'], { env })).out).toContain('1 proposed')
  })

  test('says what is wrong: no rule named, none of that name', async () => {
    expect(await runCli(['refunds', 'activate'], { env })).toMatchObject({ code: 2 })
    const unknown = await runCli(['refunds', 'activate', 'nobody', '--yes'], { env })
    expect(unknown).toMatchObject({ code: 1, err: 'there is no rule nobody.\n' })
  })
})

describe('refunds retire', () => {
  test('stops a rule, once', async () => {
    await activate(db.store, rule('gone', { priority: 99 }))
    const { code, lines } = await runCli(['refunds', 'retire', 'gone', '--json'], { env })
    expect(code).toBe(0)
    expect(lines()).toEqual([{ rule: 'gone', hash: rule('gone', { priority: 99 }).hash }])
    expect((await activeRules(db.store)).map(({ id }) => id)).not.toContain('gone')
    expect(await runCli(['refunds', 'retire', 'gone'], { env })).toMatchObject({ code: 1 })
  })
})

describe('refunds simulate', () => {
  const line = (id: string, stalls: number) => ({ id, ...stalled({ stalls }) })
  const dir = () => rulesFolder({ film: { when: 'session.stalls > 3' } })

  test('replays a file against the rules as edited and those of another folder', async () => {
    const other = rulesFolder({ film: { when: 'session.stalls > 8', amount: { sharePercent: 100 } } })
    const stdin = ndjson([line('a', 9), line('b', 5), line('c', 1)])
    const args = ['refunds', 'simulate', '--events', '-', '--rules', dir(), '--against', other]
    const { code, err, lines } = await runCli([...args, '--json'], { stdin })
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(lines()[0]).toMatchObject({
      events: 3,
      noRule: 1,
      paid: { count: 2, money: [{ currency: 'USD', minor: 300 }], examples: ['a', 'b'] },
      difference: {
        live: { count: 1 },
        newlyPaid: { count: 1, examples: ['b'] },
        changed: { count: 1, money: [{ currency: 'USD', minor: -150 }], examples: ['a'] },
      },
    })
    const text = await runCli(args, { stdin })
    expect(text.out).toMatch(/^film +2 +\$3\.00/m)
    expect(text.out).toMatch(/^newly paid +1 +\$1\.50 +b/m)
  })

  test('tells a bad line with its number, goes on without it, and ends with 1', async () => {
    const stdin = `${ndjson([line('a', 9)])}{"kind":"birthday"}\nnonsense\n${ndjson([line('b', 9)])}`
    const args = ['refunds', 'simulate', '--events', '-', '--rules', dir(), '--against', dir(), '--json']
    const { code, err, lines } = await runCli(args, { stdin })
    expect(code).toBe(1)
    expect(err).toMatch(/^line 2: .*kind/m)
    expect(err).toMatch(/^line 3: not JSON/m)
    expect(lines()[0]).toMatchObject({ events: 2, paid: { count: 2 } })
  })

  test('replays what was decided here against the active rules', async () => {
    const day = new Date('2026-11-03T10:00:00Z')
    await storeDecided(db.store, stalled({ at: day }), { rule: after, amountMinor: 180 })
    const args = ['refunds', 'simulate', '--from', '2026-11-03', '--to', '2026-11-03', '--rules', dir()]
    const { err, lines } = await runCli([...args, '--json'], { env })
    expect(err).toBe('')
    expect(lines()[0]).toMatchObject({
      events: 1,
      paid: { count: 1, money: [{ currency: 'USD', minor: 150 }] },
      difference: { live: { money: [{ currency: 'USD', minor: 180 }] }, changed: { count: 1 } },
    })
    const none = await runCli(['refunds', 'simulate', '--to', '2020-01-01', '--rules', dir()], { env })
    expect(none.out).toContain('No event to replay')
  })

  test('compares with nothing, and says so, where the product does not run', async () => {
    const args = ['refunds', 'simulate', '--events', '-', '--rules', dir(), '--json']
    const { code, err, lines } = await runCli(args, {
      stdin: ndjson([line('a', 9)]),
      env: { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
    })
    expect(code).toBe(0)
    expect(err).toContain('Compared with nothing')
    expect(lines()[0]).toMatchObject({ paid: { count: 1 }, difference: null })
  })

  test('refuses rules with faults and days that are none', async () => {
    const broken = rulesFolder({ film: { priority: 'high' } })
    const { code, err } = await runCli(['refunds', 'simulate', '--rules', broken], { env })
    expect(code).toBe(1)
    expect(err).toMatch(/film\.yaml:\d+:\d+: priority/)
    expect(await runCli(['refunds', 'simulate', '--from', 'May'], { env })).toMatchObject({ code: 2 })
    expect(await runCli(['refunds', 'simulate', '--events', '-', '--from', '2026-11-01'])).toMatchObject({
      code: 2,
    })
    const missing = await runCli(['refunds', 'simulate', '--events', '/no/such/file', '--against', dir()])
    expect(missing).toMatchObject({ code: 1 })
    expect(missing.err).toContain('can not be read')
  })
})
