import * as oauth from 'openid-client'
import { SignInError, type SignInStart } from './sign-in.ts'

/** Longest that a call to a network or to the shop may take. */
export const TIMEOUT_MS = 10_000

/** Begins an authorization code flow with PKCE (S256), state and, if asked for, nonce. */
export async function beginCodeFlow(
  config: oauth.Configuration,
  options: { redirectUri: string; scope: string; nonce?: boolean; extra?: Record<string, string> },
): Promise<SignInStart> {
  const checks: Record<string, string> = {
    state: oauth.randomState(),
    verifier: oauth.randomPKCECodeVerifier(),
    ...(options.nonce ? { nonce: oauth.randomNonce() } : {}),
  }
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: options.redirectUri,
    scope: options.scope,
    state: checks.state as string,
    code_challenge: await oauth.calculatePKCECodeChallenge(checks.verifier as string),
    code_challenge_method: 'S256',
    ...(checks.nonce ? { nonce: checks.nonce } : {}),
    ...options.extra,
  })
  return { url: url.href, checks }
}

/**
 * Changes the code that the browser brought back for tokens.
 * @throws SignInError
 */
export async function finishCodeFlow(
  config: oauth.Configuration,
  redirectUri: string,
  query: URLSearchParams,
  checks: Record<string, string>,
) {
  const current = new URL(redirectUri)
  current.search = query.toString()
  try {
    return await oauth.authorizationCodeGrant(config, current, {
      expectedState: checks.state ?? '',
      pkceCodeVerifier: checks.verifier ?? '',
      ...(checks.nonce ? { expectedNonce: checks.nonce, idTokenExpected: true } : {}),
    })
  } catch (error) {
    throw explain(error)
  }
}

/** What openid-client throws, as one of our three reasons. */
export function explain(error: unknown): SignInError {
  if (error instanceof SignInError) return error
  if (error instanceof oauth.AuthorizationResponseError) {
    const declined = error.error === 'access_denied'
    return new SignInError(declined ? 'declined' : 'refused', `the sign-in ended with ${error.error}`)
  }
  const { code, cause } = error as { code?: string; cause?: { status?: number } }
  const status = cause?.status ?? 0
  // Without a code it is no answer at all: the connection was refused, or broke.
  const away = code === undefined || code === 'OAUTH_TIMEOUT' || status >= 500 || status === 429
  return new SignInError(
    away ? 'unavailable' : 'refused',
    `the sign-in failed: ${(error as Error).message}`,
    {
      cause: error,
    },
  )
}
