import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import { httpLog } from '../log.ts'
import type { Queues } from '../queue/index.ts'
import type { Store } from '../store/database.ts'
import { cmcdRoutes } from './cmcd.ts'
import { type HealthCheck, healthRoute } from './health.ts'
import { metricsRoute } from './metrics.ts'
import { sessionRoutes } from './sessions.ts'

export interface HttpOptions {
  store: Store
  queues: Queues
  health: HealthCheck
  metricsToken: string | null
  /** Signs session tokens; the first is current, the others are still accepted. */
  tokenSecrets: string[]
  /** What the shop shows to register sessions; null: streaming refunds are switched off. */
  shopApiKey: string | null
}

/** What machines call: CMCD, session registration, health and metrics. Runs without the desk. */
export function createHttp(options: HttpOptions): Router {
  const router = express.Router()
  router.get('/healthz', healthRoute(options.health, options.metricsToken))
  router.get('/metrics', metricsRoute(options.metricsToken))
  if (options.shopApiKey !== null) {
    router.use('/v1/sessions', sessionRoutes(options.store, options.shopApiKey, options.tokenSecrets))
    router.use('/v1/cmcd', cmcdRoutes(options.store, options.queues, options.tokenSecrets))
  }
  router.use('/v1', (_request, response) => {
    response.status(404).json({ error: 'there is no such endpoint; the README lists them' })
  })
  router.use('/v1', answerError)
  return router
}

/** Errors of body parsing carry a status that is the caller's to know; everything else is ours to look at. */
function answerError(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) {
    next(error)
    return
  }
  const { status, type, limit } = error as { status?: number; type?: string; limit?: number }
  if (type === 'entity.too.large') {
    response.status(413).json({ error: `the body is larger than ${limit} bytes; send smaller batches` })
    return
  }
  if (status !== undefined && status >= 400 && status < 500) {
    response.status(status).json({ error: (error as Error).message })
    return
  }
  httpLog.error({ err: error }, 'request failed')
  response.status(500).json({ error: 'something went wrong here; the request was not stored, send it again' })
}
