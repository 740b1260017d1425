import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Request } from 'express'

/** The token of an `Authorization: Bearer` header. */
export function bearerOf(request: IncomingMessage): string | null {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}

/** Compares secrets in a time that does not tell how much of them was right. */
export function sameSecret(given: string | null, expected: string): boolean {
  if (given === null) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** Whether a caller may see how the process is doing inside: this machine may, others with METRICS_TOKEN. */
export function mayLookInside(request: Request, token: string | null): boolean {
  return isLocal(request) || (token !== null && sameSecret(bearerOf(request), token))
}

/** A reverse proxy on this machine speaks for others: what it forwards is not local. */
function isLocal(request: Request): boolean {
  const address = request.socket.remoteAddress ?? ''
  const forwarded = request.get('x-forwarded-for') ?? request.get('forwarded')
  return forwarded === undefined && (address === '::1' || /^(::ffff:)?127\./.test(address))
}
