/** A refund as the payment provider knows it. */
export interface GatewayRefund {
  id: string
  /** `failed` only from `findByKey`: the provider took it and it came to nothing. */
  status: 'succeeded' | 'pending' | 'failed'
}

/** What is asked of the provider. `key` is the idempotency key and stands in the refund's metadata. */
export interface GatewayRequest {
  key: string
  paymentId: string
  amountMinor: number
  currency: string
  metadata?: Record<string, string>
}

/** A payment provider that gives money back. */
export interface Gateway {
  name: string
  /**
   * Sends a refund once. The same key twice is one refund.
   * @throws GatewayRefusedError, GatewayUnknownError, GatewayUnavailableError
   */
  refund(request: GatewayRequest): Promise<{ id: string; status: 'succeeded' | 'pending' }>
  /**
   * What the provider knows of a key; null when it never took such a refund.
   * @throws GatewayUnavailableError when it could not be asked
   */
  findByKey(key: string): Promise<GatewayRefund | null>
}

/** The provider says no and will go on saying no: a case for a person. */
export class GatewayRefusedError extends Error {
  override name = 'GatewayRefusedError'
  /** The provider's own code, e.g. `charge_already_refunded`. */
  code: string
  constructor(code: string, message: string) {
    super(`the payment provider refused: ${message} (${code})`)
    this.code = code
  }
}

/** The request may or may not have been carried out: ask `findByKey` before anything is sent again. */
export class GatewayUnknownError extends Error {
  override name = 'GatewayUnknownError'
}

/** Nothing was carried out: send again later, with the same key. */
export class GatewayUnavailableError extends Error {
  override name = 'GatewayUnavailableError'
}
