import type { RequestHandler } from 'express'
import { mayLookInside } from './bearer.ts'

/** Reasons why this process does not do what it should; empty while it does. */
export type HealthCheck = () => Promise<string[]>

/**
 * `GET /healthz`: 200 while everything this process should do is being done, else 503. The reasons are for this
 * machine, and for others with METRICS_TOKEN.
 */
export function healthRoute(check: HealthCheck, token: string | null): RequestHandler {
  return async (request, response) => {
    const reasons = await check()
    const ok = reasons.length === 0
    response
      .status(ok ? 200 : 503)
      .set('cache-control', 'no-store')
      .json(mayLookInside(request, token) ? { ok, reasons } : { ok })
  }
}
