import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  activateRule,
  activeRules,
  COMMAND_LINE,
  decideInShadow,
  goneRules,
  registerRules,
  reportRules,
  retireRule,
  ruleWarnings,
  shadowRules,
  silentRules,
  unreadableRules,
  watchRules,
} from '../../src/refunds/index.ts'
import { readStoredRule } from '../../src/refunds/versions/stored-rule.ts'
import { insertShadowDecisions } from '../../src/store/shadow-decisions.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { until } from '../support/until.ts'
import { activate, rule, stalled, storeDecided } from './rules-at-test.ts'
import { rulesFolder, soundRule } from './rules-folder.ts'

const DAY_MS = 86_400_000

let db: TestStore
/** Where the audit log stood before the test: nothing is ever taken out of it. */
let audited = 0
beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db.close())
beforeEach(async () => {
  await sql`truncate refund_rule_versions, shadow_decisions`.execute(db.store)
  for (const table of ['refund_decisions', 'refund_events'] as const)
    await db.store.deleteFrom(table).execute()
  const { last } = await db.store
    .selectFrom('audit_log')
    .select((eb) => eb.fn.max('id').as('last'))
    .executeTakeFirstOrThrow()
  audited = last ?? 0
})

const shadowOnly = { activateFirst: false }
const hashesOf = (rules: readonly { hash: string }[]) => rules.map(({ hash }) => hash)

async function statesOf(ruleId: string): Promise<Record<string, string>> {
  const rows = await db.store
    .selectFrom('refund_rule_versions')
    .select(['hash', 'state'])
    .where('rule_id', '=', ruleId)
    .execute()
  return Object.fromEntries(rows.map(({ hash, state }) => [hash, state]))
}

function auditOf(action: string) {
  const log = db.store.selectFrom('audit_log').selectAll().where('id', '>', audited)
  return log.where('action', '=', action).orderBy('id').execute()
}

describe('rules of the files', () => {
  test('run in the shadow at the first start: nothing pays until a person says so', async () => {
    const first = rule('film')
    const registered = await registerRules(db.store, [first, rule('broken', { priority: 20 })], shadowOnly)
    expect(registered).toMatchObject({ active: 0, gone: [] })
    expect(await activeRules(db.store)).toEqual([])
    expect(hashesOf(await shadowRules(db.store))).toContain(first.hash)
    expect(await ruleWarnings(db.store, new Date())).toEqual([
      expect.stringContaining('2 rules run in the shadow; nothing is paid until somebody activates them'),
    ])
  })

  test('are active from the start in the sandbox, and a file that changes there later is not', async () => {
    const first = rule('film')
    await registerRules(db.store, [first], { activateFirst: true })
    expect(await activeRules(db.store)).toEqual([first])
    const changed = rule('film', { amount: { sharePercent: 60 } })
    await registerRules(db.store, [changed, rule('new', { priority: 5 })], { activateFirst: true })
    expect(hashesOf(await activeRules(db.store))).toEqual([first.hash])
    expect(hashesOf(await shadowRules(db.store))).toContain(changed.hash)
    expect((await shadowRules(db.store)).map(({ id }) => id)).toEqual(['film', 'new'])
  })

  test('that only the sandbox made active pay nothing where the money is real, until a person says so', async () => {
    const [film, other] = [rule('film'), rule('broken', { priority: 20 })]
    await registerRules(db.store, [film, other], { activateFirst: true })
    const byPerson = { ruleId: 'broken', hash: other.hash, actor: 'user:1', fourEyes: false }
    await retireRule(db.store, { ruleId: 'broken', actor: 'user:1' })
    await activateRule(db.store, byPerson)
    // Refunds that are switched off for a while change nothing.
    await registerRules(db.store, [film, other], { activateFirst: false, realMoney: false })
    expect(await activeRules(db.store)).toHaveLength(2)
    const registered = await registerRules(db.store, [film, other], shadowOnly)
    expect(registered).toMatchObject({ active: 1, gone: [] })
    expect(hashesOf(await activeRules(db.store))).toEqual([other.hash])
    expect(hashesOf(await shadowRules(db.store))).toEqual([film.hash])
    expect((await auditOf('rule.retired')).at(-1)).toMatchObject({
      actor: 'rule-files',
      subject: 'rule:film',
    })
  })

  test('are registered once by eight processes that start together', async () => {
    const rules = [rule('film'), rule('broken', { priority: 20 })]
    const all = await Promise.all(
      Array.from({ length: 8 }, () => registerRules(db.store, rules, { activateFirst: true })),
    )
    expect(all.map(({ active }) => active)).toEqual(Array(8).fill(2))
    expect(await auditOf('rule.activated')).toHaveLength(2)
  })

  test('take the place of an earlier one in the shadow, and come back when the file does', async () => {
    const [a, b] = [rule('film'), rule('film', { priority: 11 })]
    await registerRules(db.store, [a], shadowOnly)
    await registerRules(db.store, [b], shadowOnly)
    expect(await statesOf('film')).toEqual({ [a.hash]: 'retired', [b.hash]: 'shadow' })
    await registerRules(db.store, [a], shadowOnly)
    expect(await statesOf('film')).toEqual({ [a.hash]: 'shadow', [b.hash]: 'retired' })
  })

  test('go on paying when their file is gone, with a warning, until a person retires them', async () => {
    await activate(db.store, rule('film'))
    const registered = await registerRules(db.store, [], shadowOnly)
    expect(registered).toMatchObject({ gone: ['film'], active: 1 })
    expect(await goneRules(db.store)).toEqual(['film'])
    expect(await ruleWarnings(db.store, new Date())).toEqual([
      expect.stringContaining('rule film: its file is gone'),
    ])
    expect(await activeRules(db.store)).toHaveLength(1)
    expect(await retireRule(db.store, { ruleId: 'film', actor: 'user:1' })).toBe(rule('film').hash)
    expect(await activeRules(db.store)).toEqual([])
    expect(await goneRules(db.store)).toEqual([])
  })

  test('keep a person’s word when a release only reads more out of the same words', async () => {
    const now = rule('film')
    await activate(db.store, now)
    // As an earlier release had stored it: without what was learnt since, under another hash.
    const { hash: _hash, quietDays: _quietDays, ...before } = now
    const old = 'a'.repeat(64)
    await db.store
      .updateTable('refund_rule_versions')
      .set({ hash: old, content: JSON.stringify(before) })
      .execute()
    await registerRules(db.store, [now], shadowOnly)
    expect(await statesOf('film')).toEqual({ [old]: 'retired', [now.hash]: 'active' })
  })
})

describe('a stored version that this release can not read', () => {
  test('decides nothing, is told of, and stops no other rule', async () => {
    const [good, bad] = [rule('good'), rule('bad', { priority: 20 })]
    await activate(db.store, good, bad)
    const hash = 'b'.repeat(64)
    await db.store
      .updateTable('refund_rule_versions')
      .set({ hash, content: JSON.stringify({ ...bad, when: 'session.mood > 3' }) })
      .where('rule_id', '=', 'bad')
      .execute()
    expect((await activeRules(db.store)).map(({ id }) => id)).toEqual(['good'])
    const [broken] = await unreadableRules(db.store)
    expect(broken?.ruleId).toBe('bad')
    expect((await ruleWarnings(db.store, new Date())).join()).toContain('rule bad: this release can not read')
    expect(readStoredRule('c'.repeat(64), { nothing: true }).problem).not.toBeNull()
  })
})

describe('activating', () => {
  const [before, after] = [rule('film'), rule('film', { amount: { sharePercent: 60 } })]

  test('retires the version before, and writes both hashes down', async () => {
    await activate(db.store, before)
    await registerRules(db.store, [after], shadowOnly)
    const done = await activateRule(db.store, {
      ruleId: 'film',
      hash: null,
      actor: 'user:1',
      fourEyes: false,
    })
    expect(done).toEqual({ outcome: 'activated', hash: after.hash, before: before.hash })
    expect(await statesOf('film')).toEqual({ [before.hash]: 'retired', [after.hash]: 'active' })
    expect((await auditOf('rule.activated')).at(-1)).toMatchObject({
      actor: 'user:1',
      subject: 'rule:film',
      detail: { before: before.hash, after: after.hash },
    })
  })

  test('needs a second person where four eyes are asked for, and the command line is nobody', async () => {
    await activate(db.store, before)
    await registerRules(db.store, [after], shadowOnly)
    const asked = (actor: string) =>
      activateRule(db.store, { ruleId: 'film', hash: after.hash, actor, fourEyes: true })
    expect(await asked('user:1')).toEqual({ outcome: 'proposed', hash: after.hash })
    expect(await asked('user:1')).toMatchObject({ outcome: 'refused', reason: 'same-person' })
    expect(await asked(COMMAND_LINE)).toMatchObject({ outcome: 'refused', reason: 'no-name' })
    expect(hashesOf(await activeRules(db.store))).toEqual([before.hash])
    expect(await asked('user:2')).toMatchObject({ outcome: 'activated' })
    expect(hashesOf(await activeRules(db.store))).toEqual([after.hash])
    expect((await auditOf('rule.activated')).at(-1)?.detail).toMatchObject({ proposedBy: 'user:1' })
  })

  test('is proposed anew by the first person who stands behind what the command line proposed', async () => {
    await activate(db.store, before)
    await registerRules(db.store, [after], shadowOnly)
    const asked = (actor: string) =>
      activateRule(db.store, { ruleId: 'film', hash: after.hash, actor, fourEyes: true })
    expect(await asked(COMMAND_LINE)).toMatchObject({ outcome: 'proposed' })
    expect(await asked('user:1')).toMatchObject({ outcome: 'proposed' })
    expect(await asked('user:1')).toMatchObject({ outcome: 'refused', reason: 'same-person' })
    expect(await asked('user:2')).toMatchObject({ outcome: 'activated' })
  })

  test('ends one way when two people do it at the same moment', async () => {
    await registerRules(db.store, [after], shadowOnly)
    const both = await Promise.all(
      ['user:1', 'user:2'].map((actor) =>
        activateRule(db.store, { ruleId: 'film', hash: after.hash, actor, fourEyes: false }),
      ),
    )
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['activated', 'refused'])
  })

  test('is refused where another active rule has the same priority for the same event', async () => {
    await activate(db.store, rule('other'))
    await registerRules(db.store, [rule('other'), before], shadowOnly)
    const done = await activateRule(db.store, {
      ruleId: 'film',
      hash: null,
      actor: 'user:1',
      fourEyes: false,
    })
    expect(done).toMatchObject({ outcome: 'refused', reason: 'clash' })
    expect(done.outcome === 'refused' && done.why.en).toContain('other is active with priority 10')
  })

  test('lets rules with the same priority live side by side where no complaint could wake both', async () => {
    const about = (code: string) =>
      rule(code.replace('.', '-'), { event: 'complaint.coded', when: undefined, codes: [code] })
    await activate(db.store, about('item.wrong'), about('item.defective'))
    expect(await activeRules(db.store)).toHaveLength(2)
    await expect(
      activate(
        db.store,
        rule('all', {
          event: 'complaint.coded',
          when: undefined,
          codes: ['item.*'],
        }),
      ),
    ).rejects.toThrow('give each its own')
  })

  test('brings an earlier version back by the beginning of its hash', async () => {
    await activate(db.store, before)
    await activate(db.store, after)
    const done = await activateRule(db.store, {
      ruleId: 'film',
      hash: before.hash.slice(0, 8),
      actor: 'user:1',
      fourEyes: false,
    })
    expect(done).toMatchObject({ outcome: 'activated', hash: before.hash })
    // The file still says the other one: it goes on beside it, paying nothing.
    expect(await statesOf('film')).toEqual({ [before.hash]: 'active', [after.hash]: 'shadow' })
  })

  test('says what is not there', async () => {
    const ask = (ruleId: string, hash: string | null) =>
      activateRule(db.store, { ruleId, hash, actor: 'user:1', fourEyes: false })
    expect(await ask('nobody', null)).toMatchObject({ reason: 'unknown' })
    await activate(db.store, before)
    expect(await ask('film', null)).toMatchObject({ reason: 'nothing-new' })
    expect(await ask('film', before.hash)).toMatchObject({ reason: 'active-already' })
    expect(await ask('film', 'abcdef')).toMatchObject({ reason: 'unknown' })
    expect(await ask('film', before.hash.slice(0, 3))).toMatchObject({ reason: 'unknown' })
  })
})

describe('in the shadow', () => {
  test('a version is asked in the place of its sibling, and another rule’s answer is not its own', () => {
    const live = rule('film', { amount: { sharePercent: 50 } })
    const other = rule('vip', { priority: 50, when: 'session.stalls > 100' })
    const dearer = rule('film', { amount: { sharePercent: 100 } })
    const outbid = rule('film', { priority: 1, amount: { sharePercent: 100 } })
    const elsewhere = rule('late', { event: 'delivery.overdue', when: 'delivery.daysLate > 1' })
    const decided = decideInShadow(stalled(), [live, other], [dearer, outbid, elsewhere])
    expect(decided).toMatchObject([
      { hash: dearer.hash, outcome: 'pay', amountMinor: 300, currency: 'USD' },
      { hash: outbid.hash, outcome: 'pay', amountMinor: 300 },
    ])
    const vip = decideInShadow(stalled({ stalls: 200 }), [live, other], [outbid])
    expect(vip).toMatchObject([{ hash: outbid.hash, outcome: 'no-rule', amountMinor: 0 }])
  })

  test('is counted beside what was really paid in the same time', async () => {
    const [live, next] = [rule('film'), rule('film', { amount: { sharePercent: 100 } })]
    await activate(db.store, live)
    const early = new Date(Date.now() - 3 * DAY_MS)
    await storeDecided(db.store, stalled({ at: early }), { rule: live, amountMinor: 150 })
    await registerRules(db.store, [next], shadowOnly)
    await db.store
      .updateTable('refund_rule_versions')
      .set({ seen_at: new Date(Date.now() - DAY_MS) })
      .where('hash', '=', next.hash)
      .execute()
    for (const stalls of [9, 9, 1]) {
      const event = stalled({ at: new Date(), stalls })
      const eventId = await storeDecided(db.store, event, stalls > 3 ? { rule: live, amountMinor: 150 } : {})
      const decided = decideInShadow(event, [live], [next])
      await db.store.transaction().execute((trx) => insertShadowDecisions(trx, eventId, decided))
      // Decided once more, as a session is that was watched on: counted once.
      await db.store.transaction().execute((trx) => insertShadowDecisions(trx, eventId, decided))
    }
    const [film] = await reportRules(db.store, new Date())
    expect(film?.live).toMatchObject({ fired: 3, paid: 3, money: [{ currency: 'USD', minor: 450 }] })
    expect(film?.shadow[0]?.shadow).toMatchObject({
      own: { paid: 2, money: [{ currency: 'USD', minor: 600 }] },
      live: { paid: 2, money: [{ currency: 'USD', minor: 300 }] },
    })
  })
})

describe('a rule is silent', () => {
  const now = new Date('2026-11-22T00:00:00Z')
  const ago = (days: number) => new Date(now.getTime() - days * DAY_MS)

  async function activeSince(at: Date): Promise<void> {
    await db.store.updateTable('refund_rule_versions').set({ activated_at: at }).execute()
  }

  test('when its event came and it did not fire for its quiet days', async () => {
    const film = rule('film', { quietDays: 14 })
    await activate(db.store, film)
    await activeSince(ago(30))
    expect(await silentRules(db.store, now)).toEqual([])
    await storeDecided(db.store, stalled({ at: ago(20) }), { rule: film })
    await storeDecided(db.store, stalled({ at: ago(3) }))
    await storeDecided(db.store, stalled({ at: ago(2) }))
    expect(await silentRules(db.store, now)).toEqual([
      { ruleId: 'film', name: film.name, quietDays: 14, lastAt: ago(20), events: 2 },
    ])
    await storeDecided(db.store, stalled({ at: ago(1) }), { rule: film, outcome: 'ask' })
    expect(await silentRules(db.store, now)).toEqual([])
  })

  test('not before it was active for so long, nor when only other events came', async () => {
    await activate(db.store, rule('film', { quietDays: 14 }))
    await storeDecided(db.store, stalled({ at: ago(1) }))
    await activeSince(ago(13))
    expect(await silentRules(db.store, now)).toEqual([])
    await activeSince(ago(15))
    expect(await silentRules(db.store, now)).toHaveLength(1)
    await db.store.updateTable('refund_decisions').set({ kind: 'playback.failed' }).execute()
    expect(await silentRules(db.store, now)).toEqual([])
  })

  test('about the codes that it is for, and a rule about repeats only where something repeated', async () => {
    const complaint = (code: string, earlier: number[]) => ({
      ...stalled({ at: ago(1) }),
      kind: 'complaint.coded' as const,
      session: undefined,
      complaint: {
        code,
        codes: [code],
        severity: 1,
        confidence: 0.9,
        language: 'en',
        network: 'x',
        earlierByCustomerDays: earlier,
        earlierByProductDays: earlier,
      },
    })
    const fields = { when: undefined, action: 'ask', amount: { sharePercent: 100 } }
    await activate(
      db.store,
      rule('goods', { ...fields, event: 'complaint.coded', codes: ['item.*'] }),
      rule('again', {
        ...fields,
        event: 'complaint.repeated',
        codes: ['item.*'],
        repeat: { perCustomer: 2, withinDays: 90 },
      }),
    )
    await activeSince(ago(30))
    await storeDecided(db.store, complaint('delivery.late', [3]))
    expect(await silentRules(db.store, now)).toEqual([])
    await storeDecided(db.store, complaint('item.wrong', []))
    expect((await silentRules(db.store, now)).map(({ ruleId }) => ruleId)).toEqual(['goods'])
    await storeDecided(db.store, complaint('item.wrong', [3]))
    expect((await silentRules(db.store, now)).map(({ ruleId }) => ruleId)).toEqual(['again', 'goods'])
  })
})

describe('the folder of rules', () => {
  const watch = async (dir: string) => {
    const files = await watchRules(db.store, dir, { activateFirst: true, everyMs: 20 })
    onTestFinished(() => files.stop())
    return files
  }

  test('with a fault ends the very first start, and later leaves what is active alone', async () => {
    const dir = rulesFolder({ film: { priority: 'high' } })
    await expect(watch(dir)).rejects.toThrow(/film\.yaml:\d+:\d+: priority/)
    writeFileSync(join(dir, 'film.yaml'), JSON.stringify({ id: 'film', ...soundRule }))
    await (await watch(dir)).stop()
    writeFileSync(join(dir, 'film.yaml'), 'id: [')
    const files = await watch(dir)
    expect(files.faults()[0]).toMatchObject({ file: join(dir, 'film.yaml'), line: 1 })
    expect((await activeRules(db.store)).map(({ id }) => id)).toEqual(['film'])
    const warnings = await ruleWarnings(db.store, new Date(), files.faults())
    expect(warnings.join('\n')).toMatch(/have faults.*film\.yaml:1:/s)
  })

  test('is taken over again while it runs, whenever a file changes', async () => {
    const dir = rulesFolder({ film: {} })
    const files = await watch(dir)
    const [first] = await activeRules(db.store)
    writeFileSync(join(dir, 'film.yaml'), JSON.stringify({ id: 'film', ...soundRule, priority: 77 }))
    await until(
      'the changed file is in the shadow',
      async () => (await shadowRules(db.store))[0]?.priority === 77,
    )
    expect(hashesOf(await activeRules(db.store))).toEqual([first?.hash])
    writeFileSync(join(dir, 'film.yaml'), 'id: film\n')
    await until('the fault is told', () => files.faults().length > 0)
    expect(await shadowRules(db.store)).toHaveLength(1)
    rmSync(join(dir, 'film.yaml'))
    await until('the file is gone', async () => (await goneRules(db.store)).length === 1)
    expect(files.faults()).toEqual([])
  })
})
