import { type Claim, readClaimToken, signClaimToken } from './claim-token.ts'
import { createShopSignIn, type ShopSignInOptions } from './shop-sign-in.ts'
import type { NetworkSignIn, ShopSignIn } from './sign-in.ts'
import { createXSignIn, type XSignInOptions } from './x-sign-in.ts'

export { CLAIM_TTL_MS, type Claim, ClaimTokenError } from './claim-token.ts'
export { inviteUnlinked } from './invite.ts'
export { maskMail, maskName } from './mask.ts'
export {
  type NetworkAccount,
  type NetworkSignIn,
  type ShopAccount,
  type ShopSignIn,
  type SignIn,
  SignInError,
  type SignInStart,
} from './sign-in.ts'

/** Where the pages of an invitation are, below PUBLIC_URL: short, since it stands in a post. */
export const CLAIM_PATH = '/c'

export interface LinkingOptions {
  /** Address under which customers reach us. */
  publicUrl: string
  /** Signs invitations; the first is current, the others are still accepted. */
  secrets: readonly string[]
  x: Omit<XSignInOptions, 'redirectUri'> | null
  shop: Omit<ShopSignInOptions, 'redirectUri'>
}

/** How an author of posts becomes a customer of the shop: by signing in to both. */
export interface Linking {
  /** By network; those that nobody can sign in to (a replayed file) are not there. */
  networks: ReadonlyMap<string, NetworkSignIn>
  shop: ShopSignIn
  /**
   * The link that invites an author, valid for seven days and for that author alone; null where nobody can sign in to
   * the network. It names no order and no customer.
   */
  claimLink(claim: Claim & { now: Date }): string | null
  /** @throws ClaimTokenError */
  readClaim(token: string, now: Date): Claim & { expiresAt: Date }
}

/** Addresses that must be registered at X and at the shop, letter by letter. */
export function callbackUrls(publicUrl: string): { network: string; shop: string } {
  return {
    network: `${publicUrl}${CLAIM_PATH}/callback/network`,
    shop: `${publicUrl}${CLAIM_PATH}/callback/shop`,
  }
}

/** Puts the two sign-ins and the invitations together. Nothing is called before somebody signs in. */
export function createLinking(options: LinkingOptions): Linking {
  const callbacks = callbackUrls(options.publicUrl)
  const networks = new Map<string, NetworkSignIn>()
  if (options.x) networks.set('x', createXSignIn({ ...options.x, redirectUri: callbacks.network }))
  return {
    networks,
    shop: createShopSignIn({ ...options.shop, redirectUri: callbacks.shop }),
    claimLink({ now, ...claim }) {
      if (!networks.has(claim.network)) return null
      const token = signClaimToken(claim, options.secrets[0] as string, now)
      return `${options.publicUrl}${CLAIM_PATH}/${token}`
    },
    readClaim: (token, now) => readClaimToken(token, options.secrets, now),
  }
}
