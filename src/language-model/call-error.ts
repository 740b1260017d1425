/** Why there is no answer. */
export type FailureReason =
  /** No model is configured. */
  | 'off'
  /** The day's money is used up. */
  | 'budget'
  /** It failed again and again, and is left alone for a while. */
  | 'open-circuit'
  | 'timeout'
  /** The model did not want to answer. */
  | 'refused'
  /** What came is not what was asked for. */
  | 'invalid'
  /** No connection, a refusal of the server, or the process is stopping. */
  | 'unavailable'
  /** Too many others are asking. */
  | 'busy'

/** One call to the model failed. `message` is our own wording: never what the server or the customer wrote. */
export class CallError extends Error {
  override name = 'CallError'
  reason: FailureReason
  /** The service is in trouble, and not only this question: counts for the circuit breaker. */
  outage: boolean
  /** Trying again can help. */
  again: boolean
  /** How long the server told us to wait. */
  retryAfterMs: number | null
  /** The server did not do any work for it: nothing is charged. */
  free: boolean
  constructor(
    reason: FailureReason,
    message: string,
    about: { outage?: boolean; again?: boolean; retryAfterMs?: number | null; free?: boolean } = {},
  ) {
    super(message)
    this.reason = reason
    this.outage = about.outage ?? false
    this.again = about.again ?? false
    this.retryAfterMs = about.retryAfterMs ?? null
    this.free = about.free ?? false
  }
}
