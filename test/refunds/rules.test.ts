import { expect, test } from 'vitest'
import {
  loadRefundRules,
  type RefundRule,
  refundRuleJsonSchema,
  refundVariables,
} from '../../src/refunds/index.ts'
import { TemplateFileError } from '../../src/yaml-file.ts'
import { rulesFolder, soundRule } from './rules-folder.ts'

/** The faults of a folder without the folder's own name. */
function faultsOf(files: Record<string, string | object>): string[] {
  const dir = rulesFolder(files)
  try {
    loadRefundRules(dir)
    return []
  } catch (error) {
    if (!(error instanceof TemplateFileError)) throw error
    return error.message.split('\n').map((line) => line.replace(`${dir}/`, ''))
  }
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

test('the shipped rules load', () => {
  const rules = loadRefundRules('templates/refunds')
  expect(rules.map(({ id, event }) => [id, event])).toEqual([
    ['streaming-rental', 'playback.ended'],
    ['streaming-failed', 'playback.failed'],
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
  ['a field nobody knows', { limit: { perCustomerPerDay: 1 } }],
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
  expect(load({ r: { limits: { perCustomerPerDay: 1 } } }).hash).not.toBe(hash)
})

test('editors get a JSON Schema, and every variable has its type and its name in both languages', () => {
  expect(refundRuleJsonSchema()).toMatchObject({ type: 'object', required: expect.arrayContaining(['when']) })
  for (const { name, type, en, ja } of refundVariables) {
    expect([name, type, en, ja].every((text) => text.length > 1)).toBe(true)
  }
})
