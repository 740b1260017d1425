import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Answer } from '../faults.ts'
import { readBody } from '../request-body.ts'

/** A cord that the shop was told of: it stops a sale, or lets it go on. */
export interface ToldCord {
  key: string
  pulled: boolean
  kind: string
  name: string
  body: string
  answer: { saleStopped: boolean; ordersHeld: number; message: string | null }
}

const TOLERANCE_SECONDS = 300

/** The secret that cords are signed with: as lasting as the token of the API. */
export function cordSecret(apiToken: string): string {
  return createHash('sha256').update(`cord:${apiToken}`).digest('hex')
}

/** Takes the webhook of cords as docs/andon.md describes it: signed, and each key once. */
export async function takeCord(
  request: IncomingMessage,
  path: string,
  secret: string,
  known: readonly ToldCord[],
  stop: (kind: string, name: string, pulled: boolean) => ToldCord['answer'] | string,
): Promise<{ answer: Answer; told?: ToldCord }> {
  const body = (await readBody(request)) ?? ''
  if (!isSigned(request, path, body, secret))
    return { answer: refuse(401, 'bad_signature', 'Not signed by us.') }
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || !key)
    return { answer: refuse(400, 'idempotency_key_required', 'Send an Idempotency-Key header.') }
  const before = known.find((told) => told.key === key)
  if (before && before.body !== body)
    return { answer: refuse(422, 'idempotency_key_reused', 'This key was used for another cord.') }
  if (before)
    return { answer: { status: 200, body: before.answer, headers: { 'idempotent-replayed': 'true' } } }
  const read = readCord(body)
  if (!read) return { answer: refuse(400, 'invalid_request', 'This is no cord.') }
  const { kind, name, pulled } = read
  const answer = stop(kind, name, pulled)
  if (typeof answer === 'string') return { answer: refuse(422, 'not_ours', answer) }
  return { answer: { status: 200, body: answer }, told: { key, pulled, kind, name, body, answer } }
}

function isSigned(request: IncomingMessage, path: string, body: string, secret: string): boolean {
  const [, t = '', v1 = ''] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['kikimimi-signature'])) ?? []
  const expected = createHmac('sha256', secret).update(`${t}.${request.method}.${path}.${body}`).digest()
  const given = Buffer.from(v1, 'hex')
  return (
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    Math.abs(Date.now() / 1000 - Number(t)) <= TOLERANCE_SECONDS
  )
}

function readCord(body: string) {
  try {
    const { type, cord } = JSON.parse(body)
    const { kind, name } = cord
    return typeof kind === 'string' && typeof name === 'string'
      ? { kind, name, pulled: type === 'cord.pulled' }
      : null
  } catch {
    return null
  }
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}
