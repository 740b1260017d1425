import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  causeOf,
  decideRefund,
  loadRefundRules,
  matchRule,
  type RefundEvent,
  type RefundRule,
  refundKey,
  sampleEvents,
} from '../../src/refunds/index.ts'
import { measureSession } from '../../src/streaming/index.ts'
import { casablanca, play, playV1, quoteHunter } from '../streaming/player.ts'
import { counted, decideWith } from './decide-with.ts'
import { complaint, goodwill, overdue } from './parcels.ts'
import { type Changes, playback } from './playback.ts'
import { rulesFolder } from './rules-folder.ts'

const shipped = loadRefundRules('templates/refunds')

function decide(changes: Changes = {}, rules: readonly RefundRule[] = shipped) {
  return decideWith(playback(changes), rules)
}

function rulesOf(files: Record<string, object>): RefundRule[] {
  return loadRefundRules(rulesFolder(files))
}

describe('the stories', () => {
  test('Casablanca on a bad line is refunded in full, and says why', () => {
    const decision = decide({ session: measureSession(play(casablanca)) })
    expect(decision).toMatchObject({
      outcome: 'pay',
      action: 'refund',
      ruleId: 'streaming-rental',
      ruleHash: shipped.find(({ id }) => id === 'streaming-rental')?.hash,
      amountMinor: 299,
      currency: 'USD',
      cause: 'playback',
      limit: null,
    })
    expect(decision.reasons.map(({ condition, held }) => [condition, held])).toEqual([
      ['session.rebufferRatio > 0.02', true],
      ['session.playedMs > 120000', true],
      ['order.kind == "rental"', true],
    ])
    expect(decision.reasons[1]?.value).toBe(2_401_000)
    expect(decision.sentence.en).toMatch(
      /^Refund \$2\.99 for "Casablanca" .* rebuffer ratio 2\.9 %, played 40\.0 min/,
    )
    expect(decision.sentence.ja).toContain('停止時間の割合 2.9%、再生時間 40.0分')
  })

  test('pausing and rewinding ten times on a good line is not', () => {
    const decision = decide({ session: measureSession(play(quoteHunter)) })
    expect(decision).toMatchObject({ outcome: 'no-rule', amountMinor: 0, ruleId: null, action: null })
    expect(decision.reasons[0]).toMatchObject({
      condition: 'session.rebufferRatio > 0.02',
      held: false,
      value: 0,
    })
  })

  test('a CMCD v1 player never pays, however often it stalled: it does not say for how long', () => {
    const decision = decide({ session: measureSession(playV1(30)) })
    expect(decision.outcome).toBe('no-rule')
    expect(decision.sentence.en).toContain('rebuffer ratio not known')
  })

  test('a film that never started is refunded by its own rule', () => {
    const session = measureSession(
      play([
        ['s', 3_000],
        ['f', 0, 'e=ps,ec=("manifestLoadError")'],
      ]),
    )
    expect(decide({ kind: 'playback.failed', session })).toMatchObject({
      outcome: 'pay',
      ruleId: 'streaming-failed',
      amountMinor: 299,
    })
  })

  test('a year of stalls in a minute goes to a person', () => {
    const session = measureSession(
      play([
        ['s', 500],
        ['p', 200_000],
        ['r', 31_536_000_000],
        ['p', 10_000],
      ]),
    )
    expect(decide({ session })).toMatchObject({ outcome: 'ask', limit: 'implausible', amountMinor: 299 })
  })

  test('the wrong coffee is sent again the first time, and no money moves', () => {
    const decision = decideWith(complaint(), shipped)
    expect(decision).toMatchObject({
      outcome: 'pay',
      action: 'replace',
      ruleId: 'item-wrong',
      amountMinor: 0,
      cause: 'item',
      opensListingCase: false,
    })
    expect(decision.sentence.en).toMatch(/^Send "Decaf coffee beans, 500 g" again by the rule .*item\.wrong/)
    expect(decision.sentence.ja).toContain('代わりの品をお送りします')
  })

  test('the second time it is refunded, and somebody must find out why', () => {
    const decision = decideWith(complaint({ earlierByCustomerDays: [20] }), shipped)
    expect(decision).toMatchObject({
      outcome: 'pay',
      action: 'refund',
      ruleId: 'item-wrong-again',
      amountMinor: 1499,
      opensListingCase: true,
    })
    expect(decision.reasons.find(({ of }) => of === 'repeat')).toMatchObject({
      held: true,
      value: { byCustomer: 2, byProduct: 1 },
    })
  })

  test('the fifth complaint about one product is a repeat, whoever makes it; the fourth is not', () => {
    const ruleFor = (earlierByProductDays: number[]) =>
      decideWith(complaint({ earlierByProductDays }), shipped).ruleId
    expect(ruleFor([1, 2, 3])).toBe('item-wrong')
    expect(ruleFor([1, 2, 3, 4])).toBe('item-wrong-again')
    expect(ruleFor([1, 2, 3, 91])).toBe('item-wrong')
  })

  test('a bent book is left to a person, with a proposal for how much', () => {
    const book = { order: { priceMinor: 1650, currency: 'JPY', title: '園芸家の一年' } }
    const decision = decideWith(complaint({ code: 'packaging.damage', severity: 2 }, book), shipped)
    expect(decision).toMatchObject({ outcome: 'ask', limit: 'action', amountMinor: 825, cause: 'item' })
    expect(decision.reasons.at(-1)).toMatchObject({ of: 'amount', condition: 'complaint.severity >= 2' })
    expect(decision.sentence.ja).toContain('このルールでは担当者が判断します')
    const mild = decideWith(complaint({ code: 'packaging.damage', severity: 1 }, book), shipped)
    expect(mild.amountMinor).toBe(330)
  })

  test('a parcel that is long overdue goes to a person, before the customer asks', () => {
    expect(decideWith(overdue(12), shipped)).toMatchObject({
      outcome: 'ask',
      action: 'ask',
      amountMinor: 1499,
      cause: 'delivery',
    })
    expect(decideWith(overdue(2), shipped).outcome).toBe('no-rule')
  })

  test('goodwill gives what the person at the desk asks for, up to the most that the rule allows', () => {
    expect(decideWith(goodwill(400), shipped)).toMatchObject({
      outcome: 'pay',
      amountMinor: 400,
      limit: null,
      cause: 'goodwill',
    })
    expect(decideWith(goodwill(1400), shipped)).toMatchObject({
      outcome: 'pay',
      amountMinor: 1000,
      limit: 'maxMinor',
    })
  })
})

describe('limits and charges', () => {
  test('yen have no hundredths', () => {
    const decision = decide({ order: { currency: 'JPY', priceMinor: 399 } })
    expect(decision).toMatchObject({ outcome: 'pay', amountMinor: 399 })
    expect(decision.sentence.ja).toContain('￥399')
  })

  test('a line is not refunded beyond its charge, counting what others refunded', () => {
    const having = (refundedOnLineMinor: number, refundedByOthersMinor: number) =>
      decide({ history: { refundedOnLineMinor, refundedByOthersMinor } })
    expect(having(200, 0)).toMatchObject({ outcome: 'pay', amountMinor: 99, limit: 'charge' })
    expect(having(100, 100)).toMatchObject({ outcome: 'pay', amountMinor: 99, limit: 'charge' })
    expect(having(0, 299)).toMatchObject({ outcome: 'deny', limit: 'charge' })
    expect(having(299, 0)).toMatchObject({ outcome: 'deny', limit: 'charge' })
    expect(decide({ order: { priceMinor: 0 } })).toMatchObject({ outcome: 'deny', limit: 'charge' })
  })

  test('what was refunded is not sent again as well', () => {
    const having = (refundedOnLineMinor: number) =>
      decideWith(complaint({}, { history: { refundedOnLineMinor } }), shipped)
    expect(having(1499)).toMatchObject({ outcome: 'deny', limit: 'charge', action: 'replace' })
    expect(having(500)).toMatchObject({ outcome: 'ask', limit: 'charge', amountMinor: 0 })
  })

  const JPY = { currency: 'JPY', priceMinor: 330 }
  test.each<[string, Changes]>([
    ['perCustomer', { history: { usage: { 'perCustomer:1': { count: 3, minor: 0 } } } }],
    ['perRule', { history: { usage: { 'perRule:1:streaming-rental': { count: 1, minor: 49_702 } } } }],
    ['perRule', { history: { usage: { 'perRule:1:streaming-rental': { count: 1, minor: Number.NaN } } } }],
    ['perRule', { order: { currency: 'CHF' } }],
    ['approval.aboveMinor', { order: { priceMinor: 2_001 } }],
    ['disputed', { history: { disputed: true } }],
    ['others', { history: { refundedByOthersMinor: null } }],
    ['suspicious', { history: { suspicious: { en: 'ninth claim this week', ja: '今週9件目の申請' } } }],
    ['incident', { incident: { wide: true, id: 7 }, order: JPY }],
  ])('%s sends the refund to a person, who reads why in both languages', (limit, changes) => {
    const decision = decide(changes)
    expect(decision).toMatchObject({ outcome: 'ask', limit })
    expect(decision.sentence.en).toMatch(/^A person decides about .*: .+\.$/)
    expect(decision.sentence.ja).toMatch(/担当者の判断を待ちます：.+。$/)
  })

  test('just under its limits it still pays', () => {
    const usage = {
      'perCustomer:1': { count: 2, minor: 0 },
      'perRule:1:streaming-rental': { count: 9, minor: 49_701 },
    }
    expect(decide({ history: { usage } })).toMatchObject({ outcome: 'pay', limit: null })
  })

  test('a limit whose window nobody counted is not taken for an unused one', () => {
    expect(decideRefund(playback(), shipped)).toMatchObject({ outcome: 'ask', limit: 'perCustomer' })
  })

  test('a replacement is weighed at the price of what is sent', () => {
    expect(decideWith(complaint({}, { order: { priceMinor: 6_001 } }), shipped)).toMatchObject({
      outcome: 'ask',
      limit: 'approval.aboveMinor',
      amountMinor: 0,
    })
  })

  test.each<[string, Changes]>([
    ['the order of another customer', { order: { customerId: 'customer-2' } }],
    ['a negative price', { order: { priceMinor: -1 } }],
    ['a price that is not a number', { order: { priceMinor: Number.NaN } }],
    ['a fraction of a cent', { order: { priceMinor: 299.5 } }],
    ['a huge price', { order: { priceMinor: 1e15 } }],
    ['an unknown currency', { order: { currency: 'XQX' } }],
    ['a history that is not known', { history: { refundedOnLineMinor: null as unknown as number } }],
    ['a negative refund by others', { history: { refundedByOthersMinor: -1 } }],
  ])('%s pays nothing', (_, changes) => {
    expect(decide(changes)).toMatchObject({ outcome: 'deny', limit: 'input', amountMinor: 0 })
  })

  test.each([0, -5, 1.5, Number.NaN, 1e12])('a goodwill of %d is refused', (amount) => {
    expect(decideWith(goodwill(amount), shipped)).toMatchObject({ outcome: 'deny', limit: 'input' })
  })

  test('a complaint from the future is refused', () => {
    const event = complaint({ earlierByCustomerDays: [-1] })
    expect(decideWith(event, shipped)).toMatchObject({ outcome: 'deny', limit: 'input' })
  })
})

describe('rules', () => {
  test('of several that hold the highest priority pays, whatever their order', () => {
    const rules = rulesOf({
      low: { priority: 1 },
      high: { priority: 9, amount: { fixedMinor: { USD: 120 } } },
      top: { priority: 99, when: 'session.stalls > 1000' },
    })
    for (const list of [rules, rules.toReversed()]) {
      expect(decide({}, list)).toMatchObject({ ruleId: 'high', amountMinor: 120 })
    }
  })

  test('a rule read back from where it was stored decides alike', () => {
    expect(decide({}, JSON.parse(JSON.stringify(shipped)))).toEqual(decide())
  })

  test('a measurement read back from where it was stored decides alike', () => {
    const session = measureSession(play(casablanca))
    const stored = JSON.parse(JSON.stringify(session))
    expect(decide({ session: stored })).toEqual(decide({ session }))
  })

  test('an unknown value never pays, even where another part of an "or" holds', () => {
    const rules = rulesOf({ r: { when: 'session.stalls > 3 || session.rebufferRatio > 0.02' } })
    expect(decide({}, rules).outcome).toBe('pay')
    expect(decide({ session: { rebufferRatio: null } }, rules).outcome).toBe('no-rule')
  })

  test('facts that an event does not have are not known', () => {
    const { session: _, ...withoutSession } = playback()
    expect(decideWith(withoutSession, shipped).outcome).toBe('no-rule')
    expect(decideWith(complaint({ confidence: null }), shipped).outcome).toBe('no-rule')
  })

  test('shares round to whole units, with the least and the most by currency', () => {
    const amount = { sharePercent: 50, minMinor: { USD: 100 }, maxMinor: { USD: 500 } }
    const rules = rulesOf({ r: { amount } })
    const paid = (priceMinor: number) => decide({ order: { priceMinor } }, rules).amountMinor
    expect([299, 150, 60, 5_000].map(paid)).toEqual([150, 100, 60, 500])
  })

  test('an amount in another currency than the order asks a person', () => {
    const rules = rulesOf({ r: { amount: { fixedMinor: { USD: 100 } } } })
    expect(decide({ order: { currency: 'EUR' } }, rules)).toMatchObject({ outcome: 'ask', limit: 'amount' })
  })

  test('the first row of a table that holds gives the amount; where none does, a person is asked', () => {
    const table = [
      { when: 'session.stalls > 100', sharePercent: 100 },
      { when: 'session.stalls > 5', sharePercent: 40 },
    ]
    const rules = rulesOf({ r: { amount: { table } } })
    expect(decide({ session: { stalls: 101 } }, rules).amountMinor).toBe(299)
    expect(decide({ session: { stalls: 9 } }, rules).amountMinor).toBe(120)
    expect(decide({ session: { stalls: 4 } }, rules)).toMatchObject({ outcome: 'ask', limit: 'amount' })
  })

  test('a rule for repeated complaints comes before the others, whatever their priority', () => {
    const about = { codes: ['item.*'], when: undefined }
    const rules = rulesOf({
      first: { ...about, event: 'complaint.coded', priority: 9_000 },
      again: {
        ...about,
        event: 'complaint.repeated',
        priority: 1,
        repeat: { perCustomer: 2, withinDays: 30 },
      },
    })
    expect(matchRule(complaint({ earlierByCustomerDays: [30] }), rules)?.id).toBe('again')
    expect(matchRule(complaint({ earlierByCustomerDays: [31] }), rules)?.id).toBe('first')
    expect(matchRule(complaint({ code: 'billing.charge' }), rules)).toBeNull()
  })

  test('all complaints of a kind share one refund with what their cause raised by itself', () => {
    const causes = ['streaming.quality', 'delivery.missing', 'packaging.damage', 'billing.charge', 'site.bug']
    expect(causes.map((code) => causeOf(complaint({ code })))).toEqual([
      'playback',
      'delivery',
      'item',
      'billing',
      'complaint',
    ])
    expect([playback(), overdue(3), goodwill(1)].map(causeOf)).toEqual(['playback', 'delivery', 'goodwill'])
    expect(causeOf(complaint({ code: 'constructor.x' }))).toBe('complaint')
  })

  test('where nothing holds, it says what the nearest rule asked for', () => {
    expect(decideWith(complaint({ confidence: 0.4 }), shipped).sentence.en).toContain(
      'asks for complaint.confidence >= 0.8 (confidence in the code 40.0 %)',
    )
    expect(decideWith(complaint({ code: 'site.bug' }), shipped).sentence.ja).toContain(
      'complaint.coded (site.bug)に対するルールがありません',
    )
  })
})

const anything = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 600 }) },
  fc.integer({ min: -5, max: 10_000_000 }),
  fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1.5, -0, 2 ** 53, '299'),
)
const samples = (
  ['playback.ended', 'playback.failed', 'complaint.coded', 'delivery.overdue', 'goodwill'] as const
).flatMap((kind) => [...sampleEvents(kind)])
/** Mostly nothing, so that the rest of the event stays as it is. */
const rarely = <T>(odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: odd })
const one = (name: string, value: fc.Arbitrary<unknown>) => rarely(value.map((odd) => ({ [name]: odd })))
const events = fc
  .record({
    base: fc.constantFrom(playback(), complaint(), goodwill(300), overdue(20), ...samples),
    session: fc.tuple(
      one('playedMs', anything),
      one('rebufferRatio', fc.oneof(fc.double({ min: 0, max: 1 }), fc.double(), anything)),
    ),
    order: fc.tuple(
      one('priceMinor', anything),
      one('currency', fc.constantFrom('USD', 'JPY', 'EUR', 'usd', '', 'XQX')),
      one('customerId', fc.constant('customer-2')),
    ),
    history: fc.tuple(
      one('refundedOnLineMinor', anything),
      one('refundedByOthersMinor', anything),
      one('disputed', fc.boolean()),
      one('usage', fc.constant({ 'perCustomer:1': { count: Number.NaN, minor: 0 } })),
      one('usage', fc.constant({ 'perCustomer:30': { count: 1, minor: 900 } })),
    ),
  })
  .map(({ base, session, order, history }) => {
    const event = {
      ...base,
      ...(base.session ? { session: Object.assign({}, base.session, ...session) } : {}),
      order: Object.assign({}, base.order, ...order),
      history: Object.assign({}, base.history, ...history),
    }
    return counted(event as unknown as RefundEvent, shipped)
  })

test('whatever comes in, never more is paid than was charged less what was refunded, and to the owner only', () => {
  let paid = 0
  fc.assert(
    fc.property(events, (event) => {
      const decision = decideRefund(event, shipped)
      const { order, history } = event
      expect(Number.isSafeInteger(decision.amountMinor)).toBe(true)
      expect(decision.amountMinor).toBeGreaterThanOrEqual(0)
      if (decision.outcome === 'deny' || decision.outcome === 'no-rule') expect(decision.amountMinor).toBe(0)
      if (decision.outcome !== 'pay') return
      expect(order.customerId).toBe(event.customer.id)
      expect(history.disputed).not.toBe(true)
      if (decision.action === 'replace') {
        expect(history.refundedOnLineMinor).toBe(0)
        return
      }
      paid += 1
      expect(decision.amountMinor).toBeGreaterThan(0)
      const before = history.refundedOnLineMinor + (history.refundedByOthersMinor as number)
      expect(decision.amountMinor + before).toBeLessThanOrEqual(order.priceMinor)
      if (event.kind === 'playback.ended') expect(typeof event.session?.rebufferRatio).toBe('number')
    }),
    { numRuns: 5000 },
  )
  expect(paid).toBeGreaterThan(100)
})

test('the same event decides alike twice, and the decision survives JSON', () => {
  fc.assert(
    fc.property(events, (event) => {
      const decision = decideRefund(event, shipped)
      expect(decideRefund(structuredClone(event), JSON.parse(JSON.stringify(shipped)))).toEqual(decision)
      expect(() => JSON.stringify(decision)).not.toThrow()
      // A denial for its charge or a broken input may name no rule; whoever decided is the one that matches.
      if (decision.limit !== 'input') expect(matchRule(event, shipped)?.id ?? null).toBe(decision.ruleId)
    }),
  )
  for (const event of [playback(), complaint(), goodwill(300), overdue(20)]) {
    const decision = decideWith(event, shipped)
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
  }
})

test('what a rule reads and nobody knows never pays', () => {
  const names = ['playedMs', 'rebufferRatio'] as const
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.constantFrom(null, undefined, Number.NaN), (name, unknown) => {
      const session = { [name]: unknown } as Partial<NonNullable<RefundEvent['session']>>
      expect(decide({ session }).outcome).toBe('no-rule')
    }),
  )
})

test('of any rules that hold, the one with the highest priority decides', () => {
  const rules = rulesOf(
    Object.fromEntries(
      Array.from({ length: 8 }, (_, n) => [
        `r${n}`,
        { priority: n * 10, when: `session.stalls > ${[3, 40, 1, 7, 20, 5, 60, 12][n]}` },
      ]),
    ),
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 80 }), fc.shuffledSubarray(rules), (stalls, some) => {
      const holding = some.filter((rule) => stalls > Number(rule.when?.split('> ')[1]))
      const best = holding.sort((a, b) => b.priority - a.priority)[0]
      expect(decide({ session: { stalls } }, some).ruleId).toBe(best?.id ?? null)
    }),
  )
})

test('a refund key is one for a line and a cause, and fits in a header', () => {
  expect(refundKey('order-1-1', 'playback')).toBe('refund:order-1-1:playback')
  const parts = fc.tuple(
    fc.string({ minLength: 1, unit: 'grapheme' }),
    fc.constantFrom('playback', 'complaint'),
  )
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(refundKey(...a) === refundKey(...b)).toBe(a[0] === b[0] && a[1] === b[1])
      expect(refundKey(a[0].repeat(50), a[1])).toMatch(/^[\x21-\x7e]{1,255}$/)
    }),
  )
})
