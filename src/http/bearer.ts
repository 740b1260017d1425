import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'

/** The token of an `Authorization: Bearer` header. */
export function bearerOf(request: Request): string | null {
  return /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1] ?? null
}

/** Compares secrets in a time that does not tell how much of them was right. */
export function sameSecret(given: string | null, expected: string): boolean {
  if (given === null) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
