import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { approveRefund, companyDay, inBaseMinor, type Payouts } from '../../src/refunds/index.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'
import { lockReservations, reservedOn, usageIn } from '../../src/store/payout-limits.ts'
import { endStop, openStops } from '../../src/store/payout-stops.ts'
import { everyComplaint, type Money, openMoney, person, roomy } from './money-at-test.ts'

let money: Money
let payouts: Payouts
beforeAll(async () => {
  money = await openMoney()
  payouts = roomy(money.payouts)
})
afterAll(() => money.close())
beforeEach(async () => {
  await money.rules(everyComplaint())
  // Each test has the day's budgets and its hour for itself.
  await money.store
    .updateTable('refunds')
    .set({ reserved_on: '2020-01-01', reserved_at: new Date('2020-01-01') })
    .execute()
  for (const { id } of await openStops(money.store))
    await endStop(money.store, { id, actor: 'user:1', note: null })
})

const today = () => companyDay(money.payouts, new Date())
const budgets = (perDayMinor: Record<string, number>, all = 1e9): Payouts => ({
  ...payouts,
  budgets: {
    perDayMinor: { ...payouts.budgets.perDayMinor, ...perDayMinor },
    allPerDay: { currency: 'USD', minor: all },
  },
})

async function rush(count: number, by: Payouts, line: (n: number) => Parameters<Money['newOrder']>[0]) {
  const events = await Promise.all(
    Array.from({ length: count }, (_, n) => money.complain(money.newOrder(line(n)))),
  )
  const settled = await Promise.all(events.map((id) => money.settle(id, by)))
  return { events, paid: settled.filter(({ outcome }) => outcome === 'pay').length }
}

describe('a hundred reservations at once', () => {
  test('fill the budget of a currency to the last yen that fits, and not one more', async () => {
    const { events, paid } = await rush(100, budgets({ JPY: 10_000 }), (n) => ({
      priceMinor: n % 2 === 0 ? 333 : 301,
      currency: 'JPY',
    }))
    const { minor } = await reservedOn(money.store, today(), 'JPY')
    expect(minor).toBeLessThanOrEqual(10_000)
    expect(minor).toBeGreaterThan(10_000 - 301)
    const asked = await Promise.all(events.map(money.decisionOf))
    expect(asked.filter(({ limit_hit }) => limit_hit === 'budget')).toHaveLength(100 - paid)
    expect(await checkLedger(money.store)).toEqual([])
  })

  test('in two currencies stay inside the budget of all', async () => {
    const by = budgets({}, 5_000)
    await rush(100, by, (n) =>
      n % 2 === 0 ? { priceMinor: 480, currency: 'JPY' } : { priceMinor: 299, currency: 'USD' },
    )
    const { baseMinor } = await reservedOn(money.store, today(), 'USD')
    expect(baseMinor).toBeLessThanOrEqual(5_000)
    const least = Math.min(299, inBaseMinor(by, 480, 'JPY', today()) ?? 0)
    expect(baseMinor).toBeGreaterThan(5_000 - least)
  })

  test('for one order line are one refund', async () => {
    const order = money.newOrder()
    const events = await Promise.all(Array.from({ length: 100 }, () => money.complain(order)))
    const settled = await Promise.all(events.map((id) => money.settle(id, payouts)))
    expect(settled.filter(({ outcome }) => outcome === 'pay')).toHaveLength(1)
    expect(settled.filter(({ outcome }) => outcome === 'deny')).toHaveLength(99)
  })

  test('for five causes of one line never come to more than was charged', async () => {
    await money.rules(everyComplaint({ amount: { sharePercent: 60 } }))
    const order = money.newOrder({ priceMinor: 1000 })
    const codes = ['item.wrong', 'delivery.late', 'billing.charge', 'streaming.quality', 'account.access']
    const events = await Promise.all(codes.map((code) => money.complain(order, code)))
    await Promise.all(events.map((id) => money.settle(id, payouts)))
    const amounts = await money.store
      .selectFrom('refunds')
      .select('amount_minor')
      .where('order_line_id', '=', order.lineId)
      .orderBy('id')
      .execute()
    expect(amounts).toEqual([{ amount_minor: 600 }, { amount_minor: 400 }])
  })
})

describe('an unusual rate', () => {
  const rushes = () => ({ ...payouts, unusual: { factor: 5, atLeast: 10, weeks: 4 } })

  test('is noticed at the very refund that makes it one, whoever asks at once', async () => {
    const { paid } = await rush(100, rushes(), () => ({ priceMinor: 100 }))
    expect(paid).toBe(9)
    expect(await openStops(money.store)).toMatchObject([{ kind: 'unusual-rate' }])
  })

  test('once a person lets it go on begins to be counted anew', async () => {
    await rush(12, rushes(), () => ({ priceMinor: 100 }))
    const [stop] = await openStops(money.store)
    await endStop(money.store, { id: stop?.id ?? 0, actor: 'user:1', note: 'a sale' })
    expect((await rush(12, rushes(), () => ({ priceMinor: 100 }))).paid).toBe(9)
  })

  test('is none where this hour of the day always brings as much', async () => {
    await rush(9, rushes(), () => ({ priceMinor: 100 }))
    // The same hour of each of the last four weeks' days saw nine.
    const weeks = Array.from({ length: 28 }, (_, day) => day + 1)
    const refunds = await money.store
      .selectFrom('refunds')
      .select('id')
      .where('reserved_on', '=', today())
      .execute()
    for (const day of weeks) {
      const { events } = await rush(9, payouts, () => ({ priceMinor: 100 }))
      await money.store
        .updateTable('refunds')
        .set({ reserved_at: new Date(Date.now() - day * 86_400_000 - 60_000) })
        .where('decision_id', 'in', (query) =>
          query.selectFrom('refund_decisions').select('id').where('event_id', 'in', events),
        )
        .execute()
    }
    expect(refunds).toHaveLength(9)
    expect((await rush(30, rushes(), () => ({ priceMinor: 100 }))).paid).toBe(30)
  })
})

describe('budgets', () => {
  test('hold for people too, and a refund above them waits for another day', async () => {
    const userId = await person(money, 'budget-keeper')
    const by = budgets({ USD: 1_500 })
    await money.rules(everyComplaint({ approval: { always: true } }))
    const ids: number[] = []
    for (const priceMinor of [1_000, 1_000, 500]) {
      const order = money.newOrder({ priceMinor })
      expect(await money.settle(await money.complain(order), by)).toMatchObject({ outcome: 'ask' })
      const { id } = await money.store
        .selectFrom('refunds')
        .select('id')
        .where('order_line_id', '=', order.lineId)
        .executeTakeFirstOrThrow()
      ids.push(id)
    }
    const approve = (refundId: number | undefined, now = new Date()) =>
      approveRefund(money.store, by, { refundId: refundId ?? 0, userId, now })
    expect(await approve(ids[0])).toEqual({ outcome: 'approved' })
    expect(await approve(ids[1])).toMatchObject({ outcome: 'capped', limit: 'budget' })
    expect(await money.refund(ids[1] ?? 0)).toMatchObject({ state: 'asked', approved_by: null })
    expect(await approve(ids[2])).toEqual({ outcome: 'approved' })
    const tomorrow = new Date(Date.now() + 86_400_000)
    expect(await approve(ids[1], tomorrow)).toEqual({ outcome: 'approved' })
    expect(await reservedOn(money.store, companyDay(by, tomorrow), 'USD')).toMatchObject({ minor: 1_000 })
  })

  test('of a currency that payouts.yaml does not know leave it to a person', async () => {
    const order = money.newOrder({ currency: 'CHF' })
    const event = await money.complain(order)
    expect(await money.settle(event, payouts)).toMatchObject({ outcome: 'ask' })
    const { sentence, limit_hit } = await money.decisionOf(event)
    expect([limit_hit, sentence.en]).toEqual(['budget', expect.stringContaining('no budget for CHF')])
  })

  test('are of the day in the company’s time zone, from its closing time on', () => {
    const tokyo = { ...payouts, books: { timeZone: 'Asia/Tokyo', dayClosesAt: '05:00' } }
    expect(companyDay(tokyo, new Date('2026-11-20T19:59:59Z'))).toBe('2026-11-20')
    expect(companyDay(tokyo, new Date('2026-11-20T20:00:00Z'))).toBe('2026-11-21')
  })
})

describe('limits of some days', () => {
  test.each([
    // Tokyo's 20 November begins on the 19th, 15:00 UTC.
    [1, '2026-11-19T14:59:59.999Z', 0],
    [1, '2026-11-19T15:00:00Z', 1],
    [2, '2026-11-18T15:00:00Z', 1],
    [2, '2026-11-18T14:59:59Z', 0],
  ])('of %d day(s) in Tokyo count a refund of %s %d times', async (days, at, count) => {
    const { order, id } = await money.reserved({}, payouts)
    await money.store
      .updateTable('refunds')
      .set({ created_at: new Date(at) })
      .where('id', '=', id)
      .execute()
    const used = await usageIn(
      money.store,
      { scope: 'perCustomer', ruleId: null, days },
      { customerId: order.customerId, orderId: order.orderId, sku: null, title: '', currency: 'USD' },
      { today: '2026-11-20', timeZone: 'Asia/Tokyo', closesAt: '00:00' },
    )
    expect(used).toEqual({ count, minor: count * 2000 })
  })

  test('hold among a hundred at once', async () => {
    await money.rules(everyComplaint({ limits: { perRule: { days: 1, count: 7 } } }))
    await money.store
      .updateTable('refunds')
      .set({ created_at: new Date('2020-01-01') })
      .execute()
    expect((await rush(40, payouts, () => ({}))).paid).toBe(7)
  })
})

test('whoever waits for the lock holds nothing that its holder needs', async () => {
  const order = money.newOrder()
  const event = await money.complain(order)
  const settled = await money.store.transaction().execute(async (trx) => {
    await lockReservations(trx)
    const waiting = money.settle(event, payouts)
    await sleep(300)
    // The event's row is free: the waiting one takes the lock before any row.
    await trx.updateTable('refund_events').set({ sku: 'sku' }).where('id', '=', event).execute()
    return { waiting }
  })
  expect(await settled.waiting).toMatchObject({ outcome: 'pay' })
})

test('a price that was lowered after an earlier refund leaves less', async () => {
  await money.rules(everyComplaint({ amount: { sharePercent: 50 } }))
  const { order } = await money.reserved({ priceMinor: 1_000, quantity: 2 }, payouts)
  expect((await money.refund((await lastRefund(order.lineId)).id)).amount_minor).toBe(1_000)
  const { shop } = money.outside
  money.outside.shop = {
    ...shop,
    async order(id) {
      const found = await shop.order(id)
      return { ...found, lines: found.lines.map((line) => ({ ...line, priceMinor: 600 })) }
    },
  }
  const settled = await money.settle(await money.complain(order, 'delivery.late'), payouts)
  money.outside.shop = shop
  expect(settled.outcome).toBe('pay')
  expect((await lastRefund(order.lineId)).amount_minor).toBe(200)
  expect(await checkLedger(money.store)).toEqual([])
})

const lastRefund = (lineId: string) =>
  money.store
    .selectFrom('refunds')
    .select(['id', 'amount_minor'])
    .where('order_line_id', '=', lineId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
