import { Agent } from 'node:https'
import { connect as connectPlain, isIP } from 'node:net'
import { connect as connectTls, getCACertificates } from 'node:tls'
import {
  ApiPartialResponseError,
  ApiRequestError,
  ApiResponseError,
  TwitterApi,
  type TwitterRateLimit,
} from 'twitter-api-v2'
import type { XConfig } from '../../config.ts'
import { NetworkError } from '../network.ts'

/** A call that has no answer by then is taken for lost. */
export const TIMEOUT_MS = 10_000
/** Whole seconds, and two clocks: a window is over a little later than its header says. */
const RESET_SLACK_MS = 1000

/** Where calls are counted, before and after. */
export interface CallBudget {
  /** null where there is room, else when there will be. `keepFree`: the share that is left to more urgent calls. */
  take(endpoint: string, keepFree?: number): Promise<Date | null>
  /** How many calls there is room for until when, without taking one; null where no limit is known yet. */
  look(endpoint: string, keepFree?: number): Promise<{ calls: number; until: Date } | null>
  record(endpoint: string, limit: { limit: number; remaining: number; resetAt: Date }): Promise<void>
}

export interface XClient {
  get(endpoint: string, path: string, query?: Record<string, string | number>): Promise<unknown>
  /** @param keepFree the share of the endpoint's window that is left to more urgent calls */
  post(endpoint: string, path: string, body: Record<string, unknown>, keepFree?: number): Promise<unknown>
  close(): void
}

/** A client for X's API v2 that obeys the shared budget and speaks in NetworkErrors. */
export function createXClient(keys: XConfig, budget: CallBudget, timeoutMs = TIMEOUT_MS): XClient {
  const agent = createAgent(keys.origin, keys.ca)
  const { v2 } = new TwitterApi(
    {
      appKey: keys.apiKey,
      appSecret: keys.apiSecret,
      accessToken: keys.accessToken,
      accessSecret: keys.accessSecret,
    },
    { httpAgent: agent, compression: false },
  )
  const options = { fullResponse: true, timeout: timeoutMs } as const

  async function call(
    endpoint: string,
    method: 'GET' | 'POST',
    send: () => Promise<Answer>,
    keepFree = 0,
  ): Promise<unknown> {
    const fullUntil = await budget.take(endpoint, keepFree)
    if (fullUntil) {
      throw new NetworkError('rate-limited', `X's limit for ${endpoint} is used up`, { retryAt: fullUntil })
    }
    let answer: Answer
    try {
      answer = await withDeadline(send(), timeoutMs * 1.5)
    } catch (error) {
      if (error instanceof ApiResponseError && error.rateLimit) {
        await budget.record(endpoint, toLimit(error.rateLimit))
      }
      throw explain(error, method)
    }
    if (answer.rateLimit) await budget.record(endpoint, toLimit(answer.rateLimit))
    return answer.data
  }

  return {
    get: (endpoint, path, query = {}) => call(endpoint, 'GET', () => v2.get(path, query, options)),
    post: (endpoint, path, body, keepFree) =>
      call(endpoint, 'POST', () => v2.post(path, body, options), keepFree),
    close: () => agent.destroy(),
  }
}

interface Answer {
  data: unknown
  rateLimit?: TwitterRateLimit
}

/** The library's time-out is one of silence: an answer that trickles in would hold its caller for ever. */
async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no whole answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The library's hosts are constants: an agent whose connections go elsewhere is the one seam that redirects all of it.
 * The certificate is checked against the host that is really dialled.
 */
function createAgent(origin: string | null, ca?: string): Agent {
  const trust = ca ? { ca: [...getCACertificates('default'), ca] } : {}
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ...trust })
  if (origin === null) return agent
  const url = new URL(origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443)
  const redirected = agent as unknown as { createConnection: (options: object) => unknown }
  redirected.createConnection = (options) =>
    url.protocol === 'http:'
      ? connectPlain({ host, port })
      : connectTls({ ...options, host, port, servername: isIP(host) ? '' : host, ...trust })
  return agent
}

function toLimit(limit: TwitterRateLimit) {
  // The daily limit matters only once it is used up: then nothing goes until it resets.
  const day = [limit.day, limit.userDay].find((each) => each !== undefined && each.remaining <= 0)
  return {
    limit: limit.limit,
    remaining: day ? 0 : limit.remaining,
    resetAt: new Date((day ?? limit).reset * 1000 + RESET_SLACK_MS),
  }
}

/** Connection errors after which nothing can have reached the far side. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_TLS_.*|CERT_.*|.*_CERT|.*_CERT_.*|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/

function explain(error: unknown, method: 'GET' | 'POST'): NetworkError {
  const maybeWritten = method === 'POST' ? 'unknown' : 'no'
  if (error instanceof ApiResponseError) return explainAnswer(error, method, maybeWritten)
  if (error instanceof ApiPartialResponseError) {
    return new NetworkError('unavailable', 'X answered with something that is not JSON', {
      wrote: maybeWritten,
      cause: error.responseError,
    })
  }
  if (error instanceof ApiRequestError) {
    const cause = (error as unknown as { _options?: { error?: Error & { code?: string } } })._options?.error
    const neverSent = cause?.code !== undefined && NEVER_SENT.test(cause.code)
    return new NetworkError('unavailable', `X can not be reached: ${cause?.message ?? error.message}`, {
      wrote: neverSent ? 'no' : maybeWritten,
      cause,
    })
  }
  return new NetworkError('unavailable', `X can not be reached: ${(error as Error).message}`, {
    wrote: maybeWritten,
    cause: error,
  })
}

function explainAnswer(
  error: ApiResponseError,
  method: 'GET' | 'POST',
  maybeWritten: 'no' | 'unknown',
): NetworkError {
  const detail = detailOf(error.data)
  const options = { cause: error }
  switch (error.code) {
    case 429: {
      const retryAt = error.rateLimit ? toLimit(error.rateLimit).resetAt : new Date(Date.now() + 60_000)
      return new NetworkError('rate-limited', `X: too many requests${detail}`, { ...options, retryAt })
    }
    case 401:
      return new NetworkError(
        'unauthorized',
        `X refuses our keys (401)${detail}. Were they revoked? Make new ones in X's developer console and set X_API_KEY … X_ACCESS_SECRET`,
        options,
      )
    case 402:
      return new NetworkError(
        'blocked',
        `X's credit is used up (402)${detail}. Buy credit in X's developer console`,
        options,
      )
    case 403:
      return explainForbidden(detail, method, options)
    case 404:
      return new NetworkError('gone', `X does not have this any more (404)${detail}`, options)
    case 400:
    case 422:
      return /not visible|deleted|does(n't| not) exist/i.test(detail)
        ? new NetworkError('gone', `The post is gone${detail}`, options)
        : new NetworkError('invalid', `X does not accept our request (${error.code})${detail}`, options)
    default:
      return new NetworkError('unavailable', `X has a problem of its own (${error.code})`, {
        ...options,
        wrote: error.code >= 500 ? maybeWritten : 'no',
      })
  }
}

/** What stops everything until a person has seen to it, and what that person does. The first that fits counts. */
const BLOCKED = [
  {
    sign: /(app|application|client)[^.]*suspend|suspend[^.]*\b(app|application)\b/i,
    words: 'X has suspended our app. Its developer console says why and how to appeal',
  },
  { sign: /suspend/i, words: 'X has suspended our account. Appeal at help.x.com as the brand' },
  { sign: /locked/i, words: 'X has locked our account. Sign in at x.com as the brand and follow its steps' },
  {
    sign: /client-not-enrolled|not permitted to (use|access)/i,
    words:
      "Our app may not use this part of X's API. Put it into a project with access, in X's developer console",
  },
  {
    sign: /usage-capped|credits/i,
    words:
      "The usage that was bought from X is used up. Raise the cap or buy credit in X's developer console",
  },
]
const RESTRICTED = /conversation|who can reply|reply (is|are|was) (not allowed|restricted)|restricted who/i

function explainForbidden(detail: string, method: 'GET' | 'POST', options: { cause: unknown }): NetworkError {
  if (/duplicate/i.test(detail))
    return new NetworkError('duplicate', `X has this text already${detail}`, options)
  const blocked = BLOCKED.find(({ sign }) => sign.test(detail))
  if (blocked) return new NetworkError('blocked', `${blocked.words}${detail}`, options)
  if (RESTRICTED.test(detail)) {
    const words =
      'The author has limited who may reply to this post: answer by hand where you may, or let it be'
    return new NetworkError('forbidden', `${words}${detail}`, options)
  }
  if (/deleted|not visible/i.test(detail))
    return new NetworkError('gone', `The post is gone${detail}`, options)
  const what = method === 'POST' ? 'this reply' : 'our app to read this'
  return new NetworkError('forbidden', `X does not allow ${what}${detail}`, options)
}

/** What X says of a refusal: `detail` and `type` of its problem documents, or `errors[].message`. */
function detailOf(data: unknown): string {
  if (typeof data !== 'object' || data === null) return ''
  const { detail, title, type, errors } = data as {
    detail?: string
    title?: string
    type?: string
    errors?: { message?: string; detail?: string }[]
  }
  const words = [detail ?? title, type, ...(errors ?? []).map((each) => each.message ?? each.detail)].filter(
    Boolean,
  )
  return words.length > 0 ? `: ${words.join('; ').slice(0, 300)}` : ''
}
