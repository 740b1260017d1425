import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createStripeGateway } from '../../src/refunds/gateways/index.ts'
import {
  fromStripeAmount,
  payableAtStripe,
  toStripeAmount,
} from '../../src/refunds/gateways/stripe-amount.ts'
import { startStripe } from '../support/stripe-server.ts'

test.each([
  ['USD', 299, 299],
  ['JPY', 330, 330],
  ['KRW', 9900, 9900],
  // Two digits for charges and refunds; only payouts of these two must be whole.
  ['HUF', 129950, 129950],
  ['TWD', 9950, 9950],
  // ISO has no smaller unit, Stripe keeps two digits that must be 00.
  ['ISK', 1500, 150000],
  ['UGX', 5000, 500000],
  // Stripe has no subunit of the ariary, ISO has one.
  ['MGA', 500000, 5000],
  ['KWD', 5120, 5120],
  ['RSD', 12050, 12050],
])('%s: %d minor units are %d of Stripe’s, and back', (currency, minor, units) => {
  expect(toStripeAmount(minor, currency)).toBe(units)
  expect(fromStripeAmount(units, currency)).toBe(minor)
  expect(payableAtStripe(minor, currency)).toBe(minor)
})

test.each([
  ['KWD', 5124, 5120],
  ['TND', 9, 0],
  ['MGA', 4999, 4900],
])('%s %d can not be paid at Stripe; %d can', (currency, minor, payable) => {
  expect(toStripeAmount(minor, currency)).toBeNull()
  expect(payableAtStripe(minor, currency)).toBe(payable)
})

test('a fraction that ISO does not have counts as a whole unit: never is less counted than was refunded', () => {
  expect(fromStripeAmount(150050, 'ISK')).toBe(1501)
})

test('what is payable is exact, never more, and less than one step below', () => {
  const currency = fc.constantFrom(
    'USD',
    'JPY',
    'ISK',
    'UGX',
    'HUF',
    'TWD',
    'MGA',
    'KWD',
    'BHD',
    'OMR',
    'VND',
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), currency, (minor, code) => {
      const payable = payableAtStripe(minor, code)
      const units = toStripeAmount(payable, code)
      expect(minor - payable).toBeGreaterThanOrEqual(0)
      expect(minor - payable).toBeLessThan(code === 'MGA' ? 100 : 10)
      expect(Number.isSafeInteger(units)).toBe(true)
      expect(fromStripeAmount(units as number, code)).toBe(payable)
    }),
  )
})

test('the gateway converts both ways, and refuses what can not be paid exactly', async () => {
  const stripe = await startStripe()
  const gateway = createStripeGateway({ secretKey: stripe.secretKey, apiOrigin: stripe.origin })
  const isk = stripe.addPayment({ amount: 150000, currency: 'isk' })
  await gateway.refund({ key: 'k1', paymentId: isk.id, amountMinor: 700, currency: 'ISK' })
  expect(stripe.refunds()[0]).toMatchObject({ amount: 70000, currency: 'isk' })
  expect(await gateway.refundsOf(isk.id)).toMatchObject([{ amountMinor: 700, currency: 'ISK' }])
  const kwd = stripe.addPayment({ amount: 10000, currency: 'kwd' })
  await expect(
    gateway.refund({ key: 'k2', paymentId: kwd.id, amountMinor: 5124, currency: 'KWD' }),
  ).rejects.toMatchObject({ code: 'amount_not_payable' })
  expect(stripe.refunds()).toHaveLength(1)
})
