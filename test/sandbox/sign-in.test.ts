import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { sandbox, xClient } from './support.ts'

const BACK = { network: 'https://care.example/c/x', shop: 'https://care.example/c/shop' }
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')

afterEach(() => {
  vi.useRealTimers()
})

async function open(): Promise<Sandbox> {
  const box = await sandbox()
  box.signIn.setRedirectUris(BACK)
  box.x.control.post({ author: 'laura_w', text: 'hello' })
  return box
}

function xAuthorize(box: Sandbox, changes: Record<string, string> = {}): string {
  const url = new URL(box.signIn.x.authorizeUrl)
  const query = {
    response_type: 'code',
    client_id: box.signIn.x.clientId,
    redirect_uri: BACK.network,
    scope: 'users.read tweet.read',
    state: 'abc',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

async function choose(url: string, who: string, answer = 'yes'): Promise<URL> {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ who, answer }),
    redirect: 'manual',
  })
  return new URL(response.headers.get('location') ?? 'http://nowhere.invalid')
}

async function xCode(box: Sandbox, changes: Record<string, string> = {}): Promise<string> {
  return (await choose(xAuthorize(box, changes), 'laura_w')).searchParams.get('code') ?? ''
}

function xToken(
  box: Sandbox,
  code: string,
  changes: Record<string, string> = {},
  authorization = `Basic ${btoa(`${box.signIn.x.clientId}:${box.signIn.x.clientSecret}`)}`,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const fields = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: BACK.network,
    code_verifier: verifier,
    ...changes,
  }
  return new Promise((done, fail) => {
    const request = https.request(
      `${box.x.origin}/2/oauth2/token`,
      {
        method: 'POST',
        ca: box.x.ca,
        headers: { 'content-type': 'application/x-www-form-urlencoded', authorization },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => done({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
      },
    )
    request.on('error', fail)
    request.end(new URLSearchParams(fields).toString())
  })
}

describe("X's OAuth 2.0", () => {
  test('tells the app who agreed, and lets it do nothing else in their name', async () => {
    const box = await open()
    const { status, body } = await xToken(box, await xCode(box))
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 7200, scope: 'users.read tweet.read' })
    const client = xClient(box, 'user', body.access_token as never)
    const me = await client.get<{ data: unknown }>('users/me')
    expect(me.data).toEqual({ id: box.x.control.addUser('laura_w'), name: 'laura_w', username: 'laura_w' })
    await expect(client.post('tweets', { text: 'not me' })).rejects.toMatchObject({ code: 403 })
    expect(box.x.control.charges().at(-1)).toMatchObject({ kind: 'userRead', costMicroUsd: 10_000 })
  })

  test.each([
    ['another client', { client_id: 'somebody' }],
    ['an address that is not registered', { redirect_uri: `${BACK.network}/` }],
    ['a scope that is none', { scope: 'users.read everything' }],
    ['no scope', { scope: '' }],
    ['no state', { state: '' }],
    ['a state beyond 500 characters', { state: 'x'.repeat(501) }],
    ['no challenge', { code_challenge: '' }],
    ['another kind of answer', { response_type: 'token' }],
  ])('sends nobody back for %s', async (_, changes) => {
    const box = await open()
    const page = await fetch(xAuthorize(box, changes))
    expect(page.status).toBe(400)
    expect(await page.text()).toContain('Something went wrong')
    expect((await choose(xAuthorize(box, changes), 'laura_w')).host).toBe('nowhere.invalid')
  })

  test('a code is good once, for half a minute, for its own address and with its own verifier', async () => {
    const box = await open()
    const once = await xCode(box)
    expect((await xToken(box, once)).status).toBe(200)
    expect(await xToken(box, once)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const wrong: Record<string, string>[] = [
      { redirect_uri: 'https://care.example/c/other' },
      { code_verifier: randomBytes(32).toString('base64url') },
      { code_verifier: 'short' },
    ]
    for (const changes of wrong) {
      const code = await xCode(box)
      expect((await xToken(box, code, changes)).status).toBe(400)
      // A failure uses it up, too.
      expect((await xToken(box, code)).status).toBe(400)
    }
    const late = await xCode(box)
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
    expect((await xToken(box, late)).status).toBe(400)
  })

  test('a web app must show its secret', async () => {
    const box = await open()
    for (const authorization of ['', 'Basic bm90OnVz', `Basic ${btoa(`${box.signIn.x.clientId}:`)}`]) {
      const answer = await xToken(box, await xCode(box), {}, authorization)
      expect(answer).toMatchObject({ status: 401, body: { error: 'unauthorized_client' } })
    }
  })

  test('a no comes back as a no', async () => {
    const box = await open()
    const back = await choose(xAuthorize(box), '', 'no')
    expect(back.href).toBe(`${BACK.network}?error=access_denied&state=abc`)
  })
})

describe("the shop's OpenID Connect", () => {
  async function signIn(box: Sandbox, changes: Record<string, string> = {}) {
    const url = new URL(`${box.signIn.shop.issuer}/authorize`)
    const query = {
      response_type: 'code',
      client_id: box.signIn.shop.clientId,
      redirect_uri: BACK.shop,
      scope: 'openid profile email',
      state: 's',
      nonce: 'n',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return choose(url.href, 'cus_1002')
  }
  async function token(box: Sandbox, code: string, changes: Record<string, string> = {}, secret?: string) {
    const { issuer, clientId, clientSecret } = box.signIn.shop
    const encoded = [clientId, secret ?? clientSecret].map(encodeURIComponent).join(':')
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(encoded)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: BACK.shop,
        code_verifier: verifier,
        ...changes,
      }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }

  test('signs who the customer is, so that anybody can check it', async () => {
    const box = await open()
    const back = await signIn(box)
    expect(back.searchParams.get('iss')).toBe(box.signIn.shop.issuer)
    const { status, body } = await token(box, back.searchParams.get('code') ?? '')
    expect(status).toBe(200)
    const keys = createRemoteJWKSet(new URL(`${box.signIn.shop.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(body.id_token ?? '', keys, {
      issuer: box.signIn.shop.issuer,
      audience: box.signIn.shop.clientId,
    })
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({ sub: 'cus_1002', nonce: 'n', name: '佐藤 美咲' })
  })

  test('takes a code once, and refuses wrong secrets, verifiers and addresses', async () => {
    const box = await open()
    const code = async () => (await signIn(box)).searchParams.get('code') ?? ''
    const once = await code()
    expect((await token(box, once)).status).toBe(200)
    expect(await token(box, once)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await token(box, await code(), { code_verifier: 'x'.repeat(43) })).status).toBe(400)
    expect((await token(box, await code(), { redirect_uri: BACK.network })).status).toBe(400)
    expect((await token(box, await code(), {}, 'guessed')).status).toBe(401)
    expect((await signIn(box, { redirect_uri: 'https://evil.example' })).host).toBe('nowhere.invalid')
    expect((await signIn(box, { scope: 'profile' })).host).toBe('nowhere.invalid')
  })
})

test('an address that is none, or a wrong secret in other letters, does not end the sandbox', async () => {
  const box = await open()
  const { hostname, port } = new URL(box.signIn.shop.issuer)
  const status = await new Promise((done, fail) => {
    http
      .get({ hostname, port, path: '//' }, (response) => done(response.resume().statusCode))
      .on('error', fail)
  })
  expect(status).toBe(200)
  const accents = Buffer.from(
    `${box.signIn.x.clientId}:${'é'.repeat(box.signIn.x.clientSecret?.length ?? 0)}`,
  )
  const answer = await xToken(box, 'code', {}, `Basic ${accents.toString('base64')}`)
  expect(answer.status).toBe(401)
})
