import type { Request, Response } from 'express'
import { z } from 'zod'
import { ClaimTokenError } from '../linking/index.ts'
import { beginClaimVisit } from '../store/claim-visits.ts'
import { newToken } from '../tokens.ts'
import {
  addressOf,
  asProblem,
  type Claims,
  count,
  pathOf,
  renewCookie,
  requireOwnForm,
  VISIT_MS,
} from './claims.ts'
import { ClaimProblemError } from './problem.ts'
import { chooseLanguage } from './words.ts'

const form = z.object({ csrf: z.string(), language: z.string().optional() })

/** Where an invitation leads. Anybody may open it: it tells nothing, uses nothing up and changes nothing. */
export async function showInvitation(claims: Claims, request: Request, response: Response): Promise<void> {
  await claims.limits.look(addressOf(request))
  const { link, network } = readInvitation(claims, request)
  let csrf = claims.cookies.read(request, 'form')
  if (!csrf) {
    csrf = newToken()
    claims.cookies.write(response, 'form', csrf, VISIT_MS)
  }
  const lang = chooseLanguage(request)
  await claims.sendPage(response, 'invitation', { lang, csrf, network: network.name, switchAt: pathOf(link) })
}

/** Begins the sign-in at the network. */
export async function acceptInvitation(claims: Claims, request: Request, response: Response): Promise<void> {
  await claims.limits.step(addressOf(request))
  const { link, claim, network } = readInvitation(claims, request)
  requireOwnForm(request, claims.cookies.read(request, 'form'))
  const parsed = form.safeParse(request.body)
  if (!parsed.success) throw new ClaimProblemError('oldForm')
  const lang = chooseLanguage(request, parsed.data.language)
  const { url, checks } = await network.begin().catch((error) => {
    throw asProblem(error, link)
  })
  const visit = {
    token_hash: renewCookie(claims, response),
    step: 'network' as const,
    link,
    case_id: claim.caseId,
    network: claim.network,
    author_id: claim.authorId,
    language: lang,
    csrf: newToken(),
    checks: JSON.stringify(checks),
    expires_at: new Date(Date.now() + VISIT_MS),
  }
  await beginClaimVisit(claims.store, visit)
  count('started', visit)
  // A page that goes on by itself: a redirect in answer to a form is held against form-action, and who knows through
  // how many of its own addresses a network leads people.
  await claims.sendPage(response, 'onward', { lang, url, network: network.name })
}

/** @throws ClaimProblemError 'invalid', the same for whatever is wrong with it */
function readInvitation(claims: Claims, request: Request) {
  const link = String(request.params.token)
  try {
    const claim = claims.linking.readClaim(link, new Date())
    const network = claims.linking.networks.get(claim.network)
    if (network) return { link, claim, network }
  } catch (error) {
    if (!(error instanceof ClaimTokenError)) throw error
  }
  throw new ClaimProblemError('invalid')
}
