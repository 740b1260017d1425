import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ConditionError,
  checkRefundRules,
  compileRule,
  type KnownTemplates,
  loadRefundRules,
  REFUND_EVENT_KINDS,
  type RefundRule,
  refundRuleJsonSchema,
  refundVariables,
  sampleEvents,
  variablesOf,
} from '../../src/refunds/index.ts'
import { TemplateFileError } from '../../src/yaml-file.ts'
import { rulesFolder, soundRule } from './rules-folder.ts'

/** The faults of a folder without the folder's own name. */
function faultsOf(files: Record<string, string | object>, known?: KnownTemplates): string[] {
  const dir = rulesFolder(files)
  try {
    loadRefundRules(dir, known)
    return []
  } catch (error) {
    if (!(error instanceof TemplateFileError)) throw error
    return error.message.split('\n').map((line) => line.replace(`${dir}/`, ''))
  }
}

/** The warnings about one rule, without the folder's name. */
function warningsOf(rule: object): string[] {
  const dir = rulesFolder({ r: rule })
  const { faults, warnings } = checkRefundRules(dir)
  expect(faults).toEqual([])
  return warnings.map(({ file, line, column, message }) =>
    `${file}:${line}:${column}: ${message}`.replace(`${dir}/`, ''),
  )
}

function load(files: Record<string, string | object>): RefundRule {
  return loadRefundRules(rulesFolder(files))[0] as RefundRule
}

const HEAD = `id: r
name: { en: A rule, ja: ルール }
event: playback.ended
priority: 10
amount: { sharePercent: 100 }
mail: refund-streaming
`

test('the shipped rules load, and nothing about them is odd', () => {
  const { rules, faults, warnings } = checkRefundRules('templates/refunds')
  expect([...faults, ...warnings]).toEqual([])
  expect(rules.map(({ id, event }) => [event, id])).toEqual([
    ['complaint.coded', 'item-wrong'],
    ['complaint.coded', 'packaging-damage'],
    ['complaint.repeated', 'item-wrong-again'],
    ['delivery.overdue', 'delivery-overdue'],
    ['goodwill', 'goodwill'],
    ['playback.ended', 'streaming-rental'],
    ['playback.failed', 'streaming-failed'],
  ])
})

test('an unknown variable is a fault at its place, with the known ones', () => {
  expect(faultsOf({ r: `${HEAD}when: session.stalls > 3 && session.playdMs > 1\n` })).toEqual([
    expect.stringMatching(/^r\.yaml:7:37: when: No such key: playdMs; known are session\.startupMs, /),
  ])
  expect(faultsOf({ r: `${HEAD}when: "player.stalls > 3"\n` })).toEqual([
    expect.stringMatching(/^r\.yaml:7:8: when: Unknown variable: player/),
  ])
})

test('the place is right in folded, literal and many-line conditions', () => {
  const folded = `${HEAD}when: >-\n  session.stalls > 3\n  && session.playdMs > 1\n`
  expect(faultsOf({ r: folded })).toEqual([expect.stringMatching(/^r\.yaml:9:14: /)])
  const literal = `${HEAD}when: |\n    session.stalls > 3 &&\n    order.knd == "rental"\n`
  expect(faultsOf({ r: literal })).toEqual([expect.stringMatching(/^r\.yaml:9:11: /)])
  const quoted = `${HEAD}when: 'order.kind == ''x''\n  && order.knd == "y"'\n`
  expect(faultsOf({ r: quoted })).toEqual([expect.stringMatching(/^r\.yaml:8:12: /)])
})

test.each([
  ['session.error.matches("^(a+)+$")', 'r.yaml:7:7: when: a pattern may take for ever'],
  ['order.title in ["x"] && [1, 2].all(a, [1, 2].all(b, a < b))', 'r.yaml:7:45: when: all stands within'],
  ['session.ended && [1].map(a, [a].filter(b, b > 1).size()).size() > 1', 'when: filter stands within'],
  ['cel.bind(a, [1], cel.bind(b, a + a, b + b)).size() > 1', 'r.yaml:7:7: when: cel.bind may build'],
])('%s, which could take for ever, is a fault and is never evaluated', (when, fault) => {
  expect(faultsOf({ r: `${HEAD}when: ${when}\n` })).toEqual([expect.stringContaining(fault)])
})

test('one loop, or one after another, is an ordinary condition', () => {
  const when = '"a b".split(" ").filter(a, a != "").map(a, a.size()).exists(a, a > 0) && session.ended'
  expect(faultsOf({ r: `${HEAD}when: '${when}'\n` })).toEqual([])
})

test('aliases that grow without end are a fault of their file, as soon as it is read', () => {
  const ten = (name: string) => `[${Array(10).fill(name).join(', ')}]`
  const bomb = `a: &a ${ten('x')}\nb: &b ${ten('*a')}\nc: &c ${ten('*b')}\nd: ${ten('*c')}\n`
  expect(faultsOf({ r: bomb })).toEqual([
    expect.stringMatching(/^r\.yaml:1:1: can not be read: Excessive alias/),
  ])
})

test.each([
  ['session.stalls > 3 && (session.ended || session.switches > 2)', 2],
  ['(session.stalls > 3 && session.ended) && order.title != "a && b"', 2],
  ["order.title in ['x)', r'\\\\', '\\'&&'] && session.ended && session.stalls == 1", 3],
  ['(session.ended && session.started) || (session.stalls > 3 && session.ended)', 1],
  ['session.ended && complaint', 0],
])('%s is explained clause by clause', (when, count) => {
  const compile = () => compileRule({ ...(load({ r: {} }) as RefundRule), when })
  if (count === 0) expect(compile).toThrow(ConditionError)
  else expect(compile().condition?.clauses.map(({ text }) => text)).toHaveLength(count)
})

test('the clauses of a condition hold together exactly where the whole of it does', () => {
  const atoms = fc.constantFrom(
    'session.stalls > 3',
    'session.ended',
    'order.title == "a && (b"',
    "order.title != r'x\\'&&'",
    '"""a"b&&""" == order.title',
    'order.country in ["US", "JP"]',
    '(session.ended ? session.stalls > 2 : session.switches > 1)',
    '["x&&y", "z"].exists(t, t == order.title && session.ended)',
    'session.rebufferRatio > 0.02 // && more\n',
  )
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4 },
      atoms,
      fc
        .tuple(tie('condition'), fc.constantFrom('&&', ' || '), tie('condition'))
        .map((parts) => parts.join('')),
      tie('condition').map((inner) => `(${inner})`),
      tie('condition').map((inner) => `!(${inner})`),
    ),
  }))
  const rule = load({ r: {} })
  const samples = sampleEvents('playback.ended')
  fc.assert(
    fc.property(condition, (when) => {
      const whole = compileRule({ ...rule, when }).condition
      const together = samples.map((sample) => whole?.clauses.every(({ holds }) => holds(sample)))
      expect(together).toEqual(samples.map((sample) => whole?.holds(sample)))
    }),
    { numRuns: 300 },
  )
})

test('a wrong type, a number for a condition and broken CEL are faults', () => {
  expect(faultsOf({ r: { when: 'order.kind > 3' } })).toEqual([expect.stringContaining('string > int')])
  expect(faultsOf({ r: { when: 'session.stalls + 1' } })).toEqual([expect.stringContaining('gives int')])
  expect(faultsOf({ r: { when: 'session.stalls >' } })).toEqual([expect.stringContaining('Unexpected token')])
})

test('two rules for one event can not have one priority', () => {
  expect(faultsOf({ a: {}, b: {} })).toEqual([
    expect.stringMatching(/^b\.yaml:6:11: .*a\.yaml has priority 10 for playback\.ended too/),
  ])
  expect(faultsOf({ a: {}, b: { priority: 11 }, c: { event: 'playback.failed' } })).toEqual([])
})

test('two rules for complaints may, where no wrap-up code wakes both', () => {
  const about = (...codes: string[]) => ({ event: 'complaint.coded', when: undefined, codes })
  expect(faultsOf({ a: about('item.wrong'), b: about('item.defective', 'billing.*') })).toEqual([])
  for (const codes of [['item.wrong'], ['item.*'], ['item.defective', 'item.wrong']]) {
    expect(faultsOf({ a: about('item.wrong'), b: about(...codes) })).toHaveLength(1)
    expect(faultsOf({ a: about(...codes), b: about('item.wrong') })).toHaveLength(1)
  }
  expect(faultsOf({ a: about('item.*'), b: about('item.*') })).toHaveLength(1)
})

test('facts that an event never has are a fault, and it says so', () => {
  const rule = { event: 'complaint.coded', codes: ['streaming.*'], when: 'session.stalls > 3' }
  expect(faultsOf({ r: rule })).toEqual([
    expect.stringContaining('a complaint.coded rule has no session; known are complaint.code'),
  ])
  expect(faultsOf({ r: { when: 'complaint.severity > 1' } })).toHaveLength(1)
  expect(faultsOf({ r: { event: 'delivery.overdue', when: 'delivery.daysLate > 3' } })).toEqual([])
})

test.each([
  ['order.priceMinor > 300', 7],
  ['session.stalls > 3 && 300 < order.priceMinor', 29],
  ['order.priceMinor + 100 > history.refundedOnLineMinor', 7],
  ['order.currency == "USD" || order.priceMinor > 300', 34],
  ['order.currency != "USD" && order.priceMinor > 300', 34],
  ['order.priceMinor in [299, 399]', 7],
  ['double(order.priceMinor) > 300.0', 7],
  ['order.currency == "YEN" && session.stalls > 3', 25],
  ['order.currency in ["USD", "EURO"]', 33],
])('%s mixes currencies, and it says where', (when, column) => {
  const [fault, ...more] = faultsOf({ r: `${HEAD}when: ${when}\n` })
  expect(more).toEqual([])
  expect(fault).toMatch(new RegExp(`^r\\.yaml:7:${column}: when: .*(which currency|ISO 4217)`))
})

test.each([
  'order.currency == "USD" && order.priceMinor > 300',
  '(order.currency == "USD" && order.priceMinor > 300) || (order.currency == "JPY" && order.priceMinor > 400)',
  'order.priceMinor > 0',
  'order.priceMinor > history.refundedOnLineMinor * 2',
  'history.refundedOnLineMinor / order.priceMinor < 1',
  'order.currency == "JPY" ? order.priceMinor > 400 : session.stalls > 3',
])('%s says in which currency', (when) => {
  expect(faultsOf({ r: { when } })).toEqual([])
})

test('the amounts of a rule name the same currencies everywhere', () => {
  const amount = { sharePercent: 50, minMinor: { USD: 100, JPY: 100 }, maxMinor: { USD: 500 } }
  expect(faultsOf({ r: { amount } })).toEqual([
    expect.stringMatching(/^r\.yaml:\d+:\d+: amount\.maxMinor: has no amount in JPY/),
  ])
  const limits = { perRule: { days: 1, minor: { EUR: 100 } } }
  expect(faultsOf({ r: { amount: { fixedMinor: { USD: 100 } }, limits } })).toHaveLength(2)
  const when = 'order.currency == "USD" && session.stalls > 3'
  expect(faultsOf({ r: { amount, when } })).toEqual([])
  expect(faultsOf({ r: { amount: { fixedMinor: { EUR: 100 } }, when } })).toEqual([
    expect.stringContaining('has no amount in USD, and the condition asks for orders in USD'),
  ])
  const table = [
    { when: 'order.currency == "USD" && order.priceMinor > 1000', fixedMinor: { USD: 300 } },
    { when: 'order.currency == "JPY"', fixedMinor: { JPY: 300 } },
    { sharePercent: 10 },
  ]
  expect(faultsOf({ r: { amount: { table, maxMinor: { USD: 500, JPY: 500 } } } })).toEqual([])
})

test('the least is not above the most', () => {
  const amount = { sharePercent: 50, minMinor: { USD: 501 }, maxMinor: { USD: 500 } }
  expect(faultsOf({ r: { amount } })).toEqual([expect.stringContaining('USD 501 is above maxMinor, 500')])
})

test('a broken condition in a row of a table is a fault at its place', () => {
  const rule = `${HEAD.replace('{ sharePercent: 100 }', '\n  table:\n    - when: session.stals > 3\n      sharePercent: 5')}when: session.stalls > 1\n`
  expect(faultsOf({ r: rule })).toEqual([expect.stringMatching(/^r\.yaml:7:21: when: No such key: stals/)])
})

test('mails, replies and wrap-up codes that nobody has are faults', () => {
  const known = {
    codes: ['item.wrong', 'billing.charge'],
    hasMail: (name: string) => name === 'refund-streaming',
    hasReply: (code: string) => code === 'item.wrong',
  }
  const rule = { event: 'complaint.coded', when: undefined, codes: ['item.*', 'billing.charge'] }
  expect(faultsOf({ r: { ...rule, reply: 'item.wrong' } }, known)).toEqual([])
  const wrong = { ...rule, codes: ['item.*', 'items.wrong'], mail: 'refund-all', reply: 'item.none' }
  const faults = faultsOf({ r: wrong }, known)
  expect(faults.map((fault) => fault.replace(/^r\.yaml:\d+:\d+: /, '').split(':')[0])).toEqual([
    'mail',
    'codes',
    'reply',
  ])
})

test.each([
  ['session.playedMs >= 0', /^r\.yaml:\d+:7: when: is true for all \d+ sample events of playback\.ended/],
  ['session.rebufferRatio > 2.0', /when: is true for none/],
  ['order.kind == "rentel"', /when: is true for none/],
  ['session.stalls > 3 && session.stalls < 2', /when: is true for none/],
])('%s is a warning and no fault', (when, warning) => {
  expect(warningsOf({ when })).toEqual([expect.stringMatching(warning)])
})

test.each([
  { when: 'order.sku == "film-of-the-year" && session.stalls > 3' },
  { when: 'order.country == "JP" && session.rebufferRatio > 0.05 && session.playedMs > 600000' },
  { event: 'complaint.coded', codes: ['account.access'], when: 'complaint.severity == 3' },
  { event: 'complaint.coded', codes: ['account.access'], when: undefined },
  { event: 'complaint.coded', codes: ['account.*'], when: 'complaint.language == "fr"' },
  { event: 'complaint.coded', codes: ['account.*'], when: 'complaint.code == "account.access"' },
  { when: 'customer.country == "IS" && session.stalls > 3' },
  { event: 'delivery.overdue', when: 'delivery.daysLate > 20 && !delivery.delivered' },
  { event: 'goodwill', when: 'goodwill.method == "coupon"', amount: { requested: true } },
])('%j warns of nothing', (rule) => {
  expect(warningsOf(rule)).toEqual([])
})

test('a row of a table that decides nothing is a warning too', () => {
  const table = [{ when: 'session.stalls >= 0', sharePercent: 50 }, { sharePercent: 10 }]
  expect(warningsOf({ amount: { table } })).toEqual([expect.stringMatching(/is true for all/)])
})

test('there are sixty sample events of each kind, the same each time', () => {
  for (const kind of REFUND_EVENT_KINDS) {
    const samples = sampleEvents(kind)
    expect(samples).toHaveLength(60)
    expect(samples).toEqual(sampleEvents(kind))
    expect(new Set(samples.map((sample) => JSON.stringify(sample))).size).toBe(60)
  }
})

test('every variable is known of some sample event, so that conditions over it can be tried', () => {
  for (const kind of REFUND_EVENT_KINDS) {
    for (const { name, read } of variablesOf(kind)) {
      const values = new Set(sampleEvents(kind).map((sample) => JSON.stringify(read(sample))))
      values.delete('null')
      expect([name, values.size > 0]).toEqual([name, true])
    }
  }
})

test('every fault of every file is told at once', () => {
  const faults = faultsOf({ a: { priority: -1, mail: 'No Slug' }, b: { when: 'nope' }, c: 'id: [' })
  expect(faults.map((fault) => fault.slice(0, 7))).toEqual(['a.yaml:', 'a.yaml:', 'b.yaml:', 'c.yaml:'])
})

test.each([
  ['a fraction', { amount: { fixedMinor: { USD: 2.99 } } }],
  ['a negative amount', { amount: { fixedMinor: { USD: -299 } } }],
  ['a huge amount', { amount: { fixedMinor: { USD: 1e12 } } }],
  ['not a number', { amount: { fixedMinor: { USD: Number.NaN } } }],
  ['a currency that is none', { amount: { fixedMinor: { USX: 299 } } }],
  ['more than the price', { amount: { sharePercent: 101 } }],
  ['share and fixed together', { amount: { sharePercent: 10, fixedMinor: { USD: 1 } } }],
  ['neither share nor fixed', { amount: {} }],
  ['no currency at all', { amount: { fixedMinor: {} } }],
  ['a table and a share', { amount: { sharePercent: 10, table: [{ sharePercent: 20 }] } }],
  ['a row that never counts', { amount: { table: [{ sharePercent: 20 }, { sharePercent: 10 }] } }],
  ['a refund without an amount', { amount: undefined }],
  ['a replacement with an amount', { action: 'replace' }],
  ['an amount that nobody at the desk asked for', { amount: { requested: true } }],
  ['a limit that limits nothing', { limits: { perOrder: { days: 7 } } }],
  ['a limit of no days', { limits: { perOrder: { days: 0, count: 1 } } }],
  ['a playback rule without a condition', { when: undefined }],
  ['a playback rule with wrap-up codes', { codes: ['item.wrong'] }],
  ['a complaint rule without wrap-up codes', { event: 'complaint.coded', when: undefined }],
  ['a repeat that counts nothing', { event: 'complaint.repeated', codes: ['item.*'], when: undefined }],
  ['a listing case of a film', { opensListingCase: true }],
  ['a field nobody knows', { limit: { perCustomer: { days: 1, count: 1 } } }],
  ['another name than its file', { id: 'other' }],
])('%s is refused', (_, change) => {
  expect(faultsOf({ r: change })).toHaveLength(1)
})

test('a folder that is not there is a fault', () => {
  expect(() => loadRefundRules('/nowhere/refunds')).toThrow(TemplateFileError)
})

test("a rule's hash is its content: comments and order do not change it, a limit does", () => {
  const { hash } = load({ r: {} })
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  const { event, ...rest } = soundRule
  expect(load({ r: `# a comment\n${JSON.stringify({ event, ...rest, id: 'r' })}\n` }).hash).toBe(hash)
  expect(load({ r: { limits: { perCustomer: { days: 1, count: 1 } } } }).hash).not.toBe(hash)
})

test('every variable has its type and its name in both languages', () => {
  for (const { name, type, en, ja } of refundVariables) {
    expect([name, type, en, ja].every((text) => text.length > 1)).toBe(true)
  }
})

test('the JSON Schema that editors get is the one of the rules (after a change, run this test with -u)', async () => {
  const schema = refundRuleJsonSchema()
  expect(schema).toMatchObject({ type: 'object', required: expect.arrayContaining(['event', 'mail']) })
  const file = '../../templates/refunds/rule.schema.json'
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file)
})

test('each shipped rule names its schema to the editor', () => {
  for (const { id } of loadRefundRules('templates/refunds')) {
    const source = readFileSync(`templates/refunds/${id}.yaml`, 'utf8')
    expect(source.startsWith('# yaml-language-server: $schema=./rule.schema.json\n')).toBe(true)
  }
})

test('the docs tell of every variable, with its type and its unit', () => {
  const docs = readFileSync('docs/refund-rules.md', 'utf8')
  for (const { name, type } of refundVariables) expect(docs).toContain(`| \`${name}\` | ${type} |`)
})
