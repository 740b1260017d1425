import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** Whom an invitation is for. Nothing of it is secret: it stands in public. */
export interface Claim {
  caseId: number
  network: string
  authorId: string
}

/** An invitation was refused; `reason` is for counting only: people read the same sentence for all. */
export class ClaimTokenError extends Error {
  override name = 'ClaimTokenError'
  reason: 'malformed' | 'bad-signature' | 'expired'
  constructor(reason: ClaimTokenError['reason']) {
    super(`the invitation is ${reason}`)
    this.reason = reason
  }
}

/** An invitation is valid for so long. */
export const CLAIM_TTL_MS = 7 * 86_400_000

const VERSION = '1'
const SEPARATOR = ' '
const MINUTE_MS = 60_000
const MAC_BYTES = 16
const SHAPE = /^[\w-]{10,400}\.[\w-]{22}$/

const payload = z.tuple([
  z.literal(VERSION),
  z.string().regex(/^[a-z][a-z0-9-]{0,20}$/),
  z.string().regex(/^[1-9a-z][0-9a-z]{0,10}$/),
  z.string().regex(/^[1-9a-z][0-9a-z]{0,7}$/),
  z.string().regex(/^[^\s\0]{1,200}$/),
])

/**
 * Signs an invitation: base64url of "version network case minutes author" (numbers in base 36), a dot, and half of
 * an HMAC-SHA256. As short as it can be, since it stands in a post.
 */
export function signClaimToken(claim: Claim, secret: string, now: Date): string {
  const minutes = Math.ceil((now.getTime() + CLAIM_TTL_MS) / MINUTE_MS)
  const fields = [VERSION, claim.network, claim.caseId.toString(36), minutes.toString(36), claim.authorId]
  const body = Buffer.from(payload.parse(fields).join(SEPARATOR)).toString('base64url')
  return `${body}.${mac(body, secret)}`
}

/**
 * Checks an invitation against the current and the previous secrets.
 * @throws ClaimTokenError; nothing in the payload is read before its signature held
 */
export function readClaimToken(
  token: string,
  secrets: readonly string[],
  now: Date,
): Claim & { expiresAt: Date } {
  if (!SHAPE.test(token)) throw new ClaimTokenError('malformed')
  const [body, signature] = token.split('.') as [string, string]
  const given = Buffer.from(signature)
  // Every secret is tried, so that the time taken does not tell which one signed.
  const held = secrets.filter((secret) => timingSafeEqual(Buffer.from(mac(body, secret)), given))
  if (held.length === 0) throw new ClaimTokenError('bad-signature')
  const parsed = payload.safeParse(Buffer.from(body, 'base64url').toString('utf8').split(SEPARATOR))
  if (!parsed.success) throw new ClaimTokenError('malformed')
  const [, network, caseId, minutes, authorId] = parsed.data
  const expiresAt = new Date(Number.parseInt(minutes, 36) * MINUTE_MS)
  if (expiresAt <= now) throw new ClaimTokenError('expired')
  return { caseId: Number.parseInt(caseId, 36), network, authorId, expiresAt }
}

function mac(body: string, secret: string): string {
  // The prefix keeps invitations apart from anything else that is signed with the same secret.
  const digest = createHmac('sha256', secret).update(`kikimimi-claim.${body}`).digest()
  return digest.subarray(0, MAC_BYTES).toString('base64url')
}
