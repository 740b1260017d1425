import type { Request, Response } from 'express'
import { z } from 'zod'
import { CLAIM_PATH } from '../linking/index.ts'
import { claimLog } from '../log.ts'
import { customerOf, linkAuthor, unlinkAuthor } from '../store/author-links.ts'
import { type ClaimVisit, dropClaimVisit, putClaimVisit, takeClaimVisit } from '../store/claim-visits.ts'
import { addressOf, type Claims, count, renewCookie, requireOwnForm, visitOf } from './claims.ts'
import { ClaimProblemError } from './problem.ts'
import { chooseLanguage, consentVersion, type Language, translate } from './words.ts'

const consentForm = z.object({ answer: z.enum(['yes', 'no']), language: z.string().optional() })

/** Says what would be linked, and asks. */
export async function showConsent(claims: Claims, request: Request, response: Response): Promise<void> {
  await claims.limits.look(addressOf(request))
  const { visit } = await visitOf(claims, request)
  if (visit.step === 'linked') return response.redirect(303, `${CLAIM_PATH}/linked`)
  if (visit.step !== 'consent') throw new ClaimProblemError('lost', { link: visit.link })
  const before = await customerOf(claims.store, visit.network, visit.author_id)
  await claims.sendPage(response, 'consent', {
    lang: chooseLanguage(request, visit.language),
    csrf: visit.csrf,
    network: networkName(claims, visit),
    username: visit.username,
    name: visit.customer_name,
    mail: visit.customer_mail,
    replaces: before !== null && before !== visit.customer_id,
    switchAt: `${CLAIM_PATH}/consent`,
  })
}

/** Links the two accounts, or does not. */
export async function answerConsent(claims: Claims, request: Request, response: Response): Promise<void> {
  await claims.limits.step(addressOf(request))
  const { visit, tokenHash } = await visitOf(claims, request)
  requireOwnForm(request, visit.csrf)
  const parsed = consentForm.safeParse(request.body)
  if (!parsed.success) throw new ClaimProblemError('oldForm')
  if (visit.step !== 'consent') throw new ClaimProblemError('lost', { link: visit.link })
  const lang = chooseLanguage(request, parsed.data.language)
  if (parsed.data.answer === 'no') {
    await dropClaimVisit(claims.store, tokenHash)
    claims.cookies.clear(response, 'visit')
    count('refused', visit)
    return sendPlain(claims, response, lang, 'notLinked')
  }
  const customerId = visit.customer_id as string
  const nextHash = renewCookie(claims, response)
  await claims.store.transaction().execute(async (trx) => {
    const taken = await takeClaimVisit(trx, tokenHash, 'consent')
    if (!taken) throw new ClaimProblemError('lost', { link: visit.link })
    await linkAuthor(trx, {
      network: visit.network,
      authorId: visit.author_id,
      customerId,
      caseId: visit.case_id,
      consentVersion: consentVersion(lang),
    })
    await putClaimVisit(trx, taken, { tokenHash: nextHash, step: 'linked', checks: {}, language: lang })
  })
  count('linked', visit)
  await tellLinked(claims, visit, customerId)
  response.redirect(303, `${CLAIM_PATH}/linked`)
}

/** Says that it is done, and offers to undo it. */
export async function showLinked(claims: Claims, request: Request, response: Response): Promise<void> {
  await claims.limits.look(addressOf(request))
  const { visit } = await visitOf(claims, request)
  if (visit.step !== 'linked') throw new ClaimProblemError('lost', { link: visit.link })
  await claims.sendPage(response, 'linked', {
    lang: chooseLanguage(request, visit.language),
    csrf: visit.csrf,
    network: networkName(claims, visit),
    username: visit.username,
    switchAt: `${CLAIM_PATH}/linked`,
  })
}

/** Ends the link, on the word of somebody who is signed in to both. */
export async function endLink(claims: Claims, request: Request, response: Response): Promise<void> {
  await claims.limits.step(addressOf(request))
  const { visit, tokenHash } = await visitOf(claims, request)
  requireOwnForm(request, visit.csrf)
  const taken = await takeClaimVisit(claims.store, tokenHash, 'linked')
  if (!taken) throw new ClaimProblemError('lost', { link: visit.link })
  const author = {
    network: visit.network,
    authorId: visit.author_id,
    customerId: visit.customer_id as string,
  }
  if (await unlinkAuthor(claims.store, author, 'customer')) count('unlinked', visit)
  claims.cookies.clear(response, 'visit')
  await sendPlain(claims, response, chooseLanguage(request, request.body?.language), 'unlinked')
}

async function tellLinked(claims: Claims, visit: ClaimVisit, customerId: string): Promise<void> {
  try {
    await claims.onLinked?.(visit.network, visit.author_id, customerId)
  } catch (error) {
    // It is linked all the same: whoever waits for it finds that by the tables.
    claimLog.error({ err: error, caseId: visit.case_id }, 'what waits for a link could not be told of it')
  }
}

function networkName(claims: Claims, visit: ClaimVisit): string {
  return claims.linking.networks.get(visit.network)?.name ?? visit.network
}

function sendPlain(claims: Claims, response: Response, lang: Language, words: string): Promise<void> {
  const brand = claims.brandName[lang] ?? ''
  const [title, text] = ['title', 'text'].map((part) => translate(lang, `${words}.${part}`, { brand }))
  return claims.sendPage(response, 'plain', { lang, title, text, again: null })
}
