import { z } from 'zod'
import { CheckedRequestError, type Resolve, sendChecked } from '../../checked-request.ts'
import { SIGNATURE_HEADER, signMessage } from '../../signature.ts'
import {
  type CordDelivery,
  type CordMessage,
  concludeCordMessage,
  takeCordMessage,
} from '../../store/cord-messages.ts'
import type { Store } from '../../store/database.ts'

/** Where the shop hears of cords, and the secret that it is signed with. */
export interface CordTarget {
  url: string
  secret: string
  /** Whether it may be on this machine or in a private network. */
  allowPrivate: boolean
  timeoutMs?: number
  resolve?: Resolve
}

const TIMEOUT_MS = 10_000
const FIRST_REST_MS = 2_000
const LONGEST_REST_MS = 10 * 60_000
const MOST_ANSWER_BYTES = 64_000
const MOST_WORDS = 300

const answerSchema = z.object({
  saleStopped: z.boolean().nullish(),
  ordersHeld: z.int().min(0).nullish(),
  message: z.string().nullish(),
})
const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
/** Matters of the address or of our key, and "not now": mended there or here, then it goes through. */
const NOT_NOW = new Set([401, 403, 404, 405, 408, 409, 410, 425, 429])

/**
 * Tells the shop of one cord, if one waits. It was written down before; what became of it is written down after; a crash
 * or a lost answer in between sends it again under the same idempotency key.
 * @returns false where nothing was sent
 */
export async function sendCordMessage(store: Store, target: CordTarget, now: Date): Promise<boolean> {
  const message = await takeCordMessage(store)
  if (!message) return false
  await concludeCordMessage(store, message.id, await deliver(message, target, now))
  return true
}

async function deliver(message: CordMessage, target: CordTarget, now: Date): Promise<CordDelivery> {
  const url = new URL(target.url)
  const { body, key } = message
  const later = (problem: string): CordDelivery => ({
    outcome: 'later',
    problem,
    afterMs: Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(message.attempts - 1, 12)),
  })
  try {
    const response = await sendChecked({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'idempotency-key': key,
        [SIGNATURE_HEADER]: signMessage(
          { method: 'POST', path: url.pathname + url.search, body },
          target.secret,
          now,
        ),
      },
      body,
      signal: AbortSignal.timeout(target.timeoutMs ?? TIMEOUT_MS),
      allowPrivate: target.allowPrivate,
      resolve: target.resolve,
    })
    return judge(response.statusCode ?? 0, await readText(response), later)
  } catch (error) {
    if (error instanceof CheckedRequestError) return later(error.message)
    return later('its answer broke off')
  }
}

function judge(status: number, text: string, later: (problem: string) => CordDelivery): CordDelivery {
  if (status >= 200 && status < 300) {
    const answer = answerSchema.safeParse(text.trim() === '' ? {} : parse(text))
    if (!answer.success) return later('its answer can not be read')
    const { saleStopped = null, ordersHeld = null, message = null } = answer.data
    return {
      outcome: 'done',
      answer: { saleStopped, ordersHeld, message: message?.slice(0, MOST_WORDS) ?? null },
    }
  }
  if (status >= 400 && status < 500 && !NOT_NOW.has(status)) {
    const said = refusalSchema.safeParse(parse(text))
    const why = said.success ? `${said.data.error.message} (${said.data.error.code})` : `HTTP ${status}`
    return { outcome: 'refused', problem: why.slice(0, MOST_WORDS) }
  }
  return later(`HTTP ${status}`)
}

async function readText(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    bytes += chunk.length
    if (bytes > MOST_ANSWER_BYTES) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
