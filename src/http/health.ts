import type { RequestHandler } from 'express'

/** Reasons why this process does not do what it should; empty while it does. */
export type HealthCheck = () => Promise<string[]>

/** `GET /healthz`: 200 while everything this process should do is being done, else 503 with the reasons. */
export function healthRoute(check: HealthCheck): RequestHandler {
  return async (_request, response) => {
    const reasons = await check()
    response
      .status(reasons.length === 0 ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ ok: reasons.length === 0, reasons })
  }
}
