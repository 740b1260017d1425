import type { RequestHandler } from 'express'
import { registry } from '../metrics.ts'
import { mayLookInside } from './bearer.ts'

/** `GET /metrics`: Prometheus text; open to this machine, with a bearer token from elsewhere. */
export function metricsRoute(token: string | null): RequestHandler {
  return async (request, response) => {
    if (!mayLookInside(request, token)) {
      response
        .status(401)
        .set('www-authenticate', 'Bearer')
        .json({ error: 'from another machine, send METRICS_TOKEN as a bearer token' })
      return
    }
    response.type(registry.contentType).send(await registry.metrics())
  }
}
