import * as oauth from 'openid-client'
import { z } from 'zod'
import { isLoopback } from '../config.ts'
import { beginCodeFlow, explain, finishCodeFlow, TIMEOUT_MS } from './grant.ts'
import { type ShopSignIn, SignInError } from './sign-in.ts'

export interface ShopSignInOptions {
  issuer: string
  clientId: string
  clientSecret: string
  redirectUri: string
  timeoutMs?: number
}

/** Two clocks are never quite the same. */
const CLOCK_TOLERANCE_S = 30

/** `sub` is the customer's id, the one that the shop's API and its orders know. */
const claims = z.object({
  sub: z.string().min(1).max(128),
  name: z.string().max(300).optional().catch(undefined),
  email: z.string().max(320).optional().catch(undefined),
})

/** Signs people in at the shop: OpenID Connect, authorization code with PKCE and nonce, signatures checked. */
export function createShopSignIn(options: ShopSignInOptions): ShopSignIn {
  const { redirectUri } = options
  let known: Promise<oauth.Configuration> | null = null

  /** Asks the issuer once; a failure is forgotten, so that the next one asks again. */
  function configuration(): Promise<oauth.Configuration> {
    known ??= discover(options).catch((error) => {
      known = null
      throw explain(error)
    })
    return known
  }

  return {
    async begin() {
      return beginCodeFlow(await configuration(), { redirectUri, scope: 'openid profile email', nonce: true })
    },
    async finish(query, checks) {
      const tokens = await finishCodeFlow(await configuration(), redirectUri, query, checks)
      const parsed = claims.safeParse(tokens.claims())
      if (!parsed.success) throw new SignInError('refused', 'the shop does not say who is signed in')
      const { sub, name, email } = parsed.data
      return { customerId: sub, name: name ?? null, mail: email ?? null }
    },
  }
}

function discover(options: ShopSignInOptions): Promise<oauth.Configuration> {
  return oauth.discovery(
    new URL(options.issuer),
    options.clientId,
    { [oauth.clockTolerance]: CLOCK_TOLERANCE_S },
    oauth.ClientSecretBasic(options.clientSecret),
    {
      timeout: Math.ceil((options.timeoutMs ?? TIMEOUT_MS) / 1000),
      execute: [
        // The token comes over TLS from the issuer itself; its signature is checked all the same: money follows.
        oauth.enableNonRepudiationChecks,
        ...(isLoopback(options.issuer) ? [oauth.allowInsecureRequests] : []),
      ],
    },
  )
}
