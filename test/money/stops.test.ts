import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { approveRefund, grantGoodwill, payRefund } from '../../src/refunds/index.ts'
import { endStop, openStops, startStop } from '../../src/store/payout-stops.ts'
import { PAYOUT_STOP_KINDS, type PayoutStopKind } from '../../src/store/schema.ts'
import { caseAbout } from '../refunds/complaint-at-test.ts'
import { everyComplaint, type Money, openMoney, person } from './money-at-test.ts'

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
  for (const { id } of await openStops(money.store))
    await endStop(money.store, { id, actor: 'user:1', note: null })
})

const stop = (kind: PayoutStopKind) =>
  money.store.transaction().execute((trx) => startStop(trx, { kind, reason: 'a test', actor: 'user:1' }))
const sentFor = (paymentId: string) =>
  money.payments.refunds().filter((refund) => refund.paymentId === paymentId)

async function approved() {
  await money.rules(everyComplaint({ approval: { always: true } }))
  const order = money.newOrder()
  await money.settle(await money.complain(order))
  const { id } = await money.store
    .selectFrom('refunds')
    .select('id')
    .where('order_line_id', '=', order.lineId)
    .executeTakeFirstOrThrow()
  expect(await approveRefund(money.store, money.payouts, { refundId: id, userId })).toEqual({
    outcome: 'approved',
  })
  return { order, id }
}

async function goodwill() {
  const order = money.newOrder()
  const { caseId } = await caseAbout(money.store, { customerId: order.customerId })
  const given = { userId, caseId, orderLineId: order.lineId, amountMinor: 300, currency: 'USD' }
  const done = await grantGoodwill(
    money.store,
    { shop: money.outside.shop, gateways: money.outside.gateways, payouts: money.payouts },
    { ...given, method: 'refund', reason: 'sorry' },
  )
  if (done.outcome !== 'granted') throw new Error(JSON.stringify(done))
  return { order, id: done.refundId }
}

describe.each(PAYOUT_STOP_KINDS)('the stop "%s"', (kind) => {
  test('holds what a rule pays, asks nobody outside meanwhile, and lets it go when it ends', async () => {
    const { order, id } = await money.reserved()
    await stop(kind)
    money.payments.inject({ kind: 'status', status: 500, route: 'list_refunds', times: 1 })
    expect(await money.pay(id)).toMatchObject({
      outcome: 'later',
      reason: `payouts are stopped (${kind})`,
      delayMs: 30_000,
    })
    money.payments.clearFaults()
    expect(sentFor(order.paymentId)).toEqual([])
    expect(await money.refund(id)).toMatchObject({ state: 'reserved', attempts: 0 })
    const [open] = await openStops(money.store)
    expect(await endStop(money.store, { id: open?.id ?? 0, actor: 'user:7', note: 'seen to' })).toBe(true)
    expect(await endStop(money.store, { id: open?.id ?? 0, actor: 'user:8', note: 'me too' })).toBe(false)
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
    expect(sentFor(order.paymentId)).toHaveLength(1)
  })

  test(`${kind === 'unusual-rate' ? 'lets through' : 'holds'} what people agreed to`, async () => {
    for (const { order, id } of [await approved(), await goodwill()]) {
      await stop(kind)
      const through = kind === 'unusual-rate'
      expect(await money.pay(id)).toMatchObject({ outcome: through ? 'paid' : 'later' })
      expect(sentFor(order.paymentId)).toHaveLength(through ? 1 : 0)
    }
  })

  test('holds what was sent and not answered, and still hears what became of it', async () => {
    const lost = await money.reserved()
    const taken = await money.reserved()
    money.payments.inject({ kind: 'status', status: 503, route: 'create_refund', times: 1 })
    expect((await money.pay(lost.id)).outcome).toBe('later')
    money.payments.inject({ kind: 'drop-after', route: 'create_refund', times: 1 })
    expect((await money.pay(taken.id)).outcome).toBe('later')
    await stop(kind)
    expect(await money.pay(lost.id)).toMatchObject({ reason: `payouts are stopped (${kind})` })
    expect(await money.pay(taken.id)).toMatchObject({ outcome: 'paid' })
    expect(sentFor(lost.order.paymentId)).toEqual([])
  })

  test('is in force once, however many press it at once', async () => {
    const pressed = await Promise.all(Array.from({ length: 8 }, () => stop(kind)))
    expect(pressed.filter(Boolean)).toHaveLength(1)
    expect(await openStops(money.store)).toHaveLength(1)
  })
})

test('a stop that is pressed after the provider was asked still holds', async () => {
  const { order, id } = await money.reserved()
  const { payment } = money.outside.gateways
  const gateways = {
    ...money.outside.gateways,
    payment: {
      ...payment,
      async refundsOf(paymentId: string) {
        const listed = await payment.refundsOf(paymentId)
        await stop('kill-switch')
        return listed
      },
    },
  }
  expect(await payRefund(money.store, gateways, id, async () => null)).toMatchObject({ outcome: 'later' })
  expect(sentFor(order.paymentId)).toEqual([])
})

test('decisions go on while payouts are stopped, and nothing is dropped', async () => {
  await stop('kill-switch')
  const { id } = await money.reserved()
  expect(await money.refund(id)).toMatchObject({ state: 'reserved' })
})

test('pressing and ending are in the audit log', async () => {
  await stop('kill-switch')
  const [open] = await openStops(money.store)
  await endStop(money.store, { id: open?.id ?? 0, actor: 'command-line', note: 'over' })
  const rows = await money.store
    .selectFrom('audit_log')
    .select(['actor', 'action'])
    .where('subject', '=', `payout-stop:${open?.id}`)
    .orderBy('id')
    .execute()
  expect(rows).toEqual([
    { actor: 'user:1', action: 'payouts.stopped' },
    { actor: 'command-line', action: 'payouts.resumed' },
  ])
})
