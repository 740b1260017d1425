import { pino } from 'pino'

/** Keys whose values never reach a log: credentials, and the words and names of customers. */
const REDACTED = [
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
]

export const log = pino({
  // A person at a terminal wants to read the address of the page, not a stream of JSON.
  level: process.env.LOG_LEVEL ?? (process.env.NODE_ENV === 'production' ? 'info' : 'warn'),
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
  serializers: { err: describeError, error: describeError },
})

export const listenLog = log.child({ room: 'listening' })
export const queueLog = log.child({ room: 'queue' })
export const caseLog = log.child({ room: 'cases' })
export const publishLog = log.child({ room: 'publishing' })
export const refundLog = log.child({ room: 'refunds' })
export const httpLog = log.child({ room: 'http' })
export const deskLog = log.child({ room: 'desk' })

/** Errors of clients carry requests and answers (with keys and customers' words) along: keep what explains only. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, kind, status } = error as Error & { code?: unknown; kind?: unknown; status?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined ? {} : { status }),
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  }
}
