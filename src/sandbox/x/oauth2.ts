import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Answer } from '../faults.ts'

export interface OAuth2Client {
  id: string
  secret: string
}

/** What an app asks a person for, as its authorize address says it. */
export interface AuthorizeRequest {
  clientId: string
  redirectUri: string
  scopes: string[]
  state: string
  challenge: string
  method: 'S256' | 'plain'
}

/** X's OAuth 2.0 authorization server: authorization code with PKCE. */
export interface OAuth2 {
  /** Addresses that people may be sent back to: compared letter by letter. */
  setRedirectUris(uris: readonly string[]): void
  /** null where X only says that something went wrong, and sends nobody back. */
  readRequest(query: URLSearchParams): AuthorizeRequest | null
  /** Where the browser goes after the person agreed. */
  approve(request: AuthorizeRequest, userId: string): string
  decline(request: AuthorizeRequest): string
  /** `POST /2/oauth2/token` */
  token(authorization: string | undefined, body: string): Answer
  /** Whose access token this is, and what it allows. */
  holderOf(request: IncomingMessage): { userId: string; scopes: string[] } | null
}

/** X: "You will have to exchange it with an access token within 30 seconds". */
const CODE_MS = 30_000
const TOKEN_SECONDS = 7200
const SCOPES = new Set(
  (
    'tweet.read tweet.write tweet.moderate.write users.email users.read follows.read follows.write offline.access ' +
    'space.read mute.read mute.write like.read like.write list.read list.write block.read block.write ' +
    'bookmark.read bookmark.write dm.read dm.write media.write'
  ).split(' '),
)

export function createOAuth2(client: OAuth2Client): OAuth2 {
  let redirectUris: readonly string[] = []
  const codes = new Map<string, { request: AuthorizeRequest; userId: string; expiresAt: number }>()
  const tokens = new Map<string, { userId: string; scopes: string[]; expiresAt: number }>()

  return {
    setRedirectUris(uris) {
      redirectUris = [...uris]
    },
    readRequest(query) {
      const get = (name: string) => query.get(name) ?? ''
      const scopes = get('scope').split(' ').filter(Boolean)
      const method = get('code_challenge_method') === 'plain' ? 'plain' : 'S256'
      const right =
        get('response_type') === 'code' &&
        get('client_id') === client.id &&
        redirectUris.includes(get('redirect_uri')) &&
        scopes.length > 0 &&
        scopes.every((scope) => SCOPES.has(scope)) &&
        get('state') !== '' &&
        get('state').length <= 500 &&
        get('code_challenge') !== '' &&
        /^(s256|plain)$/i.test(get('code_challenge_method'))
      if (!right) return null
      return {
        clientId: client.id,
        redirectUri: get('redirect_uri'),
        scopes,
        state: get('state'),
        challenge: get('code_challenge'),
        method,
      }
    },
    approve(request, userId) {
      const code = randomBytes(48).toString('base64url')
      codes.set(code, { request, userId, expiresAt: Date.now() + CODE_MS })
      return backTo(request, { state: request.state, code })
    },
    decline: (request) => backTo(request, { error: 'access_denied', state: request.state }),
    token(authorization, body) {
      const form = new URLSearchParams(body)
      if (!isClient(authorization, form, client)) {
        return refuse(401, 'unauthorized_client', 'Missing valid authorization header')
      }
      if (form.get('grant_type') !== 'authorization_code') {
        return refuse(400, 'unsupported_grant_type', 'Only authorization_code is played here.')
      }
      const code = form.get('code') ?? ''
      const found = codes.get(code)
      // Once is all, whether it works or not.
      codes.delete(code)
      if (!found || found.expiresAt < Date.now()) {
        return refuse(400, 'invalid_request', 'Value passed for the authorization code was invalid.')
      }
      const { request, userId } = found
      if (form.get('redirect_uri') !== request.redirectUri) {
        return refuse(
          400,
          'invalid_request',
          'Value passed for the redirect uri did not match the uri of the authorization code.',
        )
      }
      if (!answers(form.get('code_verifier') ?? '', request)) {
        return refuse(
          400,
          'invalid_request',
          'Value passed for the code verifier did not match the code challenge.',
        )
      }
      const token = randomBytes(68).toString('base64url')
      tokens.set(token, { userId, scopes: request.scopes, expiresAt: Date.now() + TOKEN_SECONDS * 1000 })
      return {
        status: 200,
        body: {
          token_type: 'bearer',
          expires_in: TOKEN_SECONDS,
          access_token: token,
          scope: request.scopes.join(' '),
        },
      }
    },
    holderOf(request) {
      const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
      const held = tokens.get(token ?? '')
      return held && held.expiresAt > Date.now() ? { userId: held.userId, scopes: held.scopes } : null
    },
  }
}

function isClient(authorization: string | undefined, form: URLSearchParams, client: OAuth2Client): boolean {
  const basic = /^Basic (\S+)$/.exec(authorization ?? '')?.[1]
  // A web app is a confidential client: X wants its secret, as it stands, in the header.
  if (basic === undefined) return false
  const given = Buffer.from(basic, 'base64').toString('utf8')
  const named = form.get('client_id')
  return same(given, `${client.id}:${client.secret}`) && (named === null || named === client.id)
}

/** RFC 7636, section 4.6 */
function answers(verifier: string, request: AuthorizeRequest): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  const given =
    request.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url')
  return same(given, request.challenge)
}

function backTo(request: AuthorizeRequest, fields: Record<string, string>): string {
  const url = new URL(request.redirectUri)
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
  return url.href
}

function refuse(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } }
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
