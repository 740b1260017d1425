import type { Request, Response } from 'express'
import type { Cookies } from '../cookies.ts'
import { CLAIM_PATH, type Linking, SignInError } from '../linking/index.ts'
import { claimLog } from '../log.ts'
import { claimsTotal } from '../metrics.ts'
import { type ClaimVisit, findClaimVisit } from '../store/claim-visits.ts'
import type { Store } from '../store/database.ts'
import { hashToken, newToken, sameToken } from '../tokens.ts'
import type { Limits } from './limits.ts'
import { ClaimProblemError } from './problem.ts'
import type { SendPage } from './render.ts'

export interface ClaimsOptions {
  store: Store
  linking: Linking
  publicUrl: string
  /** The company's name by language. */
  brandName: Record<string, string>
  /** Told after an author was linked: what waited for it can go on. A failure is logged and undoes nothing. */
  onLinked?: (network: string, authorId: string, customerId: string) => Promise<void> | void
  /** Requests by address in ten minutes. */
  limits?: { look: number; step: number }
}

/** `visit`: the way through the sign-ins; `form`: proves that a form is ours before there is a visit. */
export type CookieName = 'visit' | 'form'

/** What every claim page is built with. */
export interface Claims extends Omit<ClaimsOptions, 'limits'> {
  cookies: Cookies<CookieName>
  limits: Limits
  sendPage: SendPage
}

/** Long enough to find a password, short enough for a browser that somebody else uses next. */
export const VISIT_MS = 30 * 60_000

export function addressOf(request: Request): string {
  return request.ip ?? ''
}

export function pathOf(link: string): string {
  return `${CLAIM_PATH}/${link}`
}

/** The visit of this browser, and the hash under which it stands. @throws ClaimProblemError 'lost' */
export async function visitOf(
  claims: Claims,
  request: Request,
): Promise<{ visit: ClaimVisit; tokenHash: string }> {
  const token = claims.cookies.read(request, 'visit')
  const visit = token ? await findClaimVisit(claims.store, hashToken(token)) : null
  if (!token || !visit) throw new ClaimProblemError('lost')
  // For the page that tells of a problem, which knows the request only.
  if (request.res) request.res.locals.claimLanguage = visit.language
  return { visit, tokenHash: hashToken(token) }
}

/** Gives the browser a new cookie for its next step, so that one that somebody else knew is worth nothing. */
export function renewCookie(claims: Claims, response: Response): string {
  const token = newToken()
  claims.cookies.write(response, 'visit', token, VISIT_MS)
  return hashToken(token)
}

/** Whether a form was sent by a page of ours. @throws ClaimProblemError 'oldForm' */
export function requireOwnForm(request: Request, expected: string | null): void {
  const site = request.get('sec-fetch-site')
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none'
  if (foreign || !sameToken(request.body?.csrf, expected)) throw new ClaimProblemError('oldForm')
}

/** Counts where a way ends, or goes on. */
export function count(outcome: string, visit?: Pick<ClaimVisit, 'case_id' | 'network'>): void {
  claimsTotal.inc({ outcome })
  if (visit) claimLog.info({ outcome, caseId: visit.case_id, network: visit.network }, 'claim')
}

/** A sign-in's failure in the words of these pages, with the way back to its beginning. */
export function asProblem(error: unknown, link: string): unknown {
  if (!(error instanceof SignInError)) return error
  if (error.reason !== 'declined') claimLog.warn({ err: error }, 'a sign-in failed')
  return new ClaimProblemError(error.reason, { link, cause: error })
}
