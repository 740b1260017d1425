import { CallError } from './call-error.ts'
import { BodyTooLargeError } from './limited-fetch.ts'

/** Found when no byte was sent yet. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])

/** Says in our own words what the SDK threw: its messages may quote what the server, or the customer, wrote. */
export function toCallError(error: unknown): CallError {
  if (error instanceof CallError) return error
  const { status, code, headers, name } = error as {
    status?: unknown
    code?: unknown
    headers?: Headers
    name?: string
  }
  if (typeof status === 'number') return fromStatus(status, wordOf(code), headers)
  const chain = causes(error)
  if (chain.some((each) => each instanceof BodyTooLargeError)) {
    return new CallError('invalid', 'the answer is larger than any honest one')
  }
  if (error instanceof SyntaxError) {
    return new CallError('unavailable', 'the answer is no JSON', { outage: true })
  }
  const why = chain.map((each) => wordOf((each as { code?: unknown }).code)).find((each) => each !== '')
  const free = why !== undefined && NEVER_SENT.has(why)
  return new CallError('unavailable', `no connection (${why ?? wordOf(name) ?? 'unknown'})`, {
    outage: true,
    again: true,
    free,
  })
}

function fromStatus(status: number, code: string, headers: Headers | undefined): CallError {
  const said = `HTTP ${status}${code ? ` ${code}` : ''}`
  if (code === 'content_filter') return new CallError('refused', said, { free: true })
  // Out of credit comes as a 429, too, and no waiting mends it.
  const again = (status === 429 && code !== 'insufficient_quota') || status === 408 || status >= 500
  return new CallError('unavailable', `${said}${HINTS[status] ?? ''}`, {
    outage: true,
    again,
    retryAfterMs: retryAfterMs(headers),
    free: true,
  })
}

const HINTS: Record<number, string> = {
  401: ': check OPENAI_API_KEY',
  403: ': check OPENAI_API_KEY',
  404: ': check OPENAI_MODEL and OPENAI_BASE_URL',
}

/** `Retry-After` in seconds or as a date, or `retry-after-ms`. */
function retryAfterMs(headers: Headers | undefined): number | null {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return ms
  const text = headers?.get('retry-after')
  if (!text) return null
  const seconds = Number(text)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : null
}

function causes(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let each = error; each instanceof Error && chain.length < 6; each = each.cause) chain.push(each)
  return chain
}

/** A word that is safe to log. */
function wordOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : ''
}
