import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../credentials.ts'
import { unauthorized } from './problems.ts'

export type TokenKind = 'oauth1' | 'bearer' | 'user'
/** `user`: acts as the brand's account. `app`: application-only. */
export type Caller = 'user' | 'app'

const TIMESTAMP_WINDOW_S = 300

/** Checks the Authorization header; throws X's 401 where it does not hold. */
export function createAuthenticator(keys: Credentials, revoked: Set<TokenKind>) {
  const nonces = new Map<string, number>()

  function verifyOAuth1(request: IncomingMessage, header: string): Caller {
    const given = parseOAuthHeader(header)
    const { oauth_signature: signature, ...signed } = given
    const nowS = Date.now() / 1000
    const timestamp = Number(given.oauth_timestamp)
    if (
      revoked.has('oauth1') ||
      given.oauth_consumer_key !== keys.apiKey ||
      given.oauth_token !== keys.accessToken ||
      given.oauth_signature_method !== 'HMAC-SHA1' ||
      !(Math.abs(nowS - timestamp) <= TIMESTAMP_WINDOW_S) ||
      !given.oauth_nonce ||
      !signature
    )
      throw unauthorized()

    const expected = signOAuth1(
      request.method ?? 'GET',
      new URL(request.url ?? '/', `https://${request.headers.host}`),
      signed,
      keys.apiSecret,
      keys.accessSecret,
    )
    if (!sameText(signature, expected)) throw unauthorized()

    // The oldest stand first.
    for (const [nonce, usedAt] of nonces) {
      if (nowS - usedAt <= 2 * TIMESTAMP_WINDOW_S) break
      nonces.delete(nonce)
    }
    if (nonces.has(given.oauth_nonce)) throw unauthorized()
    nonces.set(given.oauth_nonce, nowS)
    return 'user'
  }

  return (request: IncomingMessage): Caller => {
    const header = request.headers.authorization ?? ''
    if (header.startsWith('OAuth ')) return verifyOAuth1(request, header.slice(6))
    const token = header.startsWith('Bearer ') ? header.slice(7) : ''
    if (sameText(token, keys.bearerToken) && !revoked.has('bearer')) return 'app'
    if (sameText(token, keys.userAccessToken) && !revoked.has('user')) return 'user'
    throw unauthorized()
  }
}

/** RFC 5849, section 3.4: the HMAC-SHA1 signature over method, address and all parameters. */
export function signOAuth1(
  method: string,
  url: URL,
  oauth: Record<string, string>,
  consumerSecret: string,
  tokenSecret: string,
): string {
  const pairs = [...Object.entries(oauth).filter(([name]) => name !== 'realm'), ...url.searchParams.entries()]
  const normalized = pairs
    .map(([name, value]) => [percent(name), percent(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const base = [method.toUpperCase(), `${url.protocol}//${url.host}${url.pathname}`, normalized]
    .map(percent)
    .join('&')
  return createHmac('sha1', `${percent(consumerSecret)}&${percent(tokenSecret)}`)
    .update(base)
    .digest('base64')
}

function parseOAuthHeader(header: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [, name, value] of header.matchAll(/([\w%.~-]+)="([^"]*)"/g)) {
    try {
      fields[decodeURIComponent(name as string)] = decodeURIComponent(value as string)
    } catch {
      throw unauthorized()
    }
  }
  return fields
}

function percent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
