import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { createRecent } from '../recent.ts'

/** What the shop vouches for when it registers a playback session. */
export interface SessionClaims {
  sid: string
  customerId: string
  orderId: string
  orderLineId: string
  title: string
}

/** A session token was refused; `reason` is stable and safe to count and to show. */
export class SessionTokenError extends Error {
  override name = 'SessionTokenError'
  reason: 'malformed' | 'bad-signature' | 'expired'
  constructor(reason: SessionTokenError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

const MAX_TOKEN_LENGTH = 4096
const MIN_SECRET_LENGTH = 16

const id = z.string().min(1).max(128)
const claimsSchema = z.strictObject({
  sid: z.string().min(1).max(64),
  customerId: id,
  orderId: id,
  orderLineId: id,
  title: z.string().min(1).max(300),
})
const payloadSchema = claimsSchema.extend({ v: z.literal(1), exp: z.int().positive().max(8.64e12) })

/**
 * Signs a session registration: base64url of a JSON payload (`v`, the claims, `exp` in seconds), a dot, and
 * base64url of its HMAC-SHA256. Fits in a URL and in an Authorization header.
 */
export function signSessionToken(
  claims: SessionClaims,
  secret: string,
  options: { now: Date; ttlSeconds: number },
): string {
  const { sid, customerId, orderId, orderLineId, title } = claimsSchema.parse(claims)
  const exp = Math.floor(options.now.getTime() / 1000) + options.ttlSeconds
  const payload = payloadSchema.parse({ v: 1, sid, customerId, orderId, orderLineId, title, exp })
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
  return `${body}.${mac(body, secret)}`
}

/**
 * Checks a token against the current and the previous secrets.
 * @throws SessionTokenError; nothing in the payload is read before its signature held
 */
export function verifySessionToken(
  token: string,
  secrets: string[],
  now: Date,
): SessionClaims & { expiresAt: Date } {
  if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+\.[\w-]{43}$/.test(token)) {
    throw new SessionTokenError('malformed', 'not a session token; use the one the registration returned')
  }
  const [body, signature] = token.split('.') as [string, string]
  const given = Buffer.from(signature)
  // Every secret is tried, so that the time taken does not tell which one signed.
  const held = secrets.filter((secret) => timingSafeEqual(Buffer.from(mac(body, secret)), given))
  if (held.length === 0) {
    throw new SessionTokenError(
      'bad-signature',
      'the session token is not signed by us; register the session again',
    )
  }
  const { v: _, exp, ...claims } = readPayload(body)
  const expiresAt = new Date(exp * 1000)
  if (expiresAt <= now) {
    throw new SessionTokenError(
      'expired',
      `the session token expired at ${expiresAt.toISOString()}; register the session again`,
    )
  }
  return { ...claims, expiresAt }
}

/**
 * Checks tokens as `verifySessionToken` does and remembers those that held until they expire: a player shows the
 * same one with each report. What is remembered holds for these secrets only; other secrets need a new verifier.
 * @param most how many tokens are remembered at least; twice as many at most
 */
export function createTokenVerifier(
  secrets: string[],
  most = 20_000,
): (token: string, now: Date) => SessionClaims & { expiresAt: Date } {
  const held = createRecent<SessionClaims & { expiresAt: Date }>(most)
  return (token, now) => {
    const known = held.get(token)
    if (known && known.expiresAt > now) return known
    const claims = verifySessionToken(token, secrets, now)
    held.set(token, claims)
    return claims
  }
}

function readPayload(body: string): z.infer<typeof payloadSchema> {
  try {
    return payloadSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
  } catch {
    throw new SessionTokenError('malformed', 'the session token has a payload of another version')
  }
}

function mac(body: string, secret: string): string {
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`a session secret needs at least ${MIN_SECRET_LENGTH} characters`)
  }
  // The prefix keeps tokens apart from anything else that is signed with the same secret.
  return createHmac('sha256', secret).update(`kikimimi-session.${body}`).digest('base64url')
}
