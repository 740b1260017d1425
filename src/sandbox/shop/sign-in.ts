import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Answer } from '../faults.ts'
import type { Customer } from './catalogue.ts'

export interface ShopClient {
  id: string
  secret: string
}

export interface ShopAuthorizeRequest {
  clientId: string
  redirectUri: string
  scopes: string[]
  state: string
  nonce: string | null
  challenge: string
}

/** The shop's OpenID Connect provider: discovery, authorization code with PKCE, RS256-signed id tokens. */
export interface ShopSignIn {
  /** Known once the web server listens; the issuer is below it. */
  setOrigin(origin: string): void
  issuer(): string
  setRedirectUris(uris: readonly string[]): void
  discovery(): Answer
  jwks(): Promise<Answer>
  /** null where nobody can be sent back. */
  readRequest(query: URLSearchParams): ShopAuthorizeRequest | null
  approve(request: ShopAuthorizeRequest, customer: Customer): string
  decline(request: ShopAuthorizeRequest): string
  token(authorization: string | undefined, body: string): Promise<Answer>
}

export const SHOP_SIGN_IN_PATH = '/shop/oidc'
const CODE_MS = 60_000
const TOKEN_SECONDS = 300

export function createShopSignIn(client: ShopClient): ShopSignIn {
  let origin = ''
  let redirectUris: readonly string[] = []
  const codes = new Map<string, { request: ShopAuthorizeRequest; customer: Customer; expiresAt: number }>()
  // Made at the first need: most runs sign nobody in.
  let keys: ReturnType<typeof makeKeys> | undefined
  const issuer = () => `${origin}${SHOP_SIGN_IN_PATH}`

  return {
    setOrigin(given) {
      origin = given
    },
    issuer,
    setRedirectUris(uris) {
      redirectUris = [...uris]
    },
    discovery: () => ({
      status: 200,
      body: {
        issuer: issuer(),
        authorization_endpoint: `${issuer()}/authorize`,
        token_endpoint: `${issuer()}/token`,
        jwks_uri: `${issuer()}/jwks`,
        scopes_supported: ['openid', 'profile', 'email'],
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['client_secret_basic'],
        code_challenge_methods_supported: ['S256'],
        claims_supported: ['sub', 'name', 'email', 'locale'],
        authorization_response_iss_parameter_supported: true,
      },
    }),
    async jwks() {
      keys ??= makeKeys()
      return { status: 200, body: { keys: [(await keys).jwk] } }
    },
    readRequest(query) {
      const get = (name: string) => query.get(name) ?? ''
      const scopes = get('scope').split(' ').filter(Boolean)
      const right =
        get('response_type') === 'code' &&
        get('client_id') === client.id &&
        redirectUris.includes(get('redirect_uri')) &&
        scopes.includes('openid') &&
        get('code_challenge_method') === 'S256' &&
        /^[\w-]{43}$/.test(get('code_challenge'))
      if (!right) return null
      return {
        clientId: client.id,
        redirectUri: get('redirect_uri'),
        scopes,
        state: get('state'),
        nonce: query.get('nonce'),
        challenge: get('code_challenge'),
      }
    },
    approve(request, customer) {
      const code = randomBytes(32).toString('base64url')
      codes.set(code, { request, customer, expiresAt: Date.now() + CODE_MS })
      return backTo(request, { code, state: request.state, iss: issuer() })
    },
    decline: (request) => backTo(request, { error: 'access_denied', state: request.state, iss: issuer() }),
    async token(authorization, body): Promise<Answer> {
      if (!isClient(authorization, client)) {
        return {
          status: 401,
          headers: { 'www-authenticate': 'Basic realm="shop"' },
          body: { error: 'invalid_client' },
        }
      }
      const form = new URLSearchParams(body)
      if (form.get('grant_type') !== 'authorization_code') {
        return { status: 400, body: { error: 'unsupported_grant_type' } }
      }
      const code = form.get('code') ?? ''
      const found = codes.get(code)
      codes.delete(code)
      const verifier = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      const holds =
        found &&
        found.expiresAt >= Date.now() &&
        found.request.redirectUri === form.get('redirect_uri') &&
        same(verifier, found.request.challenge)
      if (!holds) return { status: 400, body: { error: 'invalid_grant' } }
      keys ??= makeKeys()
      const idToken = await sign(await keys, issuer(), client.id, found.customer, found.request)
      return {
        status: 200,
        headers: { 'cache-control': 'no-store' },
        body: {
          access_token: randomBytes(32).toString('base64url'),
          token_type: 'Bearer',
          expires_in: TOKEN_SECONDS,
          scope: found.request.scopes.join(' '),
          id_token: idToken,
        },
      }
    },
  }
}

async function makeKeys() {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const kid = randomUUID()
  return { privateKey, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}

function sign(
  keys: Awaited<ReturnType<typeof makeKeys>>,
  issuer: string,
  audience: string,
  customer: Customer,
  request: ShopAuthorizeRequest,
): Promise<string> {
  const wants = new Set(request.scopes)
  return new SignJWT({
    ...(request.nonce === null ? {} : { nonce: request.nonce }),
    ...(wants.has('profile') ? { name: customer.name, locale: customer.locale } : {}),
    ...(wants.has('email') ? { email: customer.email, email_verified: true } : {}),
  })
    .setProtectedHeader({ alg: 'RS256', kid: keys.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(customer.id)
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_SECONDS}s`)
    .sign(keys.privateKey)
}

/** RFC 6749, section 2.3.1: both halves are form-encoded. */
function isClient(authorization: string | undefined, client: ShopClient): boolean {
  const basic = /^Basic (\S+)$/.exec(authorization ?? '')?.[1] ?? ''
  const halves = Buffer.from(basic, 'base64').toString('utf8').split(':')
  const [id, secret] = halves.map((half) => new URLSearchParams(`v=${half}`).get('v') ?? '')
  return halves.length === 2 && same(`${id}:${secret}`, `${client.id}:${client.secret}`)
}

function backTo(request: ShopAuthorizeRequest, fields: Record<string, string>): string {
  const url = new URL(request.redirectUri)
  for (const [name, value] of Object.entries(fields)) if (value) url.searchParams.set(name, value)
  return url.href
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
