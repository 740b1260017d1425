import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { SIGNATURE_HEADER, signMessage } from '../../signature.ts'
import { MAX_AMOUNT_MINOR } from '../payouts/amounts.ts'
import { callJson, type JsonAnswer, JsonCallError } from '../shop/json-call.ts'
import {
  type Gateway,
  GatewayRefusedError,
  type GatewayRequest,
  GatewayUnavailableError,
  GatewayUnknownError,
  type ProviderRefund,
  requireSameMoney,
} from './gateway.ts'

const takenSchema = z.object({ id: z.string().min(1), status: z.enum(['succeeded', 'pending', 'failed']) })
/** What an answer repeats of the request, it must repeat rightly. */
const answerSchema = takenSchema.extend({
  paymentId: z.string().optional(),
  amountMinor: z.number().optional(),
  currency: z.string().optional(),
})
const listSchema = z.object({
  data: z.array(
    takenSchema
      .extend({
        paymentId: z.string().min(1),
        amountMinor: z.int().min(0).max(MAX_AMOUNT_MINOR),
        currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
        createdAt: z.coerce.date(),
        metadata: z.object({ refundKey: z.string().optional() }).nullish(),
      })
      .transform(({ metadata, ...refund }) => ({ ...refund, key: metadata?.refundKey ?? null })),
  ),
  nextCursor: z.string().min(1).nullish(),
})
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** Answers that say "not now" or "not with this key of yours", which later may be different. */
const NOT_NOW = new Set([401, 403, 408, 425, 429])
/** A list that goes on for longer is not believed to end. */
const MOST_PAGES = 1000

/**
 * A payment system of the shop's own, as docs/gateways.md describes it: signed requests to `POST /refunds` with an
 * `Idempotency-Key`, and `GET /refunds?paymentId=` or `?from=&to=`, page by page.
 * @param options.origin where its API is, a path included: `https://pay.example/api`
 * @param options.signingSecret signs requests; the API key where there is none
 */
export function createHttpGateway(options: {
  origin: string
  apiKey: string
  signingSecret?: string | null
  timeoutMs?: number
}): Gateway {
  const { apiKey, timeoutMs = 10_000 } = options
  const secret = options.signingSecret ?? apiKey
  const base = `${options.origin.replace(/\/+$/, '')}/refunds`

  function call(method: 'GET' | 'POST', url: URL, body?: unknown, headers: Record<string, string> = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const message = { method, path: `${url.pathname}${url.search}`, body: text ?? '' }
    return callJson(url, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        [SIGNATURE_HEADER]: signMessage(message, secret, new Date()),
        ...headers,
      },
      ...(text === undefined ? {} : { text }),
      timeoutMs,
    })
  }

  async function refund(request: GatewayRequest): Promise<{ id: string; status: 'succeeded' | 'pending' }> {
    const { key, paymentId, amountMinor, currency, metadata } = request
    const body = { paymentId, amountMinor, currency, metadata: { ...metadata, refundKey: key } }
    try {
      return readRefund(await call('POST', new URL(base), body, { 'idempotency-key': key }), request)
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      if (!error.sent) throw new GatewayUnavailableError(error.message, { cause: error })
      throw new GatewayUnknownError(`${error.message}; ask for ${key} before it is sent again`, {
        cause: error,
      })
    }
  }

  async function list(query: Record<string, string>): Promise<ProviderRefund[]> {
    const found: ProviderRefund[] = []
    const seen = new Set<string>()
    for (let cursor: string | null = null; ; ) {
      const page = await readPage({ ...query, ...(cursor === null ? {} : { cursor }) })
      found.push(...page.data)
      if (!page.nextCursor) return found
      if (seen.has(page.nextCursor) || seen.size >= MOST_PAGES) {
        throw new GatewayUnavailableError(
          'the list of refunds does not end; its nextCursor must lead to a last page',
        )
      }
      seen.add(page.nextCursor)
      cursor = page.nextCursor
    }
  }

  async function readPage(query: Record<string, string>): Promise<z.output<typeof listSchema>> {
    const url = new URL(base)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    let answer: JsonAnswer
    try {
      answer = await call('GET', url)
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      throw new GatewayUnavailableError(error.message, { cause: error })
    }
    const page = listSchema.safeParse(answer.json)
    if (answer.status === 200 && page.success) return page.data
    const fault = page.error?.issues[0]
    throw new GatewayUnavailableError(
      answer.status === 200
        ? `the list of refunds can not be read: ${fault?.path.join('.')}: ${fault?.message}`
        : `the list of refunds was answered with ${answer.status}; ${advice(answer.status)}`,
    )
  }

  return {
    name: 'http',
    refund,
    refundsOf: async (paymentId) =>
      // What a system lists that does not know the parameter is not of this payment.
      (await list({ paymentId })).filter((each) => each.paymentId === paymentId),
    refundsBetween: async (from, to) =>
      (await list({ from: from.toISOString(), to: to.toISOString() })).filter(
        ({ createdAt }) => createdAt >= from && createdAt < to,
      ),
  }
}

function readRefund(
  { status, json }: JsonAnswer,
  request: GatewayRequest,
): { id: string; status: 'succeeded' | 'pending' } {
  const { key } = request
  if (status === 200 || status === 201) {
    const taken = answerSchema.safeParse(json)
    if (!taken.success)
      throw new GatewayUnknownError(`the answer to ${key} can not be read; ask what became of it`)
    requireSameMoney(request, taken.data)
    if (taken.data.status === 'failed') throw new GatewayRefusedError('failed', 'the refund failed at once')
    return { id: taken.data.id, status: taken.data.status }
  }
  if (NOT_NOW.has(status)) {
    throw new GatewayUnavailableError(`the payment provider answered ${status} to ${key}; ${advice(status)}`)
  }
  const refused = errorSchema.safeParse(json)
  if (status >= 400 && status < 500 && status !== 409 && refused.success) {
    throw new GatewayRefusedError(refused.data.error.code, refused.data.error.message.slice(0, 300))
  }
  throw new GatewayUnknownError(`the payment provider answered ${status} to ${key}; ask what became of it`)
}

function advice(status: number): string {
  return status === 401 || status === 403
    ? 'check PAYMENTS_API_KEY, PAYMENTS_SIGNING_SECRET and the clocks'
    : 'ask again later'
}
