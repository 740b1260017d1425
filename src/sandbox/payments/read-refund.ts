import type { RefundFields } from './ledger.ts'

/** The body of `POST /refunds`, or what is wrong with it. */
export function readRefund(rawBody: string): RefundFields | string {
  let body: Record<string, unknown>
  try {
    body = JSON.parse(rawBody)
  } catch {
    return 'The body is not JSON.'
  }
  const { paymentId, amountMinor, currency, metadata = {} } = body ?? {}
  if (typeof paymentId !== 'string') return 'paymentId must be a string.'
  if (!Number.isSafeInteger(amountMinor) || (amountMinor as number) <= 0)
    return 'amountMinor must be a positive integer.'
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    return 'currency must be an ISO 4217 code in capitals.'
  if (
    typeof metadata !== 'object' ||
    metadata === null ||
    Object.values(metadata).some((value) => typeof value !== 'string')
  )
    return 'metadata must be an object of strings.'
  return {
    paymentId,
    amountMinor: amountMinor as number,
    currency,
    metadata: metadata as Record<string, string>,
  }
}
