import { createHash } from 'node:crypto'

/** Providers take keys of up to 255 characters; some are left for the round. */
const MAX_KEY_LENGTH = 240

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

/**
 * The idempotency key under which a round of a refund is sent. A provider replays its answer to a key, a no too: what
 * a person sends again needs another one.
 */
export function payoutKey(key: string, round: number): string {
  return round === 1 ? key : `${key}:${round}`
}

/** The refund's own key, from the one under which any of its rounds was sent. */
export function baseKey(key: string): string {
  return key.replace(/^(refund:[^:]+:[^:]+):\d+$/, '$1')
}
