import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import { createCookies } from '../cookies.ts'
import { CLAIM_PATH } from '../linking/index.ts'
import { claimLog } from '../log.ts'
import { fromNetwork, fromShop } from './callbacks.ts'
import { type Claims, type ClaimsOptions, count, pathOf } from './claims.ts'
import { answerConsent, endLink, showConsent, showLinked } from './consent.ts'
import { acceptInvitation, showInvitation } from './invitation.ts'
import { createLimits } from './limits.ts'
import { ClaimProblemError, PROBLEMS } from './problem.ts'
import { createSendPage, serveStyle } from './render.ts'
import { securityHeaders } from './security.ts'
import { chooseLanguage, translate } from './words.ts'

export type { ClaimsOptions } from './claims.ts'

/**
 * The pages where an author of posts says which customer they are. For the public, with nothing of the desk: no
 * session, no navigation, no script; they answer wherever HTTP is served. To be mounted at '/': everything is below
 * CLAIM_PATH.
 */
export function createClaims(options: ClaimsOptions): Router {
  const { limits, ...rest } = options
  const claims: Claims = {
    ...rest,
    limits: createLimits(limits),
    cookies: createCookies(options.publicUrl, 'kikimimi_claim_'),
    sendPage: createSendPage(options.brandName),
  }
  const page =
    (handle: (claims: Claims, request: Request, response: Response) => Promise<void>) =>
    (request: Request, response: Response) =>
      handle(claims, request, response)

  const router = express.Router()
  router.use(securityHeaders(options.publicUrl))
  router.use(express.urlencoded({ extended: false, limit: '8kb', parameterLimit: 10 }))
  router.get('/assets/claims.css', serveStyle)
  router.get('/callback/network', page(fromNetwork))
  router.get('/callback/shop', page(fromShop))
  router.get('/consent', page(showConsent))
  router.post('/consent', page(answerConsent))
  router.get('/linked', page(showLinked))
  router.post('/unlink', page(endLink))
  router.get('/:token', page(showInvitation))
  router.post('/:token', page(acceptInvitation))
  router.use(() => {
    throw new ClaimProblemError('invalid')
  })
  router.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    answerProblem(claims, error, request, response),
  )
  return express.Router().use(CLAIM_PATH, router)
}

async function answerProblem(
  claims: Claims,
  error: unknown,
  request: Request,
  response: Response,
): Promise<void> {
  if (response.headersSent) {
    response.end()
    return
  }
  const { problem, link, username, network } = asClaimProblem(error)
  if (problem === 'failed') claimLog.error({ err: error }, 'a claim page failed')
  count(problem)
  if (problem === 'tooMany') response.set('retry-after', '600')
  const lang = chooseLanguage(request, request.body?.language ?? response.locals.claimLanguage)
  const values = { brand: claims.brandName[lang] ?? '', username, network }
  const [title, text] = ['title', 'text'].map((part) => translate(lang, `problem.${problem}.${part}`, values))
  const again = link ? `${pathOf(link)}?lang=${lang}` : null
  await claims.sendPage(response, 'plain', { lang, title, text, again }, PROBLEMS[problem])
}

function asClaimProblem(error: unknown): ClaimProblemError {
  if (error instanceof ClaimProblemError) return error
  // A link that was mangled on its way, so that it can not even be decoded.
  if (error instanceof URIError) return new ClaimProblemError('invalid')
  // body-parser's and Express's own errors carry the status they mean: what was sent is no form of ours.
  const status = (error as { status?: number } | null)?.status
  return new ClaimProblemError(status !== undefined && status < 500 ? 'oldForm' : 'failed')
}
