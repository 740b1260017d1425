import { createHash } from 'node:crypto'

/** Providers take keys of up to 255 characters. */
const MAX_KEY_LENGTH = 255

/**
 * The key under which one refund is reserved, sent and looked up: one for each order line and cause, however
 * many rules, workers, retries or complaints ask for it. Printable ASCII, so that it fits in a header.
 */
export function refundKey(orderLineId: string, cause: string): string {
  if (orderLineId === '') throw new RangeError('a refund key needs an order line')
  if (!/^[a-z][a-z.-]*$/.test(cause)) throw new RangeError(`a cause is a word such as playback, not ${cause}`)
  // The encoding leaves no colon in the line's id, so two pairs never give one key.
  const key = `refund:${encodeURIComponent(orderLineId)}:${cause}`
  if (key.length <= MAX_KEY_LENGTH) return key
  return `refund:sha256-${createHash('sha256').update(key).digest('hex')}:${cause}`
}
