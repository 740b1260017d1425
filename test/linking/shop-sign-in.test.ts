import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SignInError } from '../../src/linking/index.ts'
import { createShopSignIn } from '../../src/linking/shop-sign-in.ts'

const keys = await generateKeyPair('RS256')
const others = await generateKeyPair('RS256')
const BACK = 'https://care.example/c/callback/shop'
let issuer = ''
let idToken = ''
let verifierSent: string | null = null

/** A provider that hands out whatever id token a test made. */
const provider = createServer(async (request, response) => {
  const json = (body: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.url?.endsWith('openid-configuration')) {
    return json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    })
  }
  if (request.url === '/jwks') {
    return json({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] })
  }
  let body = ''
  for await (const chunk of request) body += chunk
  verifierSent = new URLSearchParams(body).get('code_verifier')
  return json({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: idToken })
})
beforeAll(async () => {
  await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done))
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
})
afterAll(() => {
  provider.closeAllConnections()
  return new Promise((done) => provider.close(done))
})

interface Changes {
  claims?: Record<string, unknown>
  key?: typeof keys.privateKey
  audience?: string
  issuer?: string
  expiresInS?: number
  unsigned?: boolean
  iss?: string | null
}

async function signIn(changes: Changes = {}) {
  const shop = createShopSignIn({ issuer, clientId: 'kikimimi', clientSecret: 's', redirectUri: BACK })
  const { url, checks } = await shop.begin()
  expect(new URL(url).searchParams.get('nonce')).toBe(checks.nonce)
  const nowS = Math.floor(Date.now() / 1000)
  const claims = { nonce: checks.nonce, sub: 'cus_1', name: 'Laura', ...changes.claims }
  const token = changes.unsigned ? new UnsecuredJWT(claims) : new SignJWT(claims)
  token
    .setIssuer(changes.issuer ?? issuer)
    .setAudience(changes.audience ?? 'kikimimi')
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + (changes.expiresInS ?? 60))
  idToken =
    token instanceof SignJWT
      ? await token.setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(changes.key ?? keys.privateKey)
      : token.encode()
  const query = new URLSearchParams({ code: 'c', state: checks.state ?? '' })
  const iss = changes.iss === undefined ? issuer : changes.iss
  if (iss !== null) query.set('iss', iss)
  const account = await shop.finish(query, checks)
  expect(verifierSent).toBe(checks.verifier)
  return account
}

test('what the shop signs for us, now, is believed', async () => {
  expect(await signIn()).toEqual({ customerId: 'cus_1', name: 'Laura', mail: null })
  // A clock that is some seconds ahead is no forgery.
  expect(await signIn({ expiresInS: -10 })).toMatchObject({ customerId: 'cus_1' })
})

test.each<[string, Changes]>([
  ['another key', { key: others.privateKey }],
  ['no key at all', { unsigned: true }],
  ['another sign-in’s nonce', { claims: { nonce: 'other' } }],
  ['no nonce', { claims: { nonce: undefined } }],
  ['another client', { audience: 'somebody' }],
  ['another issuer', { issuer: 'https://elsewhere.example' }],
  ['last hour', { expiresInS: -3600 }],
  ['an answer of another provider', { iss: 'https://elsewhere.example' }],
  ['an answer that does not say whose it is', { iss: null }],
  ['nobody', { claims: { sub: undefined } }],
])('a token with %s is refused', async (_, changes) => {
  const error = await signIn(changes).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SignInError)
  expect((error as SignInError).reason).toBe('refused')
})
