import { randomBytes } from 'node:crypto'
import https from 'node:https'
import { describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { signOAuth1 } from '../../src/sandbox/x/authenticate.ts'
import { rejection, sandbox, xClient } from './support.ts'

describe("the sandbox's X checks who is calling", () => {
  it('knows the brand by an OAuth 1.0a signature and by a user token', async () => {
    const box = await sandbox()
    expect((await xClient(box, 'oauth1').me()).data).toMatchObject({
      id: box.x.userId,
      username: 'hinata_shop',
    })
    expect((await xClient(box, 'user').me()).data.id).toBe(box.x.userId)
  })

  it('takes a Japanese query with symbols in a signed request', async () => {
    const box = await sandbox()
    box.x.control.post({ author: 'a', text: 'ひなた、さいこう！' })
    const found = await xClient(box).search('ひなた -is:retweet (lang:ja OR "it\'s")', { max_results: 10 })
    expect(found.tweets).toHaveLength(1)
  })

  it('refuses an application-only token where a user must act, and lets it read', async () => {
    const box = await sandbox()
    const app = xClient(box, 'bearer')
    expect((await app.userMentionTimeline(box.x.userId)).meta.result_count).toBe(0)
    for (const call of [app.me(), app.tweet('hello')])
      expect(await rejection(call)).toMatchObject({
        code: 403,
        data: { title: 'Unsupported Authentication' },
      })
  })

  it('answers a wrong secret, a wrong token and a revoked one with 401, until access is restored', async () => {
    const box = await sandbox()
    const wrong = {
      appKey: box.x.apiKey,
      appSecret: 'no',
      accessToken: box.x.accessToken,
      accessSecret: 'no',
    }
    const unauthorized = { code: 401, isAuthError: true, data: { title: 'Unauthorized', status: 401 } }
    expect(await rejection(xClient(box, 'oauth1', wrong).me())).toMatchObject(unauthorized)

    box.x.control.revoke('oauth1')
    expect(await rejection(xClient(box).me())).toMatchObject(unauthorized)
    expect((await xClient(box, 'user').me()).data.id).toBe(box.x.userId)
    box.x.control.restore()
    expect((await xClient(box).me()).data.id).toBe(box.x.userId)
  })

  it('refuses a nonce used twice and a timestamp an hour old', async () => {
    const box = await sandbox()
    const nonce = randomBytes(8).toString('hex')
    const now = Math.floor(Date.now() / 1000)
    expect(await getSigned(box, nonce, now)).toBe(200)
    expect(await getSigned(box, nonce, now)).toBe(401)
    expect(await getSigned(box, 'another', now - 3600)).toBe(401)
    expect(await getSigned(box, 'a-third', now)).toBe(200)
  })

  it('refuses a parameter added after signing', async () => {
    const box = await sandbox()
    expect(await getSigned(box, 'one', Math.floor(Date.now() / 1000), '?user.fields=created_at')).toBe(401)
  })
})

/** A signed GET of users/me by hand; `tampering` is put behind the address that was signed. */
function getSigned(box: Sandbox, nonce: string, timestamp: number, tampering = ''): Promise<number> {
  const url = new URL('/2/users/me', box.x.origin)
  const oauth: Record<string, string> = {
    oauth_consumer_key: box.x.apiKey,
    oauth_token: box.x.accessToken,
    oauth_nonce: nonce,
    oauth_timestamp: String(timestamp),
    oauth_signature_method: 'HMAC-SHA1',
    oauth_version: '1.0',
  }
  const signature = signOAuth1('GET', url, oauth, box.x.apiSecret, box.x.accessSecret)
  const authorization = `OAuth ${Object.entries({ ...oauth, oauth_signature: signature })
    .map(([name, value]) => `${name}="${encodeURIComponent(value)}"`)
    .join(', ')}`
  return new Promise((resolve, reject) => {
    const options = { ca: box.x.ca, headers: { authorization }, agent: false as const }
    https
      .get(`${url}${tampering}`, options, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      .on('error', reject)
  })
}
