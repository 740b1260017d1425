import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { createCookies } from '../cookies.ts'
import { deskLog } from '../log.ts'
import { forgetCounts } from '../store/inbox-counts.ts'
import type { User } from '../store/users.ts'
import { sameToken } from '../tokens.ts'
import { abuseRoutes } from './abuse.ts'
import { andonRoutes } from './andon.ts'
import { loadAssets } from './assets.ts'
import { assignRoutes } from './assign.ts'
import { auditRoutes } from './audit.ts'
import { authorRoutes } from './author-page.ts'
import { caseRoutes } from './case-page.ts'
import { claimRoutes } from './claims.ts'
import { composerRoutes } from './composer.ts'
import { contactTokenRoutes } from './contact-tokens.ts'
import { crisisRoutes } from './crisis.ts'
import { decisionPageRoutes } from './decision-page.ts'
import { decisionRoutes } from './decisions.ts'
import { type Desk, sendPage } from './desk.ts'
import { dossierRoutes } from './dossier.ts'
import { forgettingRoutes } from './forgetting.ts'
import { goodwillRoutes } from './goodwill.ts'
import { imageRoutes } from './images.ts'
import { inboxRoutes } from './inbox.ts'
import { languageRoutes } from './language.ts'
import { letterNewRoutes } from './letter-new.ts'
import { letterRoutes } from './letter-page.ts'
import { letterListRoutes } from './letters.ts'
import { listenRoutes } from './listen.ts'
import { listingCaseRoutes } from './listing-cases.ts'
import { startLive } from './live.ts'
import { moneyRoutes } from './money.ts'
import { noteRoutes } from './notes.ts'
import { oidcRoutes } from './oidc.ts'
import { operationsRoutes } from './operations.ts'
import type { DeskOptions } from './options.ts'
import { payoutStopRoutes } from './payout-stops.ts'
import { peopleRoutes } from './people.ts'
import { peopleDepartmentRoutes } from './people-departments.ts'
import { presenceRoutes } from './presence.ts'
import { readingRoutes } from './reading.ts'
import { readingGivenRoutes } from './readings.ts'
import { refundRoutes } from './refunds.ts'
import { createRender } from './render.ts'
import { replacementRoutes } from './replacements.ts'
import { reviewRoutes } from './reviews.ts'
import { may } from './roles.ts'
import { ruleRoutes } from './rules.ts'
import { simulateRoutes } from './rules-simulate.ts'
import { securityHeaders } from './security.ts'
import { sessionRoutes } from './sessions.ts'
import { signInRoutes } from './sign-in.ts'
import { snoozeRoutes } from './snooze.ts'
import { streamingRoutes } from './streaming.ts'
import { suggestionRoutes } from './suggestions.ts'
import { ProblemError, type ProblemStatus, type Route, type Visit } from './visit.ts'
import { receiveVisitor } from './visitor.ts'
import { welcomeRoutes } from './welcome.ts'
import { writingRoutes } from './writing.ts'

export type { DeskOptions } from './options.ts'
export type { Route } from './visit.ts'
export { createSignInLink } from './welcome.ts'

export interface DeskApp {
  /** An Express application of its own, to be mounted at '/' after everything else (it answers 404 itself). */
  router: Express
  /** Everything it can do, with what each asks for. */
  routes: readonly Route[]
  /** Ends open event streams and the listening connection. */
  close(): Promise<void>
}

/** Builds the page where the social team works: server-rendered, usable without JavaScript, live with it. */
export function createDesk(options: DeskOptions): DeskApp {
  const assets = loadAssets()
  const desk: Desk = {
    ...options,
    assets,
    cookies: createCookies(options.config.publicUrl, 'kikimimi_'),
    live: startLive(options.databaseUrl),
    renderView: createRender(assets.url),
  }
  const routes = [
    ...signInRoutes(desk),
    ...oidcRoutes(desk),
    ...sessionRoutes(desk),
    ...welcomeRoutes(desk),
    ...languageRoutes(desk),
    ...readingRoutes(desk),
    ...inboxRoutes(desk),
    ...caseRoutes(desk),
    ...abuseRoutes(desk),
    ...authorRoutes(desk),
    ...decisionRoutes(desk),
    ...writingRoutes(desk),
    ...composerRoutes(desk),
    ...presenceRoutes(desk),
    ...assignRoutes(desk),
    ...snoozeRoutes(desk),
    ...noteRoutes(desk),
    ...refundRoutes(desk),
    ...decisionPageRoutes(desk),
    ...moneyRoutes(desk),
    ...payoutStopRoutes(desk),
    ...crisisRoutes(desk),
    ...andonRoutes(desk),
    ...claimRoutes(desk),
    ...goodwillRoutes(desk),
    ...replacementRoutes(desk),
    ...listingCaseRoutes(desk),
    ...streamingRoutes(desk),
    ...reviewRoutes(desk),
    ...ruleRoutes(desk),
    ...simulateRoutes(desk),
    ...operationsRoutes(desk),
    ...peopleRoutes(desk),
    ...peopleDepartmentRoutes(desk),
    ...letterListRoutes(desk),
    ...letterNewRoutes(desk),
    ...letterRoutes(desk),
    ...dossierRoutes(desk),
    ...suggestionRoutes(desk),
    ...listenRoutes(desk),
    ...readingGivenRoutes(desk),
    ...forgettingRoutes(desk),
    ...contactTokenRoutes(desk),
    ...imageRoutes(desk),
    ...auditRoutes(desk),
  ]
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', options.config.trustProxy)
  app.set('query parser', 'simple')
  app.use(securityHeaders(options.config.publicUrl))
  app.get('/assets/:name', assets.serve)
  app.get('/favicon.ico', (_request, response) => response.redirect(assets.url('icon.svg')))
  app.use(express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 50 }))
  app.use(receiveVisitor(desk))
  for (const route of routes) app[route.method](route.path, guard(desk, route))
  app.use(() => {
    throw new ProblemError(404)
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    answerProblem(desk, error, request, response),
  )
  return { router: app, routes, close: () => desk.live.close() }
}

/** Rights first, then the form's token, then the work. */
function guard(desk: Desk, route: Route) {
  return async (_request: Request, response: Response) => {
    const visit = response.locals.visit as Visit
    const user: User | null = visit.user
    if (!user && route.allow !== 'public') return askToSignIn(visit)
    if (!may(user?.role ?? null, route.allow)) throw new ProblemError(403, 'noRight')
    if (route.method === 'post') {
      const site = visit.request.get('sec-fetch-site')
      const foreign = site !== undefined && site !== 'same-origin' && site !== 'none'
      if (foreign || !sameToken(visit.request.body?.csrf, visit.csrf)) throw new ProblemError(403, 'oldForm')
    }
    await route.handle(visit)
    if (route.method === 'post') forgetCounts(desk.store)
  }
}

function askToSignIn(visit: Visit): void {
  const { request, response } = visit
  if (visit.partial || request.accepts(['html', 'text/event-stream']) === 'text/event-stream') {
    response.status(401).set('HX-Redirect', '/sign-in').end()
    return
  }
  const back = request.method === 'GET' && request.originalUrl !== '/' ? request.originalUrl : ''
  response.redirect(303, back ? `/sign-in?to=${encodeURIComponent(back)}` : '/sign-in')
}

async function answerProblem(
  desk: Desk,
  error: unknown,
  request: Request,
  response: Response,
): Promise<void> {
  if (response.headersSent) {
    response.end()
    return
  }
  const status = statusOf(error)
  if (status === 500) deskLog.error({ err: error, path: request.path }, 'a page failed')
  const visit = response.locals.visit as Visit | undefined
  if (visit && !visit.partial) {
    try {
      const reason = error instanceof ProblemError ? error.reason : null
      return await sendPage(desk, visit, 'problem', { status, reason }, status)
    } catch (worse) {
      deskLog.error({ err: worse }, 'the page for a problem failed')
    }
  }
  response.status(status).type('text').send(`${status}`)
}

function statusOf(error: unknown): ProblemStatus {
  if (error instanceof ProblemError) return error.status
  // body-parser's and Express's own errors carry the status they mean.
  const status = (error as { status?: number } | null)?.status
  if (status === 413) return 413
  return status !== undefined && status >= 400 && status < 500 ? 400 : 500
}
