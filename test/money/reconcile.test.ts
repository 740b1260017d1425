import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  companyDay,
  createHttpGateway,
  type Gateway,
  reconcileClosedDays,
  reconcileDay,
} from '../../src/refunds/index.ts'
import { endStop, openStops } from '../../src/store/payout-stops.ts'
import { dayBounds, listReconciliations } from '../../src/store/reconciliations.ts'
import { closedOrigin } from '../refunds/json-server.ts'
import { everyComplaint, type Money, openMoney, roomy } from './money-at-test.ts'

let money: Money
beforeAll(async () => {
  money = await openMoney()
  await money.rules(everyComplaint())
})
afterAll(() => money.close())
beforeEach(async () => {
  // Each test has the day for itself: what was before was long ago, on both sides.
  await money.store
    .updateTable('refunds')
    .set({ state: 'denied', reserved_on: null, provider: null })
    .execute()
  await money.store.deleteFrom('reconciliations').execute()
  before = new Set(money.payments.refunds().map(({ id }) => id))
})

let before = new Set<string>()
const DAY_MS = 86_400_000
const today = () => companyDay(money.payouts, new Date())
/** The provider, without what earlier tests had it refund. */
const provider = (more: Partial<Gateway> = {}): Gateway => {
  const { payment } = money.outside.gateways
  return {
    ...payment,
    refundsBetween: async (from, to) =>
      (await payment.refundsBetween(from, to)).filter(({ id }) => !before.has(id)),
    ...more,
  }
}
const look = (gateway = provider()) => reconcileDay(money.store, gateway, money.payouts, today())
const listed = async (paymentId: string) => await money.outside.gateways.payment.refundsOf(paymentId)

async function paid(priceMinor = 2000) {
  const refund = await money.reserved({ priceMinor }, roomy(money.payouts))
  expect(await money.pay(refund.id)).toMatchObject({ outcome: 'paid' })
  return refund
}

describe('a day held against the provider', () => {
  test('matches what both have, and lists what others refunded', async () => {
    await paid()
    const { order } = await paid(1000)
    const other = money.newOrder()
    const theirs = money.payments.refundByOther({ paymentId: other.paymentId, amountMinor: 5 })
    expect(order).toBeDefined()
    expect(await look()).toEqual({
      day: today(),
      provider: 'http',
      matched: 2,
      faults: [],
      others: [{ id: theirs.id, paymentId: other.paymentId, amountMinor: 5, currency: 'USD' }],
    })
  })

  test('tells of a refund under our key that our books do not know', async () => {
    const order = money.newOrder()
    const { refund } = money.outside.gateways.payment
    const key = `refund:${order.lineId}:item`
    await refund({ key, paymentId: order.paymentId, amountMinor: 7, currency: 'USD' })
    const { faults } = await look()
    expect(faults).toHaveLength(1)
    expect(faults[0]?.en).toContain(`under our key ${key}, which our books do not know`)
    expect(faults[0]?.ja).toContain(key)
  })

  test('tells of an amount that differs', async () => {
    const { id } = await paid()
    await money.store.updateTable('refunds').set({ amount_minor: 1999 }).where('id', '=', id).execute()
    expect((await look()).faults.map(({ en }) => en)).toEqual([
      expect.stringMatching(/^refund \d+ is \$20\.00 at the provider \(re_\w+\) and \$19\.99 in our books$/),
    ])
  })

  test('tells of what is paid in our books and not listed there', async () => {
    const { id } = await paid()
    const nothing = provider({ refundsBetween: async () => [], refundsOf: async () => [] })
    expect((await look(nothing)).faults.map(({ en }) => en)).toEqual([
      `refund ${id} is paid in our books and does not stand at the provider`,
    ])
  })

  test('tells of what is paid there and given up in our books', async () => {
    const { id } = await paid()
    await money.store.updateTable('refunds').set({ state: 'denied' }).where('id', '=', id).execute()
    expect((await look()).faults[0]?.en).toContain(`refund ${id} is paid at the provider`)
  })

  test('tells of a refund that was paid under two of its keys', async () => {
    const { order, id } = await paid(500)
    money.payments.addPayment({ id: `${order.paymentId}-more`, amountMinor: 500, currency: 'USD' })
    const { refund } = money.outside.gateways.payment
    const key = `refund:${order.lineId}:item:2`
    await refund({ key, paymentId: `${order.paymentId}-more`, amountMinor: 500, currency: 'USD' })
    expect((await look()).faults.map(({ en }) => en)).toEqual([
      expect.stringMatching(new RegExp(`^refund ${id} is paid at the provider as .* paid twice$`)),
    ])
  })

  test('has a refund that came back looked up again, though its webhook was lost', async () => {
    const { order, id } = await paid()
    money.payments.failLater((await listed(order.paymentId))[0]?.id ?? '')
    expect(await look()).toMatchObject({ matched: 0, faults: [] })
    expect(await money.pay(id)).toEqual({ outcome: 'failed' })
    expect((await money.refund(id)).reversed_at).not.toBeNull()
  })

  test('takes no exception at what is still on its way, nor at a day’s edge', async () => {
    const { id } = await money.reserved({}, roomy(money.payouts))
    money.payments.makePending(1)
    expect((await money.pay(id)).outcome).toBe('later')
    const { id: late } = await paid()
    // Written down by the provider a little before midnight, and by us a little after.
    const { from } = await dayBounds(money.store, today(), { timeZone: 'Asia/Tokyo', closesAt: '00:00' })
    await money.store
      .updateTable('refunds')
      .set({ paid_at: new Date(from.getTime() + 5) })
      .where('id', '=', late)
      .execute()
    const yesterdays = provider({ refundsBetween: async () => [] })
    expect((await look(yesterdays)).faults).toEqual([])
    expect((await look()).faults).toEqual([])
  })
})

describe('closed days', () => {
  const tomorrow = () => new Date(Date.now() + DAY_MS)
  const stops = async () => (await openStops(money.store)).map(({ kind }) => kind)

  test('are looked at once each, from the first refund on, an hour after they closed', async () => {
    expect(await reconcileClosedDays(money.store, [provider()], money.payouts, tomorrow())).toEqual([])
    await paid()
    const { to } = await dayBounds(money.store, today(), { timeZone: 'Asia/Tokyo', closesAt: '00:00' })
    const at = (ms: number) =>
      reconcileClosedDays(money.store, [provider()], money.payouts, new Date(to.getTime() + ms))
    expect(await at(3_599_000)).toEqual([])
    expect(await at(3_600_000)).toEqual([today()])
    expect(await at(3_600_000)).toEqual([])
    expect(await listReconciliations(money.store, 10)).toMatchObject([
      { day: today(), matched: 1, faults: [] },
    ])
    expect(await stops()).toEqual([])
  })

  test('that differ stop payouts until a person has looked', async () => {
    await paid()
    const nothing = provider({ refundsBetween: async () => [], refundsOf: async () => [] })
    await reconcileClosedDays(money.store, [nothing], money.payouts, tomorrow())
    const [stop] = await openStops(money.store)
    expect(stop).toMatchObject({ kind: 'reconciliation', started_by: 'worker:sweep' })
    expect(stop?.reason).toContain('does not stand at the provider')
    const held = await money.reserved({}, roomy(money.payouts))
    expect(await money.pay(held.id)).toMatchObject({ reason: 'payouts are stopped (reconciliation)' })
    await endStop(money.store, { id: stop?.id ?? 0, actor: 'user:1', note: 'a test system' })
  })

  test('of a provider that does not answer keep no other waiting, and come again', async () => {
    const { id } = await paid()
    await paid()
    await money.store.updateTable('refunds').set({ provider: 'away' }).where('id', '=', id).execute()
    const away = { ...createHttpGateway({ origin: await closedOrigin(), apiKey: 'key' }), name: 'away' }
    const both = () => reconcileClosedDays(money.store, [away, provider()], money.payouts, tomorrow())
    expect(await both()).toEqual([today()])
    expect((await listReconciliations(money.store, 10)).map((row) => row.provider)).toEqual(['http'])
    const back = { ...provider(), name: 'away' }
    expect(await reconcileClosedDays(money.store, [back], money.payouts, tomorrow())).toEqual([today()])
  })
})
