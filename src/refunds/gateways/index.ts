/** Ways for money to go back: Stripe, any shop's own payment system, the shop's coupons; each behind a breaker. */

export { SIGNATURE_HEADER, signMessage } from '../../signature.ts'
export { type GatewayState, type GuardedGateway, withBreaker } from './breaker.ts'
export { createCouponGateway } from './coupon.ts'
export {
  findByKey,
  type Gateway,
  GatewayRefusedError,
  type GatewayRequest,
  GatewayUnavailableError,
  GatewayUnknownError,
  type ProviderRefund,
} from './gateway.ts'
export { createHttpGateway } from './http.ts'
export { readPaymentsWebhook } from './http-webhook.ts'
export { openGateways } from './open-gateways.ts'
export { createStripeGateway } from './stripe.ts'
export { payableAtStripe } from './stripe-amount.ts'
export { readStripeWebhook } from './stripe-webhook.ts'
export { type ProviderEvent, WebhookError } from './webhook.ts'
