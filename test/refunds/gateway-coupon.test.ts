import { expect, test } from 'vitest'
import {
  createCouponGateway,
  findByKey,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
} from '../../src/refunds/gateways/index.ts'
import { sandbox } from '../sandbox/support.ts'
import { answer, closedOrigin, jsonServer } from './json-server.ts'

const request = { key: 'refund:line-1:goodwill', paymentId: 'cus_1001', amountMinor: 500, currency: 'USD' }

async function coupons() {
  const { shop } = await sandbox()
  return { shop, gateway: createCouponGateway({ origin: shop.origin, apiToken: shop.apiToken }) }
}

test('a coupon is made once for a customer, and its code is the refund’s id', async () => {
  const { shop, gateway } = await coupons()
  const taken = await gateway.refund(request)
  expect(await gateway.refund(request)).toEqual(taken)
  expect(taken).toEqual({ id: expect.stringMatching(/^SORRY-/), status: 'succeeded' })
  expect(shop.control.coupons()).toMatchObject([
    { code: taken.id, customerId: 'cus_1001', amountMinor: 500, currency: 'USD', key: request.key },
  ])
  const listed = await gateway.refundsOf('cus_1001')
  expect(findByKey(listed, request.key)).toMatchObject({ id: taken.id, paymentId: 'cus_1001' })
  expect(await gateway.refundsOf('cus_1002')).toEqual([])
  const hour = 3_600_000
  const now = Date.now()
  expect(await gateway.refundsBetween(new Date(now - hour), new Date(now + hour))).toHaveLength(1)
  expect(await gateway.refundsBetween(new Date(now - 2 * hour), new Date(now - hour))).toEqual([])
})

test('a lost answer is unknown, and the list tells; a customer that is none is refused', async () => {
  const { shop, gateway } = await coupons()
  shop.control.inject({ route: 'coupons', kind: 'drop-after' })
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
  expect(findByKey(await gateway.refundsOf('cus_1001'), request.key)).not.toBeNull()
  await expect(gateway.refund({ ...request, amountMinor: 600 })).rejects.toThrow(GatewayUnknownError)
  const nobody = gateway.refund({ ...request, key: 'k', paymentId: 'nobody' })
  await expect(nobody).rejects.toThrow(GatewayRefusedError)
  await expect(nobody).rejects.toMatchObject({ code: 'customer_not_found' })
  expect(shop.control.coupons()).toHaveLength(1)
})

test.each([{ amountMinor: 50_000 }, { currency: 'JPY' }, { customerId: 'cus_1002' }])(
  'a coupon of other worth (%o) than was asked for is unknown, not given',
  async (other) => {
    const { key, paymentId: customerId, amountMinor, currency } = request
    const coupon = { code: 'SORRY-1', status: 'issued', key, customerId, amountMinor, currency, ...other }
    const { origin } = await jsonServer((_, response) => answer(response, 201, coupon))
    await expect(createCouponGateway({ origin, apiToken: 'x' }).refund(request)).rejects.toThrow(
      GatewayUnknownError,
    )
  },
)

test('a shop that is away, or does not know us, made nothing', async () => {
  const { shop, gateway } = await coupons()
  shop.control.inject({ route: 'coupons', kind: 'status', status: 429 })
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnavailableError)
  const stranger = createCouponGateway({ origin: shop.origin, apiToken: 'wrong' })
  await expect(stranger.refund(request)).rejects.toThrow(/check SHOP_API_TOKEN/)
  await expect(stranger.refundsOf('cus_1001')).rejects.toThrow(GatewayUnavailableError)
  const nowhere = createCouponGateway({ origin: await closedOrigin(), apiToken: 'x' })
  await expect(nowhere.refund(request)).rejects.toThrow(GatewayUnavailableError)
  expect(shop.control.coupons()).toEqual([])
})
