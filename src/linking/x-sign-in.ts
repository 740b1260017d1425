import * as oauth from 'openid-client'
import { z } from 'zod'
import { type ApiFetch, createApiFetch } from './api-fetch.ts'
import { beginCodeFlow, finishCodeFlow, TIMEOUT_MS } from './grant.ts'
import { type NetworkAccount, type NetworkSignIn, SignInError } from './sign-in.ts'

export interface XSignInOptions {
  clientId: string
  /** null: a public client, as X calls apps without a secret. */
  clientSecret: string | null
  /** Where people agree, such as https://x.com/i/oauth2/authorize. */
  authorizeUrl: string
  /** https://api.x.com, or another server that speaks X's API. */
  apiOrigin: string
  /** PEM of an authority to trust besides Node's own; the sandbox's. */
  ca?: string | undefined
  /** Registered at X, letter by letter. */
  redirectUri: string
  /** Told of each account that was looked up: X charges for it. */
  onRead?: (userId: string) => Promise<void> | void
  timeoutMs?: number
}

/** The least that lets an app see who is signed in; X wants both. */
const SCOPE = 'users.read tweet.read'

const me = z.object({
  data: z.object({ id: z.string().regex(/^\d{1,19}$/), username: z.string().min(1).max(50) }),
})

/**
 * Signs people in at X: OAuth 2.0, authorization code with PKCE.
 * See https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code: codes live 30 seconds, redirect
 * addresses must match exactly, confidential clients show their secret by HTTP Basic.
 */
export function createXSignIn(options: XSignInOptions): NetworkSignIn {
  const { clientId, clientSecret, authorizeUrl, apiOrigin, redirectUri } = options
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const call = createApiFetch(options.ca, timeoutMs)
  const server = {
    issuer: new URL(authorizeUrl).origin,
    authorization_endpoint: authorizeUrl,
    token_endpoint: `${apiOrigin}/2/oauth2/token`,
  }
  const authentication = clientSecret === null ? oauth.None() : plainBasic(clientId, clientSecret)
  const config = new oauth.Configuration(server, clientId, {}, authentication)
  config[oauth.customFetch] = call as oauth.CustomFetch
  config.timeout = Math.ceil(timeoutMs / 1000)
  // Settings let plain http through on loopback only.
  if ([apiOrigin, authorizeUrl].some((url) => url.startsWith('http:'))) oauth.allowInsecureRequests(config)

  return {
    name: 'X',
    begin: () => beginCodeFlow(config, { redirectUri, scope: SCOPE }),
    async finish(query, checks) {
      const { access_token: token } = await finishCodeFlow(config, redirectUri, query, checks)
      const account = await readMe(call, apiOrigin, token)
      await options.onRead?.(account.authorId)
      return account
    },
  }
}

/** X compares the header as it is: what RFC 6749 would percent-encode in it must stay. */
function plainBasic(clientId: string, clientSecret: string): oauth.ClientAuth {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${credentials}`)
}

async function readMe(call: ApiFetch, origin: string, token: string): Promise<NetworkAccount> {
  let status: number
  let body: unknown
  try {
    const answer = await call(`${origin}/2/users/me`, { headers: { authorization: `Bearer ${token}` } })
    status = answer.status
    body = await answer.json().catch(() => null)
  } catch (error) {
    throw new SignInError('unavailable', 'X does not tell who is signed in: no answer', { cause: error })
  }
  if (status >= 500 || status === 429 || status === 402) {
    throw new SignInError('unavailable', `X does not tell who is signed in (${status})`)
  }
  const parsed = me.safeParse(body)
  if (status !== 200 || !parsed.success) {
    throw new SignInError('refused', `X does not tell who is signed in (${status})`)
  }
  return { authorId: parsed.data.data.id, username: parsed.data.data.username }
}
