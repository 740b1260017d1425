import type { PaymentsConfig } from '../../config.ts'
import type { ShopAccess } from '../shop/shop-call.ts'
import { type GuardedGateway, withBreaker } from './breaker.ts'
import { createCouponGateway } from './coupon.ts'
import { createHttpGateway } from './http.ts'
import { createStripeGateway } from './stripe.ts'

/** The gateways of an installation, each behind its own breaker: money the way it came, and coupons of the shop. */
export function openGateways(
  payments: PaymentsConfig,
  shop: ShopAccess,
): { payment: GuardedGateway; coupon: GuardedGateway } {
  const payment = payments.kind === 'stripe' ? createStripeGateway(payments) : createHttpGateway(payments)
  return { payment: withBreaker(payment), coupon: withBreaker(createCouponGateway(shop)) }
}
