import { z } from 'zod'
import { callJson, type JsonAnswer, JsonCallError } from '../json-call.ts'
import {
  type Gateway,
  type GatewayRefund,
  GatewayRefusedError,
  type GatewayRequest,
  GatewayUnavailableError,
  GatewayUnknownError,
} from './gateway.ts'

const refundSchema = z.object({
  id: z.string().min(1),
  status: z.enum(['succeeded', 'pending', 'failed']),
  metadata: z.object({ refundKey: z.string().optional() }).optional(),
})
const listSchema = z.object({ data: z.array(refundSchema) })
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** Answers that say "not now" or "not with this key of yours", which later may be different. */
const NOT_NOW = new Set([401, 403, 408, 425, 429])

/**
 * Client of the sandbox payment provider: `POST /payments/refunds` with an `Idempotency-Key`, and
 * `GET /payments/refunds?refundKey=` to ask what became of one.
 */
export function createSandboxGateway(options: {
  origin: string
  apiKey: string
  timeoutMs?: number
}): Gateway {
  const { origin, apiKey, timeoutMs = 10_000 } = options
  const authorization = { authorization: `Bearer ${apiKey}` }

  async function refund(request: GatewayRequest): Promise<{ id: string; status: 'succeeded' | 'pending' }> {
    const { key, paymentId, amountMinor, currency, metadata } = request
    let answer: JsonAnswer
    try {
      answer = await callJson(new URL('/payments/refunds', origin), {
        method: 'POST',
        headers: { ...authorization, 'idempotency-key': key },
        body: { paymentId, amountMinor, currency, metadata: { ...metadata, refundKey: key } },
        timeoutMs,
      })
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      if (!error.sent) throw new GatewayUnavailableError(error.message, { cause: error })
      throw new GatewayUnknownError(`${error.message}; ask for ${key} before sending it again`, {
        cause: error,
      })
    }
    return readRefund(answer, key)
  }

  async function findByKey(key: string): Promise<GatewayRefund | null> {
    const url = new URL('/payments/refunds', origin)
    url.searchParams.set('refundKey', key)
    let answer: JsonAnswer
    try {
      answer = await callJson(url, { method: 'GET', headers: authorization, timeoutMs })
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      throw new GatewayUnavailableError(error.message, { cause: error })
    }
    const list = listSchema.safeParse(answer.json)
    if (answer.status !== 200 || !list.success) {
      throw new GatewayUnavailableError(
        `the list of refunds was answered with ${answer.status}; ask again later`,
      )
    }
    const own = list.data.data.filter(({ metadata }) => metadata?.refundKey === key)
    const best = own.find(({ status }) => status !== 'failed') ?? own[0]
    return best ? { id: best.id, status: best.status } : null
  }

  return { name: 'sandbox', refund, findByKey }
}

function readRefund(
  { status, json }: JsonAnswer,
  key: string,
): { id: string; status: 'succeeded' | 'pending' } {
  if (status === 200 || status === 201) {
    const taken = refundSchema.safeParse(json)
    if (!taken.success)
      throw new GatewayUnknownError(`the answer to ${key} can not be read; ask what became of it`)
    if (taken.data.status === 'failed') throw new GatewayRefusedError('failed', 'the refund failed at once')
    return { id: taken.data.id, status: taken.data.status }
  }
  if (NOT_NOW.has(status)) {
    throw new GatewayUnavailableError(`the payment provider answered ${status} to ${key}; ${advice(status)}`)
  }
  const refused = errorSchema.safeParse(json)
  if (status >= 400 && status < 500 && status !== 409 && refused.success) {
    throw new GatewayRefusedError(refused.data.error.code, refused.data.error.message)
  }
  throw new GatewayUnknownError(`the payment provider answered ${status} to ${key}; ask what became of it`)
}

function advice(status: number): string {
  return status === 401 || status === 403 ? 'check its API key' : 'send it again later'
}
