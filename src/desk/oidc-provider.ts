import * as oauth from 'openid-client'
import { z } from 'zod'
import { type DeskOidcConfig, type DeskRole, isLoopback } from '../config.ts'
import { ProblemError } from './visit.ts'

const TIMEOUT_SECONDS = 10
/** Two clocks are never quite the same. */
const CLOCK_TOLERANCE_S = 30

const checks = z.object({ state: z.string().min(1), nonce: z.string().min(1), verifier: z.string().min(1) })
/** What must hold when the browser comes back. */
export type OidcChecks = z.infer<typeof checks>
export { checks as oidcChecks }

const text = (most: number) => z.string().trim().min(1).max(most).optional().catch(undefined)
const identity = z.looseObject({
  sub: z.string().min(1).max(255),
  iss: z.string().min(1),
  name: text(300),
  preferred_username: text(200),
})
export type OidcClaims = z.infer<typeof identity>

/** The company's OpenID Connect provider: authorization code with PKCE, state and nonce, signatures checked. */
export interface OidcProvider {
  /** @throws ProblemError 503 */
  begin(): Promise<{ url: string; checks: OidcChecks }>
  /** @throws ProblemError */
  finish(query: URLSearchParams, checks: OidcChecks): Promise<OidcClaims>
}

export function createOidcProvider(config: DeskOidcConfig, redirectUri: string): OidcProvider {
  let known: Promise<oauth.Configuration> | null = null

  /** Asks the issuer once; a failure is forgotten, so that the next one asks again. */
  function configuration(): Promise<oauth.Configuration> {
    known ??= oauth
      .discovery(
        new URL(config.issuer),
        config.clientId,
        { [oauth.clockTolerance]: CLOCK_TOLERANCE_S },
        oauth.ClientSecretBasic(config.clientSecret),
        {
          timeout: TIMEOUT_SECONDS,
          execute: [
            oauth.enableNonRepudiationChecks,
            ...(isLoopback(config.issuer) ? [oauth.allowInsecureRequests] : []),
          ],
        },
      )
      .catch((error) => {
        known = null
        throw problemOf(error)
      })
    return known
  }

  return {
    async begin() {
      const provider = await configuration()
      const kept = {
        state: oauth.randomState(),
        nonce: oauth.randomNonce(),
        verifier: oauth.randomPKCECodeVerifier(),
      }
      const url = oauth.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state: kept.state,
        nonce: kept.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, checks: kept }
    },
    async finish(query, kept) {
      const provider = await configuration()
      const current = new URL(redirectUri)
      current.search = query.toString()
      try {
        const tokens = await oauth.authorizationCodeGrant(provider, current, {
          expectedState: kept.state,
          expectedNonce: kept.nonce,
          pkceCodeVerifier: kept.verifier,
          idTokenExpected: true,
        })
        return identity.parse(tokens.claims())
      } catch (error) {
        throw problemOf(error)
      }
    },
  }
}

/** The role that somebody's claims give, or null. A claim may be a word or a list of words. */
export function mappedRole(config: DeskOidcConfig, claims: OidcClaims): DeskRole | null {
  const found = config.roles.find(({ claim, value }) => {
    const given = claims[claim]
    return Array.isArray(given) ? given.includes(value) : given === value
  })
  return found?.role ?? null
}

function problemOf(error: unknown): ProblemError {
  const problem = (status: 403 | 503, reason: string) =>
    Object.assign(new ProblemError(status, reason), { cause: error })
  if (error instanceof oauth.AuthorizationResponseError) {
    return problem(403, error.error === 'access_denied' ? 'oidcDeclined' : 'oidcRefused')
  }
  if (error instanceof z.ZodError) return problem(403, 'oidcRefused')
  const { code, cause } = error as { code?: string; cause?: { status?: number } }
  const status = cause?.status ?? 0
  // Without a code it is no answer at all: the connection was refused, or broke.
  const away = code === undefined || code === 'OAUTH_TIMEOUT' || status >= 500 || status === 429
  return problem(away ? 503 : 403, away ? 'oidcAway' : 'oidcRefused')
}
