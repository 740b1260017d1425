import type { Request, Response } from 'express'
import { CLAIM_PATH, maskMail, maskName } from '../linking/index.ts'
import { customerOf } from '../store/author-links.ts'
import { type ClaimVisit, putClaimVisit, takeClaimVisit } from '../store/claim-visits.ts'
import type { ClaimStep } from '../store/schema.ts'
import { sameToken } from '../tokens.ts'
import { addressOf, asProblem, type Claims, count, renewCookie, visitOf } from './claims.ts'
import { ClaimProblemError } from './problem.ts'

/** Back from the network: only the author of the post goes on, to the shop's sign-in. */
export async function fromNetwork(claims: Claims, request: Request, response: Response): Promise<void> {
  const { visit, query } = await takeStep(claims, request, 'network')
  const network = claims.linking.networks.get(visit.network)
  if (!network) throw new ClaimProblemError('invalid')
  const account = await network.finish(query, visit.checks).catch((error) => {
    throw asProblem(error, visit.link)
  })
  if (account.authorId !== visit.author_id) {
    claims.cookies.clear(response, 'visit')
    const { username } = account
    throw new ClaimProblemError('otherAuthor', { link: visit.link, username, network: network.name })
  }
  const { url, checks } = await claims.linking.shop.begin().catch((error) => {
    throw asProblem(error, visit.link)
  })
  const tokenHash = renewCookie(claims, response)
  await putClaimVisit(claims.store, visit, { tokenHash, step: 'shop', checks, username: account.username })
  count('author', visit)
  response.redirect(303, url)
}

/** Back from the shop: on to the page that says what would be linked, or that it is linked already. */
export async function fromShop(claims: Claims, request: Request, response: Response): Promise<void> {
  const { visit, query } = await takeStep(claims, request, 'shop')
  const account = await claims.linking.shop.finish(query, visit.checks).catch((error) => {
    throw asProblem(error, visit.link)
  })
  const linked = await customerOf(claims.store, visit.network, visit.author_id)
  const step: ClaimStep = linked === account.customerId ? 'linked' : 'consent'
  await putClaimVisit(claims.store, visit, {
    tokenHash: renewCookie(claims, response),
    step,
    checks: {},
    customer_id: account.customerId,
    customer_name: maskName(account.name),
    customer_mail: maskMail(account.mail),
  })
  count('customer', visit)
  response.redirect(303, `${CLAIM_PATH}/${step}`)
}

/** Takes the visit of this browser for one step; a state that is not its own leaves it where it was. */
async function takeStep(
  claims: Claims,
  request: Request,
  step: 'network' | 'shop',
): Promise<{ visit: ClaimVisit; query: URLSearchParams }> {
  await claims.limits.step(addressOf(request))
  const query = new URL(request.originalUrl, 'http://claims.invalid').searchParams
  const { visit, tokenHash } = await visitOf(claims, request)
  if (visit.step !== step || !sameToken(query.get('state'), visit.checks.state)) {
    throw new ClaimProblemError('lost', { link: visit.link })
  }
  const taken = await takeClaimVisit(claims.store, tokenHash, step)
  if (!taken) throw new ClaimProblemError('lost', { link: visit.link })
  return { visit: taken, query }
}
