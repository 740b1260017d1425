import type { RequestListener } from 'node:http'
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import type { Queues } from '../queue/index.ts'
import type { Store } from '../store/database.ts'
import { answerError } from './answer.ts'
import { createCmcd } from './cmcd.ts'
import { contactRoutes } from './contacts.ts'
import { type HealthCheck, healthRoute } from './health.ts'
import { metricsRoute } from './metrics.ts'
import { sessionRoutes } from './sessions.ts'
import { type WebhookSecrets, webhookRoutes } from './webhooks.ts'

export type { WebhookSecrets } from './webhooks.ts'

export interface HttpOptions {
  store: Store
  queues: Queues
  health: HealthCheck
  /** What somebody should look at, although all is being done. */
  warnings?: HealthCheck
  metricsToken: string | null
  /** Signs session tokens; the first is current, the others are still accepted. */
  tokenSecrets: string[]
  /** What the shop shows to register sessions; null: streaming refunds are switched off. */
  shopApiKey: string | null
  /** null: no payment provider's webhooks are taken. */
  webhooks: WebhookSecrets | null
}

export interface Http {
  router: Router
  /** Stands before Express and takes what comes thousands of times a second; all else is `next`'s. */
  before(next: RequestListener): RequestListener
}

/** What machines call: CMCD, session registration, contacts, health and metrics. Runs without the desk. */
export function createHttp(options: HttpOptions): Http {
  const router = express.Router()
  const cmcd =
    options.shopApiKey === null ? null : createCmcd(options.store, options.queues, options.tokenSecrets)
  router.get('/healthz', healthRoute(options.health, options.metricsToken, options.warnings))
  router.get('/metrics', metricsRoute(options.metricsToken))
  if (options.shopApiKey !== null) {
    router.use('/v1/sessions', sessionRoutes(options.store, options.shopApiKey, options.tokenSecrets))
  }
  if (cmcd) router.use('/v1/cmcd', cmcd.router)
  router.use('/v1/contacts', contactRoutes(options.store))
  if (options.webhooks) {
    router.use('/v1/webhooks', webhookRoutes(options.store, options.queues, options.webhooks))
  }
  router.use('/v1', (_request, response) => {
    response.status(404).json({ error: 'there is no such endpoint; the README lists them' })
  })
  router.use('/v1', onError)
  return { router, before: cmcd?.before ?? ((next) => next) }
}

function onError(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) next(error)
  else answerError(response, error)
}
