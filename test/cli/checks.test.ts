import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rulesFolder } from '../refunds/rules-folder.ts'
import { ROOT, runCli } from './run-cli.ts'

function copyOfTemplates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-templates-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const dir = join(folder, 'templates')
  cpSync(join(ROOT, 'templates'), dir, { recursive: true })
  return dir
}

function edit(file: string, from: string, to: string): void {
  const before = readFileSync(file, 'utf8')
  expect(before).toContain(from)
  writeFileSync(file, before.replace(from, to))
}

describe('refunds check', () => {
  test('lists the rules that ship', async () => {
    const { code, out, err } = await runCli(['refunds', 'check'])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/playback\.ended +100 +refund +streaming-rental/)
  })

  test('tells every fault of every rule by file, line and column', async () => {
    const dir = rulesFolder({
      sound: { priority: 1 },
      typo: { priority: 2, when: 'session.stals > 3' },
      twins: { priority: 1, amount: { sharePercent: 120 } },
    })
    const { code, out, err } = await runCli(['refunds', 'check', dir])
    expect(out).toBe('')
    expect(code).toBe(1)
    const lines = err.trim().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(2)
    for (const line of lines) expect(line).toMatch(/^.*\.yaml:\d+:\d+: /)
    expect(err).toMatch(/twins\.yaml:\d+:\d+: amount\.sharePercent/)
    expect(err).toMatch(/typo\.yaml:\d+:\d+: when: .*stals/)
  })

  test('--json gives the same to machines', async () => {
    const dir = rulesFolder({ typo: { when: 'session.stals > 3' } })
    const { code, lines } = await runCli(['refunds', 'check', dir, '--json'])
    expect(lines()).toMatchObject([
      {
        ok: false,
        rules: [],
        faults: [{ file: join(dir, 'typo.yaml'), line: expect.any(Number), column: expect.any(Number) }],
      },
    ])
    expect(code).toBe(1)
    const sound = await runCli(['refunds', 'check', '--json'])
    expect(sound.lines()).toMatchObject([
      {
        ok: true,
        faults: [],
        warnings: [],
        rules: expect.arrayContaining([
          expect.objectContaining({ id: 'streaming-rental', action: 'refund', priority: 100 }),
        ]),
      },
    ])
  })

  test('a condition that decides nothing is a warning, and the rules are sound all the same', async () => {
    const dir = rulesFolder({ slip: { when: 'session.rebufferRatio > 2.0' } })
    const { code, out, err } = await runCli(['refunds', 'check', dir])
    expect(code).toBe(0)
    expect(err).toMatch(/^warning: .*slip\.yaml:\d+:\d+: when: is true for none of \d+ sample events/)
    expect(out).toContain('slip')
    const { lines } = await runCli(['refunds', 'check', dir, '--json'])
    expect(lines()).toMatchObject([{ ok: true, faults: [], warnings: [{ file: join(dir, 'slip.yaml') }] }])
  })

  test('mails, replies and wrap-up codes are looked up in the templates around the rules', async () => {
    const dir = join(copyOfTemplates(), 'refunds')
    edit(join(dir, 'item-wrong.yaml'), 'mail: replacement', 'mail: replacment\nreply: item.wrnog')
    edit(join(dir, 'packaging-damage.yaml'), '[packaging.damage]', '[packaging.damaged]')
    const { code, err } = await runCli(['refunds', 'check', dir])
    expect(code).toBe(1)
    expect(err).toMatch(/item-wrong\.yaml:\d+:7: mail: there is no mail replacment/)
    expect(err).toMatch(/item-wrong\.yaml:\d+:8: reply: there is no reply item\.wrnog/)
    expect(err).toMatch(/packaging-damage\.yaml:\d+:9: codes: no code of taxonomy\.yaml/)
  })

  test('a folder that is not there is a fault', async () => {
    const { code, err } = await runCli(['refunds', 'check', 'no/such/folder'])
    expect(err).toMatch(/^no\/such\/folder:1:1: .*can not be read/)
    expect(code).toBe(1)
  })

  test('a path is relative to where the person stands, not to the folder that npm runs us in', async () => {
    const dir = rulesFolder({ sound: {} })
    const env = { INIT_CWD: dirname(dir), npm_lifecycle_event: 'kikimimi' }
    const { code, err } = await runCli(['refunds', 'check', dir.slice(dirname(dir).length + 1)], { env })
    expect(err).toBe('')
    expect(code).toBe(0)
  })
})

describe('templates check', () => {
  test('finds nothing wrong with what ships', async () => {
    const { code, out, err } = await runCli(['templates', 'check'])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/^templates: \d+ codes, .*No faults\./)
  })

  test('tells the faults of all files at once', async () => {
    const dir = copyOfTemplates()
    edit(join(dir, 'taxonomy.yaml'), 'code: delivery.late', 'code: Delivery Late')
    edit(join(dir, 'catalogue.yaml'), 'id: film-casablanca', 'sku: film-casablanca')
    edit(join(dir, 'replies/question/ja.liquid'), '{{', '{% nope %}{{')
    edit(join(dir, 'policy.yaml'), 'crisis: false', 'crisis: perhaps')
    edit(join(dir, 'listening.yaml'), 'name: brand', 'name: Our Brand')
    edit(join(dir, 'refunds/streaming-rental.yaml'), 'priority: 100', 'priority: high')
    rmSync(join(dir, 'emails/refund-streaming/ja.liquid'))
    const { code, out, err } = await runCli(['templates', 'check', dir])
    expect(out).toBe('')
    expect(code).toBe(1)
    for (const file of [
      'taxonomy.yaml',
      'catalogue.yaml',
      'replies/question/ja.liquid',
      'policy.yaml',
      'listening.yaml',
      'refunds/streaming-rental.yaml',
      'emails/refund-streaming/ja.liquid',
    ]) {
      expect(err).toMatch(new RegExp(`^${join(dir, file).replaceAll('.', '\\.')}:\\d+:\\d+: `, 'm'))
    }
    expect(err).toMatch(/\d+ faults in 7 files\n$/)
  })

  test('a rule that sends again can not have a mail that tells an amount', async () => {
    const dir = copyOfTemplates()
    edit(join(dir, 'refunds/item-wrong.yaml'), 'mail: replacement', 'mail: refund-complaint')
    const { code, err } = await runCli(['templates', 'check', dir])
    expect(code).toBe(1)
    expect(err).toMatch(/item-wrong\.yaml:\d+:\d+: mail: refund-complaint needs amountMinor, currency, which/)
  })

  test('finds where files contradict each other: codes and mails that do not exist', async () => {
    const dir = copyOfTemplates()
    renameSync(join(dir, 'replies/question'), join(dir, 'replies/querstion'))
    edit(join(dir, 'policy.yaml'), '[conduct.abuse, none]', '[conduct.abuse, nonne]')
    edit(join(dir, 'refunds/streaming-rental.yaml'), 'mail: refund-streaming', 'mail: refund-films')
    const { code, err } = await runCli(['templates', 'check', dir])
    expect(err).toContain('no code of taxonomy.yaml is called querstion')
    expect(err).toMatch(/policy\.yaml:\d+:\d+: neverAnswer\.codes: no code of taxonomy\.yaml is called nonne/)
    expect(err).toMatch(/streaming-rental\.yaml:\d+:7: mail: there is no mail refund-films/)
    expect(code).toBe(1)
  })
})
