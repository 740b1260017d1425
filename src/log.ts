import { pino } from 'pino'

/** Keys whose values never reach a log, at any depth: credentials, and the words and names of customers. */
const REDACTED = new Set(
  [
    'password',
    'token',
    'secret',
    'authorization',
    'cookie',
    'apiKey',
    'apiToken',
    'accessToken',
    'accessSecret',
    'text',
    'html',
    'email',
    'recipient',
    'username',
    'name',
    'payload',
    'detail',
  ].map((key) => key.toLowerCase()),
)
const MAX_DEPTH = 6

export const log = pino({
  // A person at a terminal wants to read the address of the page, not a stream of JSON.
  level: process.env.LOG_LEVEL ?? (process.env.NODE_ENV === 'production' ? 'info' : 'warn'),
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { log: (line) => scrub(line, 0) as Record<string, unknown> },
  // Errors were described by then; pino's own serializer would print all that hangs on them.
  serializers: { err: (described) => described },
})

export const listenLog = log.child({ room: 'listening' })
export const queueLog = log.child({ room: 'queue' })
export const caseLog = log.child({ room: 'cases' })
export const publishLog = log.child({ room: 'publishing' })
export const mailLog = log.child({ room: 'mail' })
export const refundLog = log.child({ room: 'refunds' })
export const claimLog = log.child({ room: 'claims' })
export const httpLog = log.child({ room: 'http' })
export const modelLog = log.child({ room: 'language-model' })
export const deskLog = log.child({ room: 'desk' })

function scrub(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth >= MAX_DEPTH) return '[deep]'
  if (Array.isArray(value)) return value.map((each) => scrub(each, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      REDACTED.has(key.toLowerCase()) ? '[redacted]' : scrub(inner, depth + 1),
    ]),
  )
}

/**
 * Errors of clients carry requests and answers (with keys and customers' words) along: keep what explains only.
 * Postgres quotes values in its messages, so of those only the SQLSTATE and the place are kept.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, kind, status, severity, table, constraint } = error as Error & Record<string, unknown>
  const fromPostgres = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined
  const message = fromPostgres ? `Postgres error ${code}` : error.message
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at '))
  return {
    type: error.name,
    message,
    ...without({ code, kind, status, ...(fromPostgres ? { table, constraint } : {}) }),
    stack: frames?.join('\n'),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  }
}

function without(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
