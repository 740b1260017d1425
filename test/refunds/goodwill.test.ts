import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Goodwill,
  goodwillAmounts,
  goodwillBudget,
  grantGoodwill,
  loadPayouts,
  payRefund,
} from '../../src/refunds/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { caseAbout } from './complaint-at-test.ts'
import { type Outside, openOutside, orderOf } from './outside-at-test.ts'
import { activate, rule } from './rules-at-test.ts'

/** A person gives at most $10.00 at once, and $30.00 a day. */
const payouts = loadPayouts('templates/payouts.yaml')

let db: TestStore
let outside: Outside
let people = 0
beforeAll(async () => {
  db = await createTestStore()
  outside = await openOutside()
})
afterAll(async () => {
  await outside.close()
  await db.close()
})
beforeEach(() => outside.box.payments.control.clearFaults())

async function person(): Promise<number> {
  people += 1
  const { id } = await db.store
    .insertInto('users')
    .values({ name: `Agent ${people}`, login: `agent${people}`, password_hash: 'x', role: 'agent' })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function wish(more: Partial<Goodwill> & { priceMinor?: number } = {}) {
  const { priceMinor, ...given } = more
  const order = orderOf(outside.box, priceMinor === undefined ? {} : { priceMinor })
  const { caseId } = await caseAbout(db.store, { customerId: order.customerId })
  const goodwill: Goodwill = {
    userId: given.userId ?? (await person()),
    caseId,
    orderLineId: order.lineId,
    amountMinor: 500,
    currency: 'USD',
    method: 'refund',
    reason: 'A rough week with us',
    ...given,
  }
  return { order, goodwill }
}

const parts = () => ({
  shop: outside.shop,
  gateways: outside.gateways,
  payouts,
})
const grant = (goodwill: Goodwill, over = payouts) =>
  grantGoodwill(db.store, { ...parts(), payouts: over }, goodwill)
const refundsOn = (line: string) =>
  db.store.selectFrom('refunds').selectAll().where('order_line_id', '=', line).execute()

describe('goodwill', () => {
  test('is reserved at once, without a rule and without approval, with its reason and its giver', async () => {
    const { order, goodwill } = await wish()
    const done = await grant(goodwill)
    expect(done).toMatchObject({ outcome: 'granted' })
    expect(await refundsOn(order.lineId)).toMatchObject([
      {
        key: `refund:${order.lineId}:goodwill`,
        state: 'reserved',
        rule_id: null,
        granted_by: goodwill.userId,
        note: 'A rough week with us',
        case_id: goodwill.caseId,
        amount_minor: 500,
        payment_id: order.paymentId,
        reserved_on: expect.anything(),
      },
    ])
    const lines = await db.store
      .selectFrom('ledger_entries')
      .select(['event', 'amount_minor'])
      .where('refund_id', '=', done.outcome === 'granted' ? done.refundId : 0)
      .execute()
    expect(lines.map((line) => line.amount_minor).sort((a, b) => a - b)).toEqual([-500, 500])
    const audited = await db.store
      .selectFrom('audit_log')
      .selectAll()
      .where('action', '=', 'goodwill.granted')
      .where('subject', '=', `case:${goodwill.caseId}`)
      .executeTakeFirstOrThrow()
    // The reason may be about a person: it stays where it can be erased.
    expect(JSON.stringify(audited.detail)).not.toContain('rough')
  })

  test('reaches the customer through the payment provider, or as a coupon of the shop', async () => {
    for (const method of ['refund', 'coupon'] as const) {
      const { order, goodwill } = await wish({ method })
      const done = await grant(goodwill)
      if (done.outcome !== 'granted') throw new Error(JSON.stringify(done))
      const paid = await payRefund(db.store, outside.gateways, done.refundId, async () => null)
      expect(paid).toMatchObject({ outcome: 'paid' })
      const coupons = outside.box.shop.control
        .coupons()
        .filter((each) => each.customerId === order.customerId)
      const refunds = outside.box.payments.control
        .refunds()
        .filter((each) => each.paymentId === order.paymentId)
      expect([coupons.length, refunds.length]).toEqual(method === 'coupon' ? [1, 0] : [0, 1])
    }
  })

  test('is one, however often the button is pressed', async () => {
    const { order, goodwill } = await wish()
    const all = await Promise.all(Array.from({ length: 5 }, () => grant(goodwill)))
    expect(all.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
    expect(all.filter(({ outcome }) => outcome === 'given-already')).toHaveLength(4)
    expect(await refundsOn(order.lineId)).toHaveLength(1)
  })

  test('stays inside the budget of the person and the day, however many are given at once', async () => {
    const userId = await person()
    const wishes = await Promise.all(Array.from({ length: 8 }, () => wish({ userId, amountMinor: 900 })))
    const all = await Promise.all(wishes.map(({ goodwill }) => grant(goodwill)))
    expect(all.filter(({ outcome }) => outcome === 'granted')).toHaveLength(3)
    expect(await goodwillBudget(db.store, payouts, userId, 'USD', new Date())).toEqual({
      dayMinor: 3000,
      givenMinor: 2700,
      leftMinor: 300,
      mostMinor: 1000,
    })
    const { goodwill } = await wish({ userId, amountMinor: 301 })
    expect(await grant(goodwill)).toMatchObject({
      outcome: 'refused',
      why: { en: expect.stringContaining('$3.00') },
    })
    expect(await grant({ ...goodwill, amountMinor: 300 })).toMatchObject({ outcome: 'granted' })
    // Somebody else has a budget of their own.
    const other = await wish({ amountMinor: 900 })
    expect(await grant(other.goodwill)).toMatchObject({ outcome: 'granted' })
  })

  test.each([
    ['more than may be given at once', { amountMinor: 1001 }],
    ['nothing', { amountMinor: 0 }],
    ['less than nothing', { amountMinor: -5 }],
    ['a fraction', { amountMinor: 2.5 }],
    ['no number', { amountMinor: Number.NaN }],
    ['another currency than the order’s', { currency: 'JPY' }],
    ['no reason', { reason: '  ' }],
    ['more than was charged', { amountMinor: 400, priceMinor: 399 }],
    ['an order line of another customer', { orderLineId: 'ord_5001-1' }],
  ])('is refused for %s', async (_what, more) => {
    const { order, goodwill } = await wish(more)
    expect(await grant(goodwill)).toMatchObject({ outcome: 'refused' })
    expect(await refundsOn(order.lineId)).toEqual([])
    const events = await db.store
      .selectFrom('refund_events')
      .select('id')
      .where('kind', '=', 'goodwill')
      .where('case_id', '=', goodwill.caseId)
      .execute()
    expect(events).toEqual([])
  })

  test('is refused on top of what others refunded at the provider, and of the day’s budget', async () => {
    const { order, goodwill } = await wish()
    outside.box.payments.control.refundByOther({ paymentId: order.paymentId, amountMinor: 1600 })
    expect(await grant(goodwill)).toMatchObject({
      outcome: 'refused',
      why: { en: expect.stringContaining('$4.00') },
    })
    const next = await wish()
    const small = { ...payouts, budgets: { ...payouts.budgets, perDayMinor: { USD: 100 } } }
    expect(await grant(next.goodwill, small)).toMatchObject({ outcome: 'refused' })
    expect(await refundsOn(next.order.lineId)).toEqual([])
  })

  test('keeps to the rule for it, where one is active', async () => {
    const own = await createTestStore()
    const limits = { perCustomer: { days: 30, count: 1 } }
    const amount = { requested: true, maxMinor: { USD: 600 } }
    await activate(own.store, rule('goodwill', { event: 'goodwill', when: undefined, amount, limits }))
    const { id: userId } = await own.store
      .insertInto('users')
      .values({ name: 'Agent', login: 'agent', password_hash: 'x', role: 'agent' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const order = orderOf(outside.box)
    const { caseId } = await caseAbout(own.store, { customerId: order.customerId })
    const give = (amountMinor: number, orderLineId = order.lineId) =>
      grantGoodwill(own.store, parts(), {
        userId,
        caseId,
        orderLineId,
        amountMinor,
        currency: 'USD',
        method: 'refund',
        reason: 'A rough week',
      })
    expect(await give(601)).toMatchObject({
      outcome: 'refused',
      why: { en: expect.stringContaining('$6.00') },
    })
    const done = await give(600)
    expect(done).toMatchObject({ outcome: 'granted' })
    const refund = await own.store.selectFrom('refunds').select('rule_id').executeTakeFirstOrThrow()
    expect(refund.rule_id).toBe('goodwill')
    // A second order of the same customer: the rule allows one in thirty days.
    const again = { ...outside.box.shop.control.orders().find((each) => each.id === order.orderId) }
    const line = again.lines?.[0]
    if (!line) throw new Error('the order has no line')
    const copy = {
      ...again,
      id: 'ord_again',
      paymentId: 'pay_again',
      lines: [{ ...line, id: 'ord_again-1' }],
    }
    outside.box.shop.control.addOrder(copy as Parameters<typeof outside.box.shop.control.addOrder>[0])
    expect(await give(100, 'ord_again-1')).toMatchObject({ outcome: 'refused' })
    await own.close()
  })

  test('is for customers whom we know only', async () => {
    const { goodwill } = await wish()
    const { caseId } = await caseAbout(db.store)
    expect(await grant({ ...goodwill, caseId })).toMatchObject({ outcome: 'refused' })
  })

  test('waits for a provider that can not be asked what was refunded', async () => {
    const { order, goodwill } = await wish()
    outside.box.payments.control.inject({ route: 'list_refunds', kind: 'html-503' })
    expect(await grant(goodwill)).toMatchObject({ outcome: 'later' })
    expect(await refundsOn(order.lineId)).toEqual([])
  })

  test('is offered in a small, a medium and the largest amount', () => {
    expect(goodwillAmounts(1000)).toEqual([200, 500, 1000])
    expect(goodwillAmounts(1)).toEqual([1])
    expect(goodwillAmounts(0)).toEqual([])
  })
})
