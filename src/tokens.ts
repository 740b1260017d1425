import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits for cookies, links and forms. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What the database keeps of a token, so that who reads it can not use it. */
export function hashToken(token: string): string {
  return hash('sha256', token)
}

export function sameToken(given: unknown, expected: string | null | undefined): boolean {
  if (typeof given !== 'string' || !expected) return false
  return timingSafeEqual(Buffer.from(hashToken(given)), Buffer.from(hashToken(expected)))
}
