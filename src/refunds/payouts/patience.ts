/** After this long without an answer about a refund that was sent, a person finds out what became of it. */
export const UNKNOWN_AFTER_MS = 24 * 3_600_000
/** Providers may forget idempotency keys after 24 hours: well before that nothing is sent under one again. */
export const RESEND_WITHIN_MS = 23 * 3_600_000

const LEAST_MS = 5_000
const MOST_MS = 5 * 60_000

/** How long to wait before asking again: half of the time waited so far, from 5 seconds to 5 minutes. */
export function pauseMs(since: Date): number {
  return Math.min(Math.max(waitedMs(since) / 2, LEAST_MS), MOST_MS)
}

export function waitedMs(since: Date): number {
  return Date.now() - since.getTime()
}
