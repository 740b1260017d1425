import { createHmac, timingSafeEqual } from 'node:crypto'

/** A message is refused when its time is further from ours than this, before or after. */
export const TOLERANCE_SECONDS = 300
export const SIGNATURE_HEADER = 'kikimimi-signature'

/** What is signed: a request, or a webhook. `path` includes the query. */
export interface SignedMessage {
  method: string
  path: string
  body: string
}

/** Why a message is not believed. */
export type SignatureFault = 'forged' | 'clock-skew'

/** A message whose signature does not hold, or whose time is not ours. */
export class SignatureError extends Error {
  override name = 'SignatureError'
  fault: SignatureFault
  constructor(fault: SignatureFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/**
 * The `Kikimimi-Signature` header of a message: `t=<Unix seconds>,v1=<hex of HMAC-SHA256>` over time, method, path and
 * body, joined by full stops.
 */
export function signMessage(message: SignedMessage, secret: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000)
  return `t=${seconds},v1=${digest(message, secret, seconds)}`
}

/**
 * Checks a message's header against every secret that is valid now (more than one while they are exchanged).
 * @throws SignatureError
 */
export function verifyMessage(
  message: SignedMessage,
  header: string | undefined,
  secrets: readonly string[],
  now: Date,
): void {
  const parts = (header ?? '').split(',').map((part) => part.trim())
  const seconds = Number(/^t=(\d{1,12})$/.exec(parts.find((part) => part.startsWith('t=')) ?? '')?.[1])
  const given = parts.flatMap((part) => /^v1=([0-9a-f]{64})$/.exec(part)?.[1] ?? []).slice(0, 5)
  if (!Number.isSafeInteger(seconds) || given.length === 0) {
    throw new SignatureError('forged', 'Kikimimi-Signature must be t=<Unix seconds>,v1=<64 hex digits>')
  }
  const right = secrets.some((secret) => {
    const expected = Buffer.from(digest(message, secret, seconds), 'hex')
    return given.some((one) => timingSafeEqual(expected, Buffer.from(one, 'hex')))
  })
  if (!right) throw new SignatureError('forged', 'the signature does not belong to this message')
  const skew = Math.floor(now.getTime() / 1000) - seconds
  if (Math.abs(skew) > TOLERANCE_SECONDS) {
    throw new SignatureError(
      'clock-skew',
      `signed ${Math.abs(skew)} s ${skew > 0 ? 'ago' : 'from now'}, and ${TOLERANCE_SECONDS} s are allowed: sign anew for each attempt, and check both clocks`,
    )
  }
}

function digest({ method, path, body }: SignedMessage, secret: string, seconds: number): string {
  return createHmac('sha256', secret).update(`${seconds}.${method}.${path}.${body}`).digest('hex')
}
