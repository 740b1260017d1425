import type { RequestHandler } from 'express'
import { mayLookInside } from './bearer.ts'

/** Reasons why this process does not do what it should; empty while it does. */
export type HealthCheck = () => Promise<string[]>

/**
 * `GET /healthz`: 200 while everything this process should do is being done, else 503. The reasons, and warnings that
 * make nobody ill, are for this machine, and for others with METRICS_TOKEN.
 */
export function healthRoute(
  check: HealthCheck,
  token: string | null,
  warn: HealthCheck = async () => [],
): RequestHandler {
  return async (request, response) => {
    const inside = mayLookInside(request, token)
    const [reasons, warnings] = await Promise.all([check(), inside ? warnOrSay(warn) : []])
    const ok = reasons.length === 0
    response
      .status(ok ? 200 : 503)
      .set('cache-control', 'no-store')
      .json(inside ? { ok, reasons, ...(warnings.length > 0 ? { warnings } : {}) } : { ok })
  }
}

/** A database that is away is a reason already. */
async function warnOrSay(warn: HealthCheck): Promise<string[]> {
  try {
    return await warn()
  } catch (error) {
    return [`the warnings could not be read: ${(error as Error).message}`]
  }
}
