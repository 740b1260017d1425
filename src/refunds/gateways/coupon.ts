import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { MAX_AMOUNT_MINOR } from '../payouts/amounts.ts'
import { createShopCall, type ShopAccess } from '../shop/shop-call.ts'
import {
  type Gateway,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
  type ProviderRefund,
  requireSameMoney,
} from './gateway.ts'

const couponSchema = z.object({
  code: z.string().min(1).max(200),
  customerId: z.string().min(1),
  amountMinor: z.int().min(0).max(MAX_AMOUNT_MINOR),
  currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
  status: z.enum(['issued', 'pending', 'cancelled']),
  /** The Idempotency-Key it was made under; null where somebody else made it. */
  key: z.string().nullish(),
  createdAt: z.coerce.date(),
})
const STATUS = { issued: 'succeeded', pending: 'pending', cancelled: 'failed' } as const

/**
 * Coupons of the shop behind the interface of a payment provider. What a coupon is given for is a customer and no
 * payment: **`paymentId` is the customer's id**, and `refundsOf` lists the coupons of that customer. The coupon's code
 * is the refund's id.
 */
export function createCouponGateway(options: ShopAccess): Gateway {
  const { call, list } = createShopCall(options)

  async function coupons(query: Record<string, string>): Promise<ProviderRefund[]> {
    const all = await list('/shop/api/coupons', query, couponSchema).catch((error: Error) => {
      throw new GatewayUnavailableError(error.message, { cause: error })
    })
    return all.map(({ code, customerId, amountMinor, currency, status, key, createdAt }) => ({
      id: code,
      key: key ?? null,
      paymentId: customerId,
      amountMinor,
      currency,
      status: STATUS[status],
      createdAt,
    }))
  }

  return {
    name: 'coupon',
    async refund(request) {
      const { key, paymentId, amountMinor, currency } = request
      const answer = await call('POST', '/shop/api/coupons', {
        key,
        body: { customerId: paymentId, amountMinor, currency },
      })
      if (answer.outcome === 'unsent') throw new GatewayUnavailableError(answer.message)
      if (answer.outcome === 'lost') {
        throw new GatewayUnknownError(`${answer.message}; ask for ${key} before it is sent again`)
      }
      if (answer.outcome === 'refused') throw new GatewayRefusedError(answer.code, answer.message)
      const coupon = couponSchema
        .partial({ customerId: true, amountMinor: true, currency: true, createdAt: true })
        .safeParse(answer.json)
      if (!coupon.success)
        throw new GatewayUnknownError(`the answer to ${key} can not be read; ask what became of it`)
      requireSameMoney(request, { ...coupon.data, paymentId: coupon.data.customerId })
      const status = STATUS[coupon.data.status]
      if (status === 'failed') throw new GatewayRefusedError('cancelled', 'the coupon was cancelled at once')
      return { id: coupon.data.code, status }
    },
    refundsOf: async (customerId) =>
      (await coupons({ customerId })).filter(({ paymentId }) => paymentId === customerId),
    refundsBetween: async (from, to) =>
      (await coupons({ from: from.toISOString(), to: to.toISOString() })).filter(
        ({ createdAt }) => createdAt >= from && createdAt < to,
      ),
  }
}
