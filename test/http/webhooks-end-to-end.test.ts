import { afterAll, beforeAll, expect, test } from 'vitest'
import { isDisputed } from '../../src/store/provider-events.ts'
import { reservedRefund, rowOf } from '../money/reserved-refund.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

let product: TestProduct

beforeAll(async () => {
  product = await startProduct({ env: { WORKERS: 'payout', DESK: 'off' } })
})
afterAll(() => product.close())

const line = {
  orderId: 'ord_5001',
  customerId: 'cus_1001',
  paymentId: 'pay_5001',
  title: 'Casablanca',
  priceMinor: 299,
  currency: 'USD',
}

/** Sooner than a payout that waits is tried again by itself, which takes five seconds. */
const SOON_MS = 4_000

const stateIs = (id: number, state: string) =>
  until(`the refund is ${state}`, async () => (await rowOf(product.db, id)).state === state, SOON_MS)

test('a refund that is pending, goes through and fails later, is followed by the webhooks alone', async () => {
  const { control } = product.sandbox.payments
  control.makePending(1)
  const id = await reservedRefund(product.db, 'ord_5001-1', 'playback', line)
  await product.app.queues.enqueue('payout', [id])
  await stateIs(id, 'pending')
  control.settlePending()
  await stateIs(id, 'paid')
  control.failLater(control.refunds()[0]?.id as string)
  await stateIs(id, 'failed')
  expect(control.refunds()).toHaveLength(1)
})

test('a payment that the customer’s bank disputes is not refunded on top', async () => {
  const { control } = product.sandbox.payments
  const before = control.refunds().length
  control.openDispute({ paymentId: 'pay_5005' })
  await until('the dispute is known', () => isDisputed(product.db.store, 'pay_5005'))
  const of = { ...line, orderId: 'ord_5005', customerId: 'cus_1005', paymentId: 'pay_5005' }
  const id = await reservedRefund(product.db, 'ord_5005-1', 'playback', of)
  await product.app.queues.enqueue('payout', [id])
  await stateIs(id, 'failed')
  expect(control.refunds()).toHaveLength(before)
})
