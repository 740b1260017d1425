/** What the shop makes once under an idempotency key, which it keeps for good. */
export interface Coupon {
  code: string
  customerId: string
  amountMinor: number
  currency: string
  status: 'issued' | 'pending' | 'cancelled'
  key: string | null
  createdAt: string
}

export interface Replacement {
  id: string
  key: string
  orderId: string
  orderLineId: string
  quantity: number
  status: 'created' | 'shipped' | 'cancelled'
  createdAt: string
}

/** The body of a request, or what is wrong with it. */
export function readCoupon(json: unknown): Pick<Coupon, 'customerId' | 'amountMinor' | 'currency'> | string {
  const { customerId, amountMinor, currency } = (json ?? {}) as Partial<Coupon>
  if (typeof customerId !== 'string') return 'customerId must be a string.'
  if (!Number.isSafeInteger(amountMinor) || (amountMinor as number) <= 0)
    return 'amountMinor must be a positive integer.'
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    return 'currency must be an ISO 4217 code in capitals.'
  return { customerId, amountMinor: amountMinor as number, currency }
}

export function readReplacement(
  json: unknown,
): Pick<Replacement, 'orderId' | 'orderLineId' | 'quantity'> | string {
  const { orderId, orderLineId, quantity } = (json ?? {}) as Partial<Replacement>
  if (typeof orderId !== 'string' || typeof orderLineId !== 'string')
    return 'orderId and orderLineId must be strings.'
  if (!Number.isSafeInteger(quantity) || (quantity as number) <= 0)
    return 'quantity must be a positive integer.'
  return { orderId, orderLineId, quantity: quantity as number }
}
