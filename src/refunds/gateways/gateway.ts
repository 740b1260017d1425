/** What is asked of the provider. `key` is the idempotency key and stands in the refund's metadata. */
export interface GatewayRequest {
  key: string
  paymentId: string
  amountMinor: number
  currency: string
  metadata?: Record<string, string>
}

/** A refund as the payment provider knows it, whoever made it. */
export interface ProviderRefund {
  id: string
  /** Our payout key, from its metadata; null where others made the refund. */
  key: string | null
  paymentId: string
  /** Minor units of ISO 4217, whatever the provider counts in. */
  amountMinor: number
  currency: string
  /** `failed` also where it was cancelled: no money went, or it came back. */
  status: 'succeeded' | 'pending' | 'failed'
  createdAt: Date
}

/** A payment provider that gives money back. */
export interface Gateway {
  name: string
  /**
   * Sends a refund once. The same key twice is one refund, for as long as the provider remembers keys.
   * @throws GatewayRefusedError, GatewayUnknownError, GatewayUnavailableError
   */
  refund(request: GatewayRequest): Promise<{ id: string; status: 'succeeded' | 'pending' }>
  /**
   * Every refund of a payment, ours and others', whatever became of it. Empty where the provider does not know the
   * payment.
   * @throws GatewayUnavailableError when it could not be asked, or not all of it could be read
   */
  refundsOf(paymentId: string): Promise<ProviderRefund[]>
  /**
   * Every refund created from `from` on and before `to`, for reconciliation.
   * @throws GatewayUnavailableError when it could not be asked, or not all of it could be read
   */
  refundsBetween(from: Date, to: Date): Promise<ProviderRefund[]>
  /**
   * The largest amount not above `amountMinor` that can be paid in this currency; to be asked before money is
   * reserved. Left out: any whole number of minor units can.
   */
  payable?(amountMinor: number, currency: string): number
}

/** The refund made under a key; one that stands counts before one that failed. */
export function findByKey(refunds: ProviderRefund[], key: string): ProviderRefund | null {
  const own = refunds.filter((refund) => refund.key === key)
  return own.find(({ status }) => status !== 'failed') ?? own[0] ?? null
}

/**
 * Holds an answer against what was asked for, as far as it repeats that. An answer about other money is none: what the
 * provider lists decides, and where it lists the same a person looks.
 * @throws GatewayUnknownError
 */
export function requireSameMoney(
  { key, amountMinor, currency, paymentId }: GatewayRequest,
  answer: Partial<Pick<ProviderRefund, 'amountMinor' | 'currency' | 'paymentId'>>,
): void {
  const same =
    (answer.amountMinor ?? amountMinor) === amountMinor &&
    (answer.currency ?? currency) === currency &&
    (answer.paymentId ?? paymentId) === paymentId
  if (!same) throw new GatewayUnknownError(`the answer to ${key} is about other money; ask what became of it`)
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

/** The request may or may not have been carried out: ask `refundsOf` before anything is sent again. */
export class GatewayUnknownError extends Error {
  override name = 'GatewayUnknownError'
}

/** Nothing was carried out: send again later, with the same key. */
export class GatewayUnavailableError extends Error {
  override name = 'GatewayUnavailableError'
}
