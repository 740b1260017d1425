import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStripeGateway, type Gateways, payRefund } from '../../src/refunds/index.ts'
import { ledgerOf, letPass, mailOf, reservedRefund, rowOf } from '../money/reserved-refund.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { type StripeFault, startStripe } from '../support/stripe-server.ts'

let db: TestStore
let lines = 0

beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db.close())

async function atStripe() {
  const stripe = await startStripe()
  const payment = stripe.addPayment({ amount: 299 })
  const gateway = createStripeGateway({
    secretKey: stripe.secretKey,
    apiOrigin: stripe.origin,
    timeoutMs: 400,
  })
  const gateways: Gateways = { payment: gateway, coupon: gateway }
  lines += 1
  const id = await reservedRefund(db, `stripe-${lines}`, 'playback', {
    orderId: 'order-1',
    customerId: `customer-${lines}`,
    paymentId: payment.id,
    title: 'Casablanca',
    priceMinor: 299,
    currency: 'USD',
  })
  const pay = () => payRefund(db.store, gateways, id, mailOf)
  /** What was asked of Stripe, in order. */
  const asked = () => stripe.requests.map((line) => line.split(' ')[0])
  return { stripe, payment, id, pay, asked }
}

test.each<StripeFault>(['drop-after', 'hang-after', 'cut-answer', '500-after'])(
  '%s: the list is asked before anything is sent again, and it was paid once',
  async (fault) => {
    const { stripe, id, pay, asked } = await atStripe()
    stripe.fault(fault)
    expect((await pay()).outcome).toBe('later')
    expect(asked()).toEqual(['GET', 'POST'])
    // As if a day had passed: what prevents the second payment is the list, not Stripe's memory of the key.
    stripe.forgetKeys()
    expect((await pay()).outcome).toBe('paid')
    expect(asked()).toEqual(['GET', 'POST', 'GET'])
    expect(stripe.refunds()).toHaveLength(1)
    expect(await rowOf(db, id)).toMatchObject({ state: 'paid', provider_id: stripe.refunds()[0]?.id })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 paid'])
  },
)

test('dropped before it was carried out: asked, then sent again under the same key', async () => {
  const { stripe, pay, asked } = await atStripe()
  stripe.fault('drop-before')
  expect((await pay()).outcome).toBe('later')
  expect((await pay()).outcome).toBe('paid')
  expect(asked()).toEqual(['GET', 'POST', 'GET', 'POST'])
  const keys = stripe.requests.filter((line) => line.startsWith('POST')).map((line) => line.split(' ')[2])
  expect(new Set(keys).size).toBe(1)
  expect(stripe.refunds()).toHaveLength(1)
})

test('a list that can not be read keeps anything from being sent', async () => {
  const { stripe, pay, asked } = await atStripe()
  stripe.fault('500', 'list')
  expect((await pay()).outcome).toBe('later')
  expect(asked()).toEqual(['GET'])
  expect((await pay()).outcome).toBe('paid')
})

test('a stored 500 is replayed for a day; then a person looks, and nothing was paid', async () => {
  const { stripe, id, pay } = await atStripe()
  stripe.fault('500')
  for (const _ of [1, 2, 3]) expect((await pay()).outcome).toBe('later')
  await letPass(db, id, 24 * 3_600_000)
  expect((await pay()).outcome).toBe('unknown')
  expect(stripe.refunds()).toEqual([])
})

test('what is pending is asked for until it is through, or came to nothing', async () => {
  for (const end of ['succeeded', 'failed'] as const) {
    const { stripe, id, pay } = await atStripe()
    stripe.nextStatus('pending')
    expect((await pay()).outcome).toBe('later')
    expect((await rowOf(db, id)).state).toBe('pending')
    stripe.settle(stripe.refunds()[0]?.id as string, end)
    expect((await pay()).outcome).toBe(end === 'succeeded' ? 'paid' : 'failed')
    expect(stripe.refunds()).toHaveLength(1)
  }
})

test('what others refunded at Stripe in the meantime is not refunded again', async () => {
  const { stripe, payment, id, pay, asked } = await atStripe()
  stripe.refundByOther(payment.id, 299)
  expect((await pay()).outcome).toBe('failed')
  expect(asked()).toEqual(['GET'])
  expect(await rowOf(db, id)).toMatchObject({ state: 'failed' })
})
