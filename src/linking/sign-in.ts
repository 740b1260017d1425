/** One sign-in that is under way: where the browser goes, and what must hold when it comes back. */
export interface SignInStart {
  url: string
  /** Kept on our side: state, PKCE verifier and, for OpenID Connect, nonce. */
  checks: Record<string, string>
}

/** Signing in did not work out; `reason` is stable and safe to count and to show. */
export class SignInError extends Error {
  override name = 'SignInError'
  /** `declined`: the person said no there. `refused`: the answer does not hold. `unavailable`: try again later. */
  reason: 'declined' | 'refused' | 'unavailable'
  constructor(reason: SignInError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** The account that somebody is signed in to at a network. */
export interface NetworkAccount {
  authorId: string
  username: string
}

/** The customer that somebody is signed in as at the shop, as far as they let us know. */
export interface ShopAccount {
  customerId: string
  name: string | null
  mail: string | null
}

/** A place where people sign in: plain functions, no state in between. */
export interface SignIn<Account> {
  /** @throws SignInError 'unavailable' */
  begin(): Promise<SignInStart>
  /**
   * Reads what the browser brought back, against what `begin` kept.
   * @param query the query of the callback's address, as it came
   * @throws SignInError
   */
  finish(query: URLSearchParams, checks: Record<string, string>): Promise<Account>
}

export interface NetworkSignIn extends SignIn<NetworkAccount> {
  /** What people call it: "X". */
  name: string
}

export type ShopSignIn = SignIn<ShopAccount>
