import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRunningHistory } from '../../src/refunds/decision/running-history.ts'
import {
  loadPayouts,
  type RefundRule,
  refundEventLine,
  type SimulationOptions,
  simulateApart,
  simulateRefunds,
  simulateStored,
  usageKeys,
} from '../../src/refunds/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { rule, stalled, storeDecided } from './rules-at-test.ts'

const DAY_MS = 86_400_000
const payouts = loadPayouts('templates/payouts.yaml')
const alone: SimulationOptions = { live: null, payouts: null }
const at = (day: number, hour = 12) => new Date(Date.UTC(2026, 10, day, hour))
const by = (customerId: string, day: number, hour = 12) =>
  stalled({ at: at(day, hour), order: { customerId } })

function outcome(events: Parameters<typeof simulateRefunds>[0], rules: RefundRule[], options = alone) {
  const { paid, asked, denied, noRule, rules: all } = simulateRefunds(events, rules, options)
  return { paid: paid.count, asked: asked.count, denied: denied.count, noRule, limits: all[0]?.limits }
}

describe('a simulation', () => {
  test('says how many, how much by currency, to whom most, and for how many no rule spoke', () => {
    const yen = stalled({ order: { currency: 'JPY', priceMinor: 440, customerId: 'b' } })
    const simulation = simulateRefunds(
      [by('a', 1), by('b', 2), by('a', 3), yen, stalled({ stalls: 1 })],
      [rule('film')],
      alone,
    )
    expect(simulation).toMatchObject({ events: 5, noRule: 1, from: at(1), difference: null })
    expect(simulation.paid).toMatchObject({
      count: 4,
      money: [
        { currency: 'JPY', minor: 220 },
        { currency: 'USD', minor: 450 },
      ],
    })
    expect(simulation.topCustomers[0]).toEqual({
      customerId: 'a',
      count: 2,
      money: [{ currency: 'USD', minor: 300 }],
    })
  })

  test('replays in the order of time, whatever the order of the file', () => {
    const rules = [rule('film', { limits: { perCustomer: { days: 1, count: 1 } } })]
    const [first, second] = [by('a', 1, 8), by('a', 1, 9)]
    for (const events of [
      [first, second],
      [second, first],
    ]) {
      const { paid, asked } = simulateRefunds(events, rules, alone)
      expect(paid.examples).toEqual([first.order.lineId])
      expect(asked.examples).toEqual([second.order.lineId])
    }
  })

  test('bites with a limit of days as the limit would have bitten', () => {
    const rules = [rule('film', { limits: { perCustomer: { days: 3, count: 1 } } })]
    const events = [by('a', 1), by('a', 3), by('b', 3), by('a', 6)]
    expect(outcome(events, rules)).toEqual({
      paid: 3,
      asked: 1,
      denied: 0,
      noRule: 0,
      limits: [{ limit: 'perCustomer', count: 1 }],
    })
  })

  test('pays one order line and cause once', () => {
    const twice = [1, 2].map((day) => stalled({ at: at(day), order: { lineId: 'one', id: 'one' } }))
    expect(outcome(twice, [rule('film')])).toMatchObject({
      paid: 1,
      denied: 1,
      limits: [{ limit: 'key', count: 1 }],
    })
  })

  test('keeps to the daily budgets, in each currency and in all, by the company’s day', () => {
    const tight = (allMinor: number) => ({
      live: null,
      payouts: {
        ...payouts,
        books: { timeZone: 'Asia/Tokyo', dayClosesAt: '00:00' },
        budgets: { perDayMinor: { USD: 300, JPY: 1000 }, allPerDay: { currency: 'USD', minor: allMinor } },
      },
    })
    // 14:30 and 15:30 UTC are two days in Tokyo.
    const events = [13, 14, 14.5, 15.5].map((hour) =>
      stalled({ at: new Date(Date.UTC(2026, 10, 1) + hour * 3_600_000) }),
    )
    expect(outcome(events, [rule('film')], tight(10_000))).toMatchObject({
      paid: 3,
      asked: 1,
      limits: [{ limit: 'budget', count: 1 }],
    })
    expect(outcome(events, [rule('film')], tight(150))).toMatchObject({
      paid: 2,
      limits: [{ limit: 'all-budgets', count: 2 }],
    })
    const euro = [stalled({ order: { currency: 'EUR' } })]
    expect(outcome(euro, [rule('film')], tight(10_000))).toMatchObject({ paid: 0, asked: 1 })
  })

  test('tells what is newly paid, no longer paid, and paid with another amount', () => {
    const live = [rule('film', { when: 'session.stalls > 5' })]
    const edited = [
      rule('film', { when: 'session.stalls > 3 && order.currency != "JPY"', amount: { sharePercent: 100 } }),
    ]
    const yen = stalled({ stalls: 9, order: { currency: 'JPY', priceMinor: 440 } })
    const [weak, strong] = [stalled({ stalls: 4 }), stalled({ stalls: 9 })]
    const { difference } = simulateRefunds(
      [weak, strong, yen, { ...stalled({ stalls: 1 }), id: 'none' }],
      edited,
      {
        live,
        payouts: null,
      },
    )
    expect(difference).toMatchObject({
      live: { count: 2 },
      newlyPaid: { count: 1, money: [{ currency: 'USD', minor: 300 }], examples: [weak.order.lineId] },
      noLongerPaid: { count: 1, money: [{ currency: 'JPY', minor: 220 }], examples: [yen.order.lineId] },
      changed: { count: 1, money: [{ currency: 'USD', minor: 150 }], examples: [strong.order.lineId] },
      newlyAsked: { count: 0 },
    })
  })

  test('counts nothing twice against itself: the same rules differ in nothing', () => {
    const rules = [rule('film', { limits: { perRule: { days: 7, minor: { USD: 500 } } } })]
    const events = Array.from({ length: 50 }, (_, n) => by(`c${n % 7}`, 1 + (n % 20)))
    const { difference, paid } = simulateRefunds(events, rules, { live: rules, payouts })
    expect(difference).toMatchObject({ live: paid, newlyPaid: { count: 0 }, noLongerPaid: { count: 0 } })
    expect(paid.count).toBeGreaterThan(0)
  })
})

test('the running history counts what a recount of everything would', () => {
  const rules = [
    rule('film', {
      limits: {
        perCustomer: { days: 3, count: 2 },
        perTitle: { days: 5, count: 9 },
        perRule: { days: 2, minor: { USD: 9 } },
      },
    }),
    rule('other', { limits: { perRule: { days: 4, count: 3 }, perOrder: { days: 30, count: 1 } } }),
  ]
  const step = fc.record({
    later: fc.nat(3),
    customerId: fc.constantFrom('a', 'b'),
    title: fc.constantFrom('t', 'u'),
    currency: fc.constantFrom('USD', 'JPY'),
    ruleId: fc.constantFrom('film', 'other'),
    minor: fc.nat(500),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const history = createRunningHistory(rules)
      const given: {
        day: number
        ruleId: string
        minor: number
        order: ReturnType<typeof stalled>['order']
      }[] = []
      let day = 100
      for (const { later, ruleId, minor, ...order } of steps) {
        day += later
        const event = stalled({ order: { ...order, id: `o-${order.customerId}` } })
        const { usage } = history.historyOf(event, day)
        for (const { key, scope, days, ruleId: own } of usageKeys(rules)) {
          const subject = {
            perCustomer: 'customerId',
            perOrder: 'id',
            perTitle: 'title',
            perRule: null,
          } as const
          const name = subject[scope]
          const counted = given.filter(
            (each) =>
              each.day > day - days &&
              (own === null || each.ruleId === own) &&
              (name === null || each.order[name] === event.order[name]),
          )
          expect(usage?.[key]).toEqual({
            count: counted.length,
            minor: counted
              .filter((each) => each.order.currency === event.order.currency)
              .reduce((sum, each) => sum + each.minor, 0),
          })
        }
        history.give(event, day, ruleId, minor)
        given.push({ day, ruleId, minor, order: event.order })
      }
    }),
  )
})

describe('an event in a file', () => {
  const line = {
    kind: 'playback.ended',
    at: '2026-11-20T21:00:00+09:00',
    session: { stalls: 9 },
    order: {
      id: 'o',
      lineId: 'l',
      kind: 'rental',
      currency: 'USD',
      priceMinor: 299,
      customerId: 'c',
      title: 'T',
    },
  }

  test('needs no more than its order and what happened; the rest is not known', () => {
    const event = refundEventLine.parse(line)
    expect(event).toMatchObject({
      at: new Date('2026-11-20T12:00:00Z'),
      session: { stalls: 9, playedMs: null, implausible: [] },
      customer: { id: 'c' },
      history: { refundedByOthersMinor: 0, refundedOnLineMinor: 0 },
    })
    expect(outcome([event], [rule('film')])).toMatchObject({ paid: 1 })
    expect(outcome([event], [rule('film', { when: 'session.playedMs > 1' })])).toMatchObject({ noRule: 1 })
  })

  test('with an amount that can not be is denied, not paid', () => {
    for (const priceMinor of [-5, 2.5, 1e12]) {
      const event = refundEventLine.parse({ ...line, order: { ...line.order, priceMinor } })
      expect(outcome([event], [rule('film')])).toMatchObject({ paid: 0, denied: 1 })
    }
  })

  test('is refused where it is no event', () => {
    const fault = (changes: object) => {
      const read = refundEventLine.safeParse({ ...line, ...changes })
      return read.error?.issues.map(({ path }) => path.join('.'))
    }
    expect(fault({ at: 'yesterday' })).toEqual(['at'])
    expect(fault({ kind: 'birthday' })).toEqual(['kind'])
    expect(fault({ order: { ...line.order, currency: 'usd' } })).toEqual(['order.currency'])
  })
})

describe('what was really decided', () => {
  let db: TestStore
  beforeAll(async () => {
    db = await createTestStore()
    for (const day of [1, 2, 3, 10]) await storeDecided(db.store, by('a', day), { rule: rule('film') })
    await storeDecided(db.store, stalled({ at: at(10), stalls: 1 }))
    // The shop did not know this order: nothing can be replayed.
    await db.store.updateTable('refund_decisions').set({ inputs: '{}' }).where('id', '=', 3).execute()
  })
  afterAll(() => db.close())

  test('is replayed from its stored facts, with limits filled by the days before', async () => {
    const rules = [rule('film', { limits: { perCustomer: { days: 30, count: 1 } } })]
    const span = { from: at(2, 0), to: at(11, 0), live: [rule('film')], payouts: null }
    const simulation = await simulateStored(db.store, rules, span)
    expect(simulation).toMatchObject({
      events: 3,
      noRule: 1,
      paid: { count: 0 },
      asked: { count: 2 },
      cut: false,
    })
    expect(simulation.difference).toMatchObject({ live: { count: 2 }, noLongerPaid: { count: 2 } })
    expect(simulation.asked.examples).toEqual(['2', '4'])
  })

  test('is replayed in a thread of its own for the page, within its time', async () => {
    const request = {
      databaseUrl: db.url,
      rules: [rule('film')],
      live: [],
      payouts,
      from: at(1, 0),
      to: new Date(at(11).getTime() + DAY_MS),
    }
    const running = simulateApart(request, 20_000)
    await expect(simulateApart(request, 20_000)).rejects.toMatchObject({ reason: 'busy' })
    expect(await running).toMatchObject({ events: 4, paid: { count: 3 } })
    await expect(simulateApart(request, 1)).rejects.toMatchObject({ reason: 'late' })
    const nowhere = { ...request, databaseUrl: 'postgres://127.0.0.1:1/none' }
    await expect(simulateApart(nowhere, 20_000)).rejects.toThrow()
  })
})
