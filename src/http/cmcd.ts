import express, { type Request, type Response, type Router } from 'express'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { cmcdReportsTotal } from '../metrics.ts'
import type { Queues } from '../queue/index.ts'
import type { Store } from '../store/database.ts'
import { quarantine } from '../store/posts.ts'
import { type NewReport, storeReports, takeQuarantinePlace } from '../store/sessions.ts'
import {
  CmcdParseError,
  decodeReport,
  parseCmcdBody,
  type SessionClaims,
  SessionTokenError,
  verifySessionToken,
} from '../streaming/index.ts'
import { bearerOf } from './bearer.ts'

const BODY_LIMIT = '256kb'
const BYTES_A_MINUTE = 1_000_000
/** A session that said goodbye is measured a little later: reports overtake each other. */
const SETTLE_MS = 3000
const GOODBYE = new Set(['e', 'd', 'f', 'q'])

/**
 * `/v1/cmcd`: players report here (CTA-5004), with the token of their session as a bearer token or `?token=`.
 * POST takes event mode, one report a line; GET takes query mode (`?CMCD=`) and header mode (`CMCD-*`).
 * An answer comes after the commit. 204 stored, 400 with the lines that do not parse (the others are stored),
 * 401 token, 410 the session sent all that a session may send (players stop then, CTA-5004-B), 413 too large,
 * 429 too often.
 */
export function cmcdRoutes(store: Store, queues: Queues, secrets: string[]): Router {
  const router = express.Router()
  const limiter = new RateLimiterMemory({ points: 100, duration: 10 })
  const bytes = new RateLimiterMemory({ points: BYTES_A_MINUTE, duration: 60 })

  router.use((_request, response, next) => {
    // Players run on the shop's pages; a token and no cookie decides, so any origin may call.
    response.set({
      'access-control-allow-origin': '*',
      'access-control-allow-headers':
        'authorization, content-type, cmcd-request, cmcd-object, cmcd-status, cmcd-session',
      'access-control-allow-methods': 'GET, POST',
      'access-control-max-age': '86400',
    })
    next()
  })
  router.options('/', (_request, response) => {
    response.status(204).end()
  })

  async function receive(request: Request, response: Response, read: () => Read): Promise<void> {
    const claims = claimsOf(request, response, secrets)
    if (!claims) return
    const room = await limiter.consume(claims.sid).catch(() => null)
    if (!room) {
      response
        .status(429)
        .set('retry-after', '10')
        .json({ error: 'more than 10 requests a second; send batches' })
      return
    }
    // Nonsense costs as much to read as reports do.
    if (!(await bytes.consume(claims.sid, sizeOf(request)).catch(() => null))) {
      response
        .status(429)
        .set('retry-after', '60')
        .json({ error: `more than ${BYTES_A_MINUTE} bytes a minute; report less often` })
      return
    }
    const { reports, faults, raw } = read()
    const mine = reports.filter((report) => report.sid === null || report.sid === claims.sid)
    if (mine.length < reports.length)
      faults.push(`the sid of ${reports.length - mine.length} report(s) is not the token's`)
    const stored = mine.length > 0 ? await storeReports(store, claims.sid, mine) : 0
    if (stored === null) {
      response.status(401).json({ error: 'the session is not registered' })
      return
    }
    if (stored === 'full') {
      cmcdReportsTotal.inc({ outcome: 'refused' }, mine.length)
      response.status(410).json({ error: 'this session has sent all that a session may send' })
      return
    }
    cmcdReportsTotal.inc({ outcome: 'stored' }, stored)
    cmcdReportsTotal.inc({ outcome: 'repeated' }, mine.length - stored)
    if (mine.some((report) => report.state !== null && GOODBYE.has(report.state))) {
      await queues.enqueue('quality', [claims.sid], { delayMs: SETTLE_MS, once: true })
    }
    if (faults.length === 0) {
      response.status(204).end()
      return
    }
    cmcdReportsTotal.inc({ outcome: 'malformed' }, faults.length)
    if (await takeQuarantinePlace(store, claims.sid)) {
      await quarantine(store, `cmcd:${claims.sid}`, [
        { reason: faults.join('; '), payload: raw.slice(0, 4096) },
      ])
    }
    response.status(400).json({ error: faults.slice(0, 20).join('; '), stored })
  }

  router.post('/', express.text({ type: () => true, limit: BODY_LIMIT }), (request, response) =>
    receive(request, response, () => readBody(request)),
  )
  router.get('/', (request, response) => receive(request, response, () => readRequest(request)))
  return router
}

function sizeOf(request: Request): number {
  return typeof request.body === 'string' ? Buffer.byteLength(request.body) : request.url.length
}

interface Read {
  reports: (NewReport & { sid: string | null; state: string | null })[]
  faults: string[]
  raw: string
}

function readBody(request: Request): Read {
  const raw = typeof request.body === 'string' ? request.body : ''
  const { reports, faults } = parseCmcdBody(raw, request.get('content-type') ?? '')
  return { reports: reports.map((cmcd) => readReport('event', cmcd)), faults, raw }
}

/** Query mode carries one report in `?CMCD=`, header mode one spread over four headers. */
function readRequest(request: Request): Read {
  const query = request.query.CMCD
  const headers = ['cmcd-request', 'cmcd-object', 'cmcd-status', 'cmcd-session'].flatMap(
    (name) => request.get(name) ?? [],
  )
  const mode = typeof query === 'string' ? 'query' : 'header'
  const raw = typeof query === 'string' ? query : headers.join(',')
  if (raw === '') return { reports: [], faults: ['no CMCD: send ?CMCD= or CMCD-* headers'], raw }
  try {
    return { reports: [readReport(mode, raw)], faults: [], raw }
  } catch (error) {
    if (!(error instanceof CmcdParseError)) throw error
    return { reports: [], faults: [error.message], raw }
  }
}

function readReport(mode: NewReport['mode'], cmcd: string) {
  const { sn, sid, state } = decodeReport({ at: new Date(), mode, cmcd })
  return { mode, cmcd, sn, sid, state }
}

function claimsOf(request: Request, response: Response, secrets: string[]): SessionClaims | null {
  const token = bearerOf(request) ?? (typeof request.query.token === 'string' ? request.query.token : null)
  try {
    if (token !== null) return verifySessionToken(token, secrets, new Date())
    response.status(401).json({ error: 'send the session token as a bearer token or ?token=' })
  } catch (error) {
    if (!(error instanceof SessionTokenError)) throw error
    response.status(401).json({ error: error.message })
  }
  cmcdReportsTotal.inc({ outcome: 'refused' })
  return null
}
