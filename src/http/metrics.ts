import type { Request, RequestHandler } from 'express'
import { registry } from '../metrics.ts'
import { bearerOf, sameSecret } from './bearer.ts'

/** `GET /metrics`: Prometheus text; open to this machine, with a bearer token from elsewhere. */
export function metricsRoute(token: string | null): RequestHandler {
  return async (request, response) => {
    if (!isLocal(request) && (token === null || !sameSecret(bearerOf(request), token))) {
      response
        .status(401)
        .set('www-authenticate', 'Bearer')
        .json({ error: 'from another machine, send METRICS_TOKEN as a bearer token' })
      return
    }
    response.type(registry.contentType).send(await registry.metrics())
  }
}

/** A reverse proxy on this machine speaks for others: what it forwards is not local. */
function isLocal(request: Request): boolean {
  const address = request.socket.remoteAddress ?? ''
  const forwarded = request.get('x-forwarded-for') ?? request.get('forwarded')
  return forwarded === undefined && (address === '::1' || /^(::ffff:)?127\./.test(address))
}
