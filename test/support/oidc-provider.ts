import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const OIDC_CLIENT = { clientId: 'desk', clientSecret: 'a secret of the desk' }

/** A small OpenID Connect provider on loopback: whoever comes is signed in as `person`, at once. */
export interface TestOidcProvider {
  issuer: string
  /** The claims of whoever signs in next. */
  person: Record<string, unknown> & { sub: string }
  /** What the next id token says otherwise than it should. */
  lie: { nonce?: string; aud?: string; iss?: string; foreignKey?: boolean } | null
  /** True: every answer is HTTP 503. */
  down: boolean
  declines: boolean
  close(): Promise<void>
}

export async function startOidcProvider(): Promise<TestOidcProvider> {
  const keys = await generateKeyPair('RS256')
  const strangers = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, { query: URLSearchParams; person: TestOidcProvider['person'] }>()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', provider.issuer)
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (provider.down) return json(503, { error: 'temporarily_unavailable' })
    if (url.pathname === '/.well-known/openid-configuration') {
      return json(200, {
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      })
    }
    if (url.pathname === '/jwks') return json(200, { keys: [jwk] })
    if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      if (provider.declines) back.searchParams.set('error', 'access_denied')
      else {
        const code = randomBytes(16).toString('base64url')
        codes.set(code, { query: url.searchParams, person: provider.person })
        back.searchParams.set('code', code)
      }
      return response.writeHead(303, { location: back.href }).end()
    }
    let body = ''
    for await (const chunk of request) body += chunk
    const form = new URLSearchParams(body)
    const found = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const basic = Buffer.from(
      `${OIDC_CLIENT.clientId}:${OIDC_CLIENT.clientSecret.replaceAll(' ', '+')}`,
    ).toString('base64')
    const holds =
      request.headers.authorization === `Basic ${basic}` && found?.query.get('code_challenge') === verifier
    if (!holds || !found) return json(400, { error: 'invalid_grant' })
    const { lie } = provider
    const token = await new SignJWT({ ...found.person, nonce: lie?.nonce ?? found.query.get('nonce') ?? '' })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(lie?.iss ?? provider.issuer)
      .setAudience(lie?.aud ?? OIDC_CLIENT.clientId)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(lie?.foreignKey ? strangers.privateKey : keys.privateKey)
    json(200, { access_token: 'x', token_type: 'Bearer', expires_in: 300, id_token: token })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const provider: TestOidcProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: { sub: 'nobody' },
    lie: null,
    down: false,
    declines: false,
    close: () => new Promise((done) => server.close(() => done())),
  }
  return provider
}
