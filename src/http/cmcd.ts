import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import express, { type Request, type Router } from 'express'
import { cmcdReportsTotal } from '../metrics.ts'
import type { Queues } from '../queue/index.ts'
import { createReportIntake, type NewReport, takeQuarantinePlace } from '../store/cmcd-reports.ts'
import type { Store } from '../store/database.ts'
import { quarantine } from '../store/posts.ts'
import {
  CmcdParseError,
  createTokenVerifier,
  parseCmcdBody,
  type ReadReport,
  readReport,
  SessionTokenError,
} from '../streaming/index.ts'
import { createAllowance } from './allowance.ts'
import { answerError, answerJson } from './answer.ts'
import { bearerOf } from './bearer.ts'
import { createTextReader, plainLength } from './body-text.ts'

const BODY_LIMIT = 256 * 1024
const REQUESTS_IN_TEN_SECONDS = 100
const BYTES_A_MINUTE = 1_000_000
/** A session that said goodbye is measured a little later: reports overtake each other. */
const SETTLE_MS = 3000
const GOODBYE = new Set(['e', 'f', 'q'])

const stored = cmcdReportsTotal.labels({ outcome: 'stored' })
const repeated = cmcdReportsTotal.labels({ outcome: 'repeated' })
const malformed = cmcdReportsTotal.labels({ outcome: 'malformed' })
const refused = cmcdReportsTotal.labels({ outcome: 'refused' })

interface Read {
  mode: NewReport['mode']
  reports: ReadReport[]
  faults: string[]
  raw: string
}

/** A request that is not taken, and what its sender is told. */
interface Refusal {
  status: number
  error: string
  retryAfterSeconds?: number
}

export interface Cmcd {
  router: Router
  /**
   * Takes the reports of event mode before Express sees them: nearly all that players send, and the way through
   * Express costs as much as reading them.
   */
  before(next: RequestListener): RequestListener
}

const PATH = '/v1/cmcd'

/**
 * `/v1/cmcd`: players report here (CTA-5004), with the token of their session as a bearer token or `?token=`.
 * POST takes event mode, one report a line; GET takes query mode (`?CMCD=`) and header mode (`CMCD-*`).
 * An answer comes after the commit. 204 stored, 400 with the lines that do not parse (the others are stored),
 * 401 token, 410 the session sent all that a session may send (players stop then, CTA-5004-B), 413 too large,
 * 429 too often, 503 more waits than the database can write.
 */
export function createCmcd(store: Store, queues: Queues, secrets: string[]): Cmcd {
  const intake = createReportIntake(store)
  const verify = createTokenVerifier(secrets)
  const allowance = createAllowance({ requests: REQUESTS_IN_TEN_SECONDS, bytes: BYTES_A_MINUTE })
  const readText = createTextReader(BODY_LIMIT)

  /** @returns the session that may send this now, or null where it was refused */
  function admit(request: IncomingMessage, response: ServerResponse): string | null {
    const sid = sidOf(request, verify)
    if (typeof sid !== 'string') {
      refused.inc()
      return refuse(response, sid)
    }
    if (allowance.takeRequest(sid)) return sid
    return refuse(response, {
      status: 429,
      error: 'more than 10 requests a second; send batches',
      retryAfterSeconds: 10,
    })
  }

  /** Nonsense costs as much to read as reports do. */
  function admitBytes(response: ServerResponse, sid: string, bytes: number): boolean {
    if (allowance.takeBytes(sid, bytes)) return true
    refuse(response, {
      status: 429,
      error: `more than ${BYTES_A_MINUTE} bytes a minute; report less often`,
      retryAfterSeconds: 60,
    })
    return false
  }

  async function take(
    response: ServerResponse,
    sid: string,
    { mode, reports, faults, raw }: Read,
  ): Promise<void> {
    const mine = reports.filter((report) => report.sid === null || report.sid === sid)
    if (mine.length < reports.length)
      faults.push(`the sid of ${reports.length - mine.length} report(s) is not the token's`)
    let count = 0
    if (mine.length > 0) {
      const outcome = await intake.add({ sid, reports: mine.map(({ sn, cmcd }) => ({ mode, sn, cmcd })) })
      if (typeof outcome !== 'number') {
        if (outcome !== null) refused.inc(mine.length)
        refuse(response, NOT_STORED[outcome ?? 'unregistered'])
        return
      }
      count = outcome
      if (count > 0) stored.inc(count)
      if (count < mine.length) repeated.inc(mine.length - count)
      if (mine.some((report) => report.state !== null && GOODBYE.has(report.state))) {
        await queues.enqueue('quality', [sid], { delayMs: SETTLE_MS, once: true })
      }
    }
    if (faults.length === 0) {
      response.statusCode = 204
      response.end()
      return
    }
    malformed.inc(faults.length)
    if (await takeQuarantinePlace(store, sid)) {
      await quarantine(store, `cmcd:${sid}`, [{ reason: faults.join('; '), payload: raw.slice(0, 4096) }])
    }
    answerJson(response, 400, { error: faults.slice(0, 20).join('; '), stored: count })
  }

  async function post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    openToAll(response)
    const sid = admit(request, response)
    if (sid === null) return
    // Before it is read where it can be: what is too much is not even kept in memory.
    const length = plainLength(request)
    if (length !== null && length <= BODY_LIMIT && !admitBytes(response, sid, length)) return
    const raw = await readText(request, response)
    if (length === null && !admitBytes(response, sid, Buffer.byteLength(raw))) return
    const { reports, faults } = parseCmcdBody(raw, request.headers['content-type'] ?? '')
    await take(response, sid, { mode: 'event', reports, faults, raw })
  }

  const router = express.Router()
  router.post('/', post)
  router.get('/', async (request, response) => {
    openToAll(response)
    const sid = admit(request, response)
    if (sid === null || !admitBytes(response, sid, request.url.length)) return
    await take(response, sid, readRequest(request))
  })
  router.options('/', (_request, response) => {
    openToAll(response)
    response
      .status(204)
      .set({
        'access-control-allow-headers':
          'authorization, content-type, cmcd-request, cmcd-object, cmcd-status, cmcd-session',
        'access-control-allow-methods': 'GET, POST',
        'access-control-max-age': '86400',
      })
      .end()
  })
  return {
    router,
    before: (next) => (request, response) => {
      if (request.method !== 'POST' || !isIntake(request.url ?? '')) return next(request, response)
      post(request, response).catch((error: unknown) => answerError(response, error))
    },
  }
}

function isIntake(url: string): boolean {
  return url.startsWith(PATH) && (url.length === PATH.length || url[PATH.length] === '?')
}

/** Players run on the shop's pages; a token and no cookie decides, so any origin may call. */
function openToAll(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
}

const NOT_STORED = {
  unregistered: { status: 401, error: 'the session is not registered' },
  full: { status: 410, error: 'this session has sent all that a session may send' },
  busy: {
    status: 503,
    error: 'more reports come than can be written; send them again later',
    retryAfterSeconds: 5,
  },
}

function refuse(response: ServerResponse, { status, error, retryAfterSeconds }: Refusal): null {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
  answerJson(response, status, { error })
  return null
}

/** Query mode carries one report in `?CMCD=`, header mode one spread over four headers. */
function readRequest(request: Request): Read {
  const query = request.query.CMCD
  const headers = ['cmcd-request', 'cmcd-object', 'cmcd-status', 'cmcd-session'].flatMap(
    (name) => request.get(name) ?? [],
  )
  const mode = typeof query === 'string' ? 'query' : 'header'
  const raw = typeof query === 'string' ? query : headers.join(',')
  if (raw === '') {
    return { mode, reports: [], faults: ['no CMCD: send ?CMCD= or CMCD-* headers'], raw }
  }
  try {
    return { mode, reports: [readReport(mode, raw)], faults: [], raw }
  } catch (error) {
    if (!(error instanceof CmcdParseError)) throw error
    return { mode, reports: [], faults: [error.message], raw }
  }
}

function sidOf(request: IncomingMessage, verify: ReturnType<typeof createTokenVerifier>): string | Refusal {
  const token = bearerOf(request) ?? tokenInAddress(request)
  if (token === null) return { status: 401, error: 'send the session token as a bearer token or ?token=' }
  try {
    return verify(token, new Date()).sid
  } catch (error) {
    if (!(error instanceof SessionTokenError)) throw error
    return { status: 401, error: error.message }
  }
}

function tokenInAddress({ url = '' }: IncomingMessage): string | null {
  const start = url.indexOf('?')
  return start === -1 ? null : new URLSearchParams(url.slice(start + 1)).get('token')
}
