import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideRefund, loadRefundRules, type RefundEvent, refundKey } from '../../src/refunds/index.ts'
import { measureSession } from '../../src/streaming/index.ts'
import { casablanca, play, playV1, quoteHunter } from '../streaming/player.ts'
import { type Changes, playback } from './playback.ts'
import { rulesFolder } from './rules-folder.ts'

const shipped = loadRefundRules('templates/refunds')

function decide(changes: Changes = {}, rules = shipped) {
  return decideRefund(playback(changes), rules)
}

describe('the stories', () => {
  test('Casablanca on a bad line is refunded in full, and says why', () => {
    const decision = decide({ session: measureSession(play(casablanca)) })
    expect(decision).toMatchObject({
      outcome: 'pay',
      ruleId: 'streaming-rental',
      ruleHash: shipped[0]?.hash,
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
    expect(decision).toMatchObject({ outcome: 'no-rule', amountMinor: 0, ruleId: null })
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
})

describe('limits and charges', () => {
  test('yen have no hundredths', () => {
    const decision = decide({ order: { currency: 'JPY', priceMinor: 399 } })
    expect(decision).toMatchObject({ outcome: 'pay', amountMinor: 399 })
    expect(decision.sentence.ja).toContain('￥399')
  })

  test('a line is not refunded beyond its charge', () => {
    expect(decide({ history: { refundedOnLineMinor: 200 } })).toMatchObject({
      outcome: 'pay',
      amountMinor: 99,
      limit: 'charge',
    })
    expect(decide({ history: { refundedOnLineMinor: 299 } })).toMatchObject({
      outcome: 'deny',
      limit: 'charge',
    })
    expect(decide({ order: { priceMinor: 0 } })).toMatchObject({ outcome: 'deny', limit: 'charge' })
  })

  test.each<[string, Changes]>([
    ['perCustomerPerDay', { history: { refundsToCustomerToday: 3 } }],
    ['perRulePerDayMinor', { history: { refundsByRuleTodayMinor: { 'streaming-rental': 49_702 } } }],
    ['perRulePerDayMinor', { history: { refundsByRuleTodayMinor: 49_702 } }],
    ['perRulePerDayMinor', { order: { currency: 'CHF' } }],
    ['approval.aboveMinor', { order: { priceMinor: 2_001 } }],
  ])('%s sends the refund to a person', (limit, changes) => {
    expect(decide(changes)).toMatchObject({ outcome: 'ask', limit })
  })

  test('just under its limits it still pays', () => {
    const history = { refundsToCustomerToday: 2, refundsByRuleTodayMinor: { 'streaming-rental': 49_701 } }
    expect(decide({ history })).toMatchObject({ outcome: 'pay', limit: null })
  })

  test.each<[string, Changes]>([
    ['the order of another customer', { order: { customerId: 'customer-2' } }],
    ['a negative price', { order: { priceMinor: -1 } }],
    ['a price that is not a number', { order: { priceMinor: Number.NaN } }],
    ['a fraction of a cent', { order: { priceMinor: 299.5 } }],
    ['a huge price', { order: { priceMinor: 1e15 } }],
    ['an unknown currency', { order: { currency: 'XQX' } }],
    ['a history that is not known', { history: { refundedOnLineMinor: null as unknown as number } }],
  ])('%s pays nothing', (_, changes) => {
    expect(decide(changes)).toMatchObject({ outcome: 'deny', limit: 'input', amountMinor: 0 })
  })
})

describe('rules', () => {
  test('of several that hold the highest priority pays, whatever their order', () => {
    const dir = rulesFolder({
      low: { priority: 1 },
      high: { priority: 9, amount: { fixedMinor: { USD: 120 } } },
      top: { priority: 99, when: 'session.stalls > 1000' },
    })
    const rules = loadRefundRules(dir)
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
    const rules = loadRefundRules(
      rulesFolder({ r: { when: 'session.stalls > 3 || session.rebufferRatio > 0.02' } }),
    )
    expect(decide({}, rules).outcome).toBe('pay')
    expect(decide({ session: { rebufferRatio: null } }, rules).outcome).toBe('no-rule')
  })

  test('shares round to whole units, with the least and the most by currency', () => {
    const amount = { sharePercent: 50, minMinor: { USD: 100 }, maxMinor: { USD: 500 } }
    const rules = loadRefundRules(rulesFolder({ r: { amount } }))
    const paid = (priceMinor: number) => decide({ order: { priceMinor } }, rules).amountMinor
    expect([299, 150, 60, 5_000].map(paid)).toEqual([150, 100, 60, 500])
  })

  test('an amount in another currency than the order asks a person', () => {
    const rules = loadRefundRules(rulesFolder({ r: { amount: { fixedMinor: { USD: 100 } } } }))
    expect(decide({ order: { currency: 'EUR' } }, rules)).toMatchObject({ outcome: 'ask', limit: 'amount' })
  })
})

const anything = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 600 }) },
  fc.integer({ min: -5, max: 10_000_000 }),
  fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1.5, -0, 2 ** 53, '299'),
)
const events = fc
  .record({
    playedMs: fc.oneof(fc.constant(2_401_000), anything),
    rebufferRatio: fc.oneof(fc.double({ min: 0, max: 1 }), fc.double(), anything),
    priceMinor: anything,
    refundedOnLineMinor: anything,
    refundsToCustomerToday: anything,
    refundsByRuleTodayMinor: anything,
    currency: fc.constantFrom('USD', 'JPY', 'EUR', 'usd', '', 'XQX'),
    owner: fc.constantFrom('customer-1', 'customer-2'),
  })
  .map(({ playedMs, rebufferRatio, priceMinor, currency, owner, ...history }): RefundEvent => {
    const changes = {
      session: { playedMs, rebufferRatio },
      order: { priceMinor, currency, customerId: owner },
      history,
    }
    return playback(changes as unknown as Changes)
  })

test('whatever comes in, never more is paid than was charged less what was refunded, and to the owner only', () => {
  fc.assert(
    fc.property(events, (event) => {
      const decision = decideRefund(event, shipped)
      expect(Number.isSafeInteger(decision.amountMinor)).toBe(true)
      if (decision.outcome !== 'pay') return
      expect(decision.amountMinor).toBeGreaterThan(0)
      expect(decision.amountMinor + event.history.refundedOnLineMinor).toBeLessThanOrEqual(
        event.order.priceMinor,
      )
      expect(event.order.customerId).toBe(event.customer.id)
      expect(typeof event.session.rebufferRatio).toBe('number')
    }),
    { numRuns: 3000 },
  )
})

test('the same event decides alike twice, and the decision survives JSON', () => {
  fc.assert(
    fc.property(events, (event) => {
      const decision = decideRefund(event, shipped)
      expect(decideRefund(structuredClone(event), shipped)).toEqual(decision)
      expect(() => JSON.stringify(decision)).not.toThrow()
    }),
  )
  const decision = decide()
  expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
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
