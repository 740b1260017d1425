import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { approveRefund, payRefund, retryRefund, settleUnknownRefund } from '../../src/refunds/index.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'
import { type NewProviderEvent, openDispute, recordProviderEvent } from '../../src/store/provider-events.ts'
import { everyComplaint, type Money, type Order, openMoney, person } from './money-at-test.ts'
import { ledgerOf, letPass } from './reserved-refund.ts'

const DAY_MS = 86_400_000

let money: Money
let userId: number
beforeAll(async () => {
  money = await openMoney()
  userId = await person(money, 'approver')
})
afterAll(() => money.close())
beforeEach(() => money.rules(everyComplaint()))
afterEach(async () => {
  money.payments.clearFaults()
  expect(await checkLedger(money.store)).toEqual([])
})

let told = 0
/** The provider's webhook about a refund, as its receiver stores it. */
async function webhook(order: Order, refund: { id: string; key: string | null }): Promise<number | null> {
  const event: NewProviderEvent = {
    provider: 'http',
    id: `evt_${++told}`,
    type: 'refund.updated',
    refund: { ...refund, paymentId: order.paymentId },
  }
  const recorded = await recordProviderEvent(money.store, event)
  return recorded.repeated ? null : recorded.refundId
}

const sentFor = (order: Order) =>
  money.payments.refunds().filter(({ paymentId }) => paymentId === order.paymentId)
const retry = (refundId: number) => retryRefund(money.store, money.payouts, { refundId, userId })
const keyOf = (order: Order) => `refund:${order.lineId}:item`

describe('a paid refund that comes back', () => {
  test('is booked as reversed, and paid again once a person says so, under a new key', async () => {
    const { order, id } = await money.reserved()
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    const first = sentFor(order)[0]?.id ?? ''
    money.payments.failLater(first)
    expect(await webhook(order, { id: first, key: keyOf(order) })).toBe(id)
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    expect(await money.refund(id)).toMatchObject({ state: 'failed', recheck_at: null })
    expect(await checkLedger(money.store)).toEqual([])
    expect(await retry(id)).toEqual({ outcome: 'reserved' })
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    expect(await ledgerOf(money.db, id)).toEqual([
      '1 reserved',
      '1 paid',
      '1 reversed',
      '2 reserved',
      '2 paid',
    ])
    expect(sentFor(order).map(({ status, metadata }) => [status, metadata.refundKey])).toEqual([
      ['failed', keyOf(order)],
      ['succeeded', `${keyOf(order)}:2`],
    ])
  })

  test('stays paid where the provider only says again that it is', async () => {
    const { order, id } = await money.reserved()
    await money.pay(id)
    await webhook(order, { id: sentFor(order)[0]?.id ?? '', key: keyOf(order) })
    expect(await money.pay(id)).toEqual({ outcome: 'done' })
    expect(await money.refund(id)).toMatchObject({ state: 'paid', recheck_at: null })
  })

  test('is noticed by the provider’s id too, where a person had found it without our key', async () => {
    const { order, id } = await money.reserved()
    money.payments.inject({ kind: 'status', status: 503, route: 'create_refund', times: 1 })
    await money.pay(id)
    await letPass(money.db, id, DAY_MS)
    expect(await money.pay(id)).toEqual({ outcome: 'unknown' })
    const byHand = money.payments.refundByOther({ paymentId: order.paymentId, amountMinor: 2000 })
    await settleUnknownRefund(money.store, { refundId: id, userId, paid: true, providerId: byHand.id })
    // Its mail, which was still to be written.
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    money.payments.failLater(byHand.id)
    expect(await webhook(order, { id: byHand.id, key: null })).toBe(id)
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    expect(await ledgerOf(money.db, id)).toEqual(['1 reserved', '1 paid', '1 reversed'])
  })
})

describe('a refund that nobody could tell about', () => {
  async function lostOne() {
    const { order, id } = await money.reserved()
    money.payments.makePending(1)
    await money.pay(id)
    money.payments.inject({ kind: 'status', status: 503, route: 'list_refunds', times: 1 })
    await letPass(money.db, id, DAY_MS)
    expect(await money.pay(id)).toEqual({ outcome: 'unknown' })
    return { order, id, theirs: sentFor(order)[0]?.id ?? '' }
  }

  test('is booked as paid when the provider tells of it after all', async () => {
    const { order, id, theirs } = await lostOne()
    money.payments.settlePending(theirs)
    await webhook(order, { id: theirs, key: keyOf(order) })
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    expect(await money.refund(id)).toMatchObject({ state: 'paid', provider_id: theirs, recheck_at: null })
  })

  test('has failed when the provider says so', async () => {
    const { order, id, theirs } = await lostOne()
    money.payments.failLater(theirs)
    await webhook(order, { id: theirs, key: keyOf(order) })
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    expect(await ledgerOf(money.db, id)).toEqual(['1 reserved', '1 failed'])
  })

  test('and is pending still waits for a person', async () => {
    const { order, id, theirs } = await lostOne()
    await webhook(order, { id: theirs, key: keyOf(order) })
    expect(await money.pay(id)).toEqual({ outcome: 'done' })
    expect(await money.refund(id)).toMatchObject({ state: 'unknown', recheck_at: null })
  })
})

describe('what others refund', () => {
  test('between the decision and the sending stops it, and a person can not pay it on top', async () => {
    const { order, id } = await money.reserved({ priceMinor: 1000 })
    money.payments.refundByOther({ paymentId: order.paymentId, amountMinor: 400 })
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    expect((await money.refund(id)).error).toContain('somebody else refunded')
    expect(await retry(id)).toMatchObject({ outcome: 'capped', limit: 'charge' })
    expect(sentFor(order)).toHaveLength(1)
  })

  test('before the decision leaves less to pay', async () => {
    const order = money.newOrder({ priceMinor: 1000 })
    money.payments.refundByOther({ paymentId: order.paymentId, amountMinor: 400 })
    const settled = await money.settle(await money.complain(order))
    if (settled.outcome !== 'pay' || settled.refundId === null) throw new Error(JSON.stringify(settled))
    expect(await money.refund(settled.refundId)).toMatchObject({ amount_minor: 600, others_minor: 400 })
    expect(await money.pay(settled.refundId)).toMatchObject({ outcome: 'paid' })
    expect(sentFor(order).reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(1000)
  })

  test('while an answer is lost leaves it to a person, with the money still reserved', async () => {
    const { order, id } = await money.reserved()
    money.payments.inject({ kind: 'status', status: 503, route: 'create_refund', times: 1 })
    expect((await money.pay(id)).outcome).toBe('later')
    money.payments.refundByOther({ paymentId: order.paymentId, amountMinor: 1 })
    expect(await money.pay(id)).toEqual({ outcome: 'unknown' })
    expect(await ledgerOf(money.db, id)).toEqual(['1 reserved'])
    expect(sentFor(order)).toHaveLength(1)
  })

  test('of an order with several lines is a person’s matter, and their word is enough to send it', async () => {
    const order = money.newOrder({ priceMinor: 1000 })
    const shop = money.outside.shop
    money.outside.shop = {
      ...shop,
      async order(id) {
        const found = await shop.order(id)
        const [line] = found.lines
        return { ...found, lines: line ? [line, { ...line, id: `${line.id}-other` }] : [] }
      },
    }
    money.payments.refundByOther({ paymentId: order.paymentId, amountMinor: 10 })
    const event = await money.complain(order)
    const asked = await money.settle(event)
    money.outside.shop = shop
    expect(asked.outcome).toBe('ask')
    expect(await money.decisionOf(event)).toMatchObject({ limit_hit: 'others' })
    const { id } = await refundOn(order)
    expect(await approveRefund(money.store, money.payouts, { refundId: id, userId })).toEqual({
      outcome: 'approved',
    })
    // The provider holds no more than the one line's 1000: it says no, and not we.
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    expect((await money.refund(id)).error).toContain('amount_exceeds_payment')
  })

  test('counts what stands under a key of ours although our books have it as failed', async () => {
    const { order, id } = await money.reserved()
    money.payments.makePending(1)
    await money.pay(id)
    money.payments.inject({ kind: 'status', status: 503, route: 'list_refunds', times: 1 })
    await letPass(money.db, id, DAY_MS)
    expect(await money.pay(id)).toEqual({ outcome: 'unknown' })
    await settleUnknownRefund(money.store, { refundId: id, userId, paid: false })
    const theirs = sentFor(order)[0]?.id ?? ''
    money.payments.settlePending(theirs)
    const again = await money.complain(order, 'delivery.late')
    expect(await money.settle(again)).toMatchObject({ outcome: 'deny' })
    expect(await money.decisionOf(again)).toMatchObject({ limit_hit: 'charge' })
    await webhook(order, { id: theirs, key: keyOf(order) })
    expect(await money.pay(id)).toEqual({ outcome: 'done' })
    expect((await money.refund(id)).error).toContain('stands at the provider after all')
    expect(await retry(id)).toMatchObject({ outcome: 'reserved' })
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    expect(sentFor(order)).toHaveLength(1)
  })
})

describe('a dispute', () => {
  const dispute = (order: Order, status: 'open' | 'won' | 'lost' = 'open') =>
    openDispute(money.store, 'http', {
      id: `dp_${order.paymentId}`,
      paymentId: order.paymentId,
      aliasId: null,
      amountMinor: 2000,
      currency: 'USD',
      status,
      at: new Date(),
    })

  test('that is open leaves the decision to a person', async () => {
    const order = money.newOrder()
    await dispute(order)
    const event = await money.complain(order)
    expect((await money.settle(event)).outcome).toBe('ask')
    expect(await money.decisionOf(event)).toMatchObject({ limit_hit: 'disputed' })
  })

  test('between the decision and the sending stops it; won, a person can send it', async () => {
    const { order, id } = await money.reserved()
    await dispute(order)
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    await retry(id)
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    await dispute(order, 'won')
    await retry(id)
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    expect(sentFor(order)).toHaveLength(1)
  })

  test('while an answer is lost stops a second sending', async () => {
    const { order, id } = await money.reserved()
    money.payments.inject({ kind: 'status', status: 503, route: 'create_refund', times: 1 })
    await money.pay(id)
    await dispute(order)
    expect(await money.pay(id)).toEqual({ outcome: 'unknown' })
    expect(sentFor(order)).toEqual([])
  })
})

describe('a database that was restored from a backup', () => {
  test('finds what it paid and forgot, and books it without sending anything', async () => {
    const { order, id } = await money.reserved()
    const before = await money.outside.gateways.payment.refund({
      key: keyOf(order),
      paymentId: order.paymentId,
      amountMinor: 2000,
      currency: 'USD',
    })
    money.payments.forgetIdempotencyKeys()
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    expect(await money.refund(id)).toMatchObject({ state: 'paid', provider_id: before.id, attempts: 0 })
    expect(sentFor(order)).toHaveLength(1)
  })

  test('and decides differently now asks a person, rather than book another amount', async () => {
    const { order, id } = await money.reserved({ priceMinor: 1000 })
    const { refund } = money.outside.gateways.payment
    await refund({
      key: keyOf(order),
      paymentId: order.paymentId,
      amountMinor: 700,
      currency: 'USD',
    })
    expect(await money.pay(id)).toEqual({ outcome: 'unknown' })
    expect((await money.refund(id)).error).toContain('700 USD')
    expect(sentFor(order)).toHaveLength(1)
  })
})

test('two workers and a person at once send a refund once', async () => {
  const { order, id } = await money.reserved()
  const all = await Promise.all(Array.from({ length: 6 }, () => money.pay(id)))
  expect(all.filter(({ outcome }) => outcome === 'paid')).toHaveLength(1)
  expect(sentFor(order)).toHaveLength(1)
})

test('a worker that lost its lock does not send what another one has begun to send', async () => {
  const { order, id } = await money.reserved()
  const { payment } = money.outside.gateways
  const slow = {
    ...money.outside.gateways,
    payment: {
      ...payment,
      async refundsOf(paymentId: string) {
        const listed = await payment.refundsOf(paymentId)
        // Meanwhile the other one is sending.
        await money.store
          .updateTable('refunds')
          .set({ state: 'sending', sending_at: new Date() })
          .where('id', '=', id)
          .execute()
        return listed
      },
    },
  }
  const outcome = await payRefund(money.store, slow, id, async () => null)
  expect(outcome).toMatchObject({ outcome: 'later', reason: 'another process works on this refund' })
  expect(sentFor(order)).toEqual([])
  await money.pay(id)
})

const refundOn = (order: Order) =>
  money.store
    .selectFrom('refunds')
    .select('id')
    .where('order_line_id', '=', order.lineId)
    .executeTakeFirstOrThrow()
