import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import Stripe from 'stripe'
import { onTestFinished } from 'vitest'

export interface StripePayment {
  /** `pi_…` */
  id: string
  /** `ch_…` */
  charge: string
  /** Stripe's units. */
  amount: number
  currency: string
}

export interface StripeRefund {
  id: string
  object: 'refund'
  amount: number
  currency: string
  created: number
  status: string
  charge: string
  payment_intent: string
  metadata: Record<string, string>
}

export interface StripeDispute {
  id: string
  object: 'dispute'
  amount: number
  currency: string
  created: number
  status: string
  charge: string
  payment_intent: string
}

/**
 * What happens to the next `POST /v1/refunds`. `drop-before`, `429`, `401`: nothing was done. `drop-after`, `hang-after`:
 * the refund was made and the answer does not arrive. `500`, `402`: stored under the key. `500-after`: the refund was made
 * and a 500 is stored. `slow`: half a second, in which the key is in use.
 */
export type StripeFault =
  | 'drop-before'
  | 'drop-after'
  | 'hang-after'
  | 'cut-answer'
  | '500'
  | '500-after'
  | '503-html'
  | '402'
  | '429'
  | 'lock-timeout'
  | '401'
  | 'slow'

interface StoredAnswer {
  fingerprint: string
  /** null while the request is carried out. */
  answer: { status: number; body: unknown } | null
}

export interface StripeServer {
  origin: string
  secretKey: string
  webhookSecret: string
  /** `METHOD /path?query`, in order; of a POST, its idempotency key behind it. */
  requests: string[]
  refunds(): StripeRefund[]
  addPayment(payment: Partial<StripePayment>): StripePayment
  /** Strikes the next request, of refunds made or (with 'list') of lists. */
  fault(fault: StripeFault, of?: 'create' | 'list'): void
  /** Stripe may forget a key once it is 24 hours old. */
  forgetKeys(): void
  /** The next refund stays in this status. */
  nextStatus(status: 'pending' | 'requires_action'): void
  settle(refundId: string, status: 'succeeded' | 'failed' | 'canceled'): StripeRefund
  refundByOther(paymentId: string, amount: number): StripeRefund
  openDispute(paymentId: string, amount?: number): StripeDispute
  closeDispute(id: string, status: 'won' | 'lost' | 'warning_closed'): StripeDispute
  /** An event as Stripe posts it: the raw body and its signature, really made. */
  event(
    type: string,
    object: object,
    options?: { id?: string; secret?: string; at?: Date },
  ): { body: string; signature: string }
}

/** A server on loopback that behaves as Stripe's documentation says of refunds, idempotency, lists and webhooks. */
export async function startStripe(): Promise<StripeServer> {
  const secretKey = 'sk_test_0123456789abcdefghijklmn'
  const payments: StripePayment[] = []
  const refunds: StripeRefund[] = []
  const disputes: StripeDispute[] = []
  const keys = new Map<string, StoredAnswer>()
  const faults: { create: StripeFault[]; list: StripeFault[] } = { create: [], list: [] }
  const requests: string[] = []
  let status = 'succeeded'

  const findPayment = (id: string | null) =>
    payments.find((payment) => payment.id === id || payment.charge === id)

  function left(payment: StripePayment): number {
    const gone = refunds.filter(
      ({ payment_intent, status }) =>
        payment_intent === payment.id && status !== 'failed' && status !== 'canceled',
    )
    return payment.amount - gone.reduce((sum, refund) => sum + refund.amount, 0)
  }

  function makeRefund(
    payment: StripePayment,
    amount: number,
    metadata: Record<string, string>,
  ): StripeRefund {
    const refund: StripeRefund = {
      id: `re_${randomBytes(9).toString('hex')}`,
      object: 'refund',
      amount,
      currency: payment.currency,
      created: Math.floor(Date.now() / 1000),
      status,
      charge: payment.charge,
      payment_intent: payment.id,
      metadata,
    }
    status = 'succeeded'
    refunds.unshift(refund)
    return refund
  }

  function carryOut(form: URLSearchParams): { status: number; body: unknown } {
    const payment = findPayment(form.get('payment_intent') ?? form.get('charge'))
    const name = form.has('charge') ? 'charge' : 'payment_intent'
    if (!payment) return missing(name, form.get(name) ?? '')
    const amount = Number(form.get('amount') ?? left(payment))
    if (!Number.isSafeInteger(amount) || amount <= 0) {
      return problem(400, 'invalid_request_error', 'parameter_invalid_integer', 'Invalid integer: amount')
    }
    if (left(payment) === 0) {
      const message = `Charge ${payment.charge} has already been refunded.`
      return problem(400, 'invalid_request_error', 'charge_already_refunded', message)
    }
    if (amount > left(payment)) {
      const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left(payment)})`
      return problem(400, 'invalid_request_error', undefined, message)
    }
    return { status: 200, body: makeRefund(payment, amount, metadataOf(form)) }
  }

  async function create(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const key = String(request.headers['idempotency-key'] ?? '')
    const fault = faults.create.shift()
    if (fault === 'drop-before') return void request.socket.destroy()
    if (fault === '401') {
      return send(
        response,
        problem(401, 'invalid_request_error', undefined, 'Invalid API Key provided: sk_t****'),
      )
    }
    if (fault === '429') {
      return send(response, problem(429, 'invalid_request_error', 'rate_limit', 'Too many requests'))
    }
    if (fault === 'lock-timeout') {
      return send(
        response,
        problem(429, 'invalid_request_error', 'lock_timeout', 'This object cannot be accessed right now'),
      )
    }
    if (fault === '503-html') {
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html>Service Unavailable</html>')
      return
    }
    const stored = keys.get(key)
    if (stored && stored.fingerprint !== body) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
      return send(response, problem(400, 'idempotency_error', undefined, message))
    }
    if (stored?.answer === null) {
      const message = `There is currently another in-progress request using this Idempotent Key: ${key}`
      return send(response, problem(409, 'idempotency_error', 'idempotency_key_in_use', message))
    }
    if (stored?.answer) return send(response, stored.answer, { 'idempotent-replayed': 'true' })

    const entry: StoredAnswer = { fingerprint: body, answer: null }
    keys.set(key, entry)
    if (fault === 'slow') await new Promise((done) => setTimeout(done, 500))
    const form = new URLSearchParams(body)
    if (fault === '500') entry.answer = problem(500, 'api_error', undefined, 'An unknown error occurred')
    else if (fault === '402')
      entry.answer = problem(402, 'card_error', 'expired_card', 'The card has expired.')
    else entry.answer = carryOut(form)
    if (fault === '500-after')
      entry.answer = problem(500, 'api_error', undefined, 'An unknown error occurred')
    if (fault === 'drop-after') return void request.socket.destroy()
    if (fault === 'hang-after') return
    if (fault === 'cut-answer') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '400' })
      response.write('{"id": "re_')
      return void setTimeout(() => request.socket.destroy(), 20)
    }
    send(response, entry.answer)
  }

  /** null: the connection is cut. */
  function list(url: URL): { status: number; body: unknown } | null {
    const fault = faults.list.shift()
    if (fault === 'drop-before') return null
    if (fault === '500') return problem(500, 'api_error', undefined, 'An unknown error occurred')
    if (fault === '429') return problem(429, 'invalid_request_error', 'rate_limit', 'Too many requests')
    const query = url.searchParams
    for (const name of ['payment_intent', 'charge']) {
      const id = query.get(name)
      if (id !== null && !findPayment(id)) return missing(name, id)
    }
    const limit = Number(query.get('limit') ?? 10)
    const found = refunds.filter(
      (refund) =>
        matches(query.get('payment_intent'), refund.payment_intent) &&
        matches(query.get('charge'), refund.charge) &&
        refund.created >= Number(query.get('created[gte]') ?? 0) &&
        refund.created < Number(query.get('created[lt]') ?? Number.POSITIVE_INFINITY),
    )
    const after = query.get('starting_after')
    const start = after === null ? 0 : found.findIndex(({ id }) => id === after) + 1
    const data = found.slice(start, start + limit)
    return {
      status: 200,
      body: { object: 'list', url: '/v1/refunds', data, has_more: start + limit < found.length },
    }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stripe')
    const key = request.headers['idempotency-key']
    requests.push(`${request.method} ${request.url}${key ? ` ${key}` : ''}`)
    const body = await text(request)
    if (request.headers.authorization !== `Bearer ${secretKey}`) {
      const message = `Invalid API Key provided: ${request.headers.authorization?.slice(7, 14)}****`
      return send(response, problem(401, 'invalid_request_error', undefined, message))
    }
    if (url.pathname !== '/v1/refunds') return send(response, missing('url', url.pathname))
    if (request.method === 'POST') return create(request, response, body)
    const answer = list(url)
    if (answer) send(response, answer)
    else request.socket.destroy()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })

  const webhookSecret = `whsec_${randomBytes(16).toString('hex')}`
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretKey,
    webhookSecret,
    requests,
    refunds: () => [...refunds],
    addPayment(given) {
      const id = given.id ?? `pi_${randomBytes(9).toString('hex')}`
      const payment = { charge: id.replace('pi_', 'ch_'), amount: 1000, currency: 'usd', ...given, id }
      payments.push(payment)
      return payment
    },
    fault: (fault, of = 'create') => void faults[of].push(fault),
    forgetKeys: () => keys.clear(),
    nextStatus(next) {
      status = next
    },
    settle(refundId, next) {
      const refund = refunds.find(({ id }) => id === refundId)
      if (!refund) throw new Error(`there is no refund ${refundId}`)
      refund.status = next
      return refund
    },
    refundByOther(paymentId, amount) {
      const payment = findPayment(paymentId)
      if (!payment) throw new Error(`there is no payment ${paymentId}`)
      return makeRefund(payment, amount, {})
    },
    openDispute(paymentId, amount) {
      const payment = findPayment(paymentId)
      if (!payment) throw new Error(`there is no payment ${paymentId}`)
      const dispute: StripeDispute = {
        id: `du_${randomBytes(9).toString('hex')}`,
        object: 'dispute',
        amount: amount ?? payment.amount,
        currency: payment.currency,
        created: Math.floor(Date.now() / 1000),
        status: 'needs_response',
        charge: payment.charge,
        payment_intent: payment.id,
      }
      disputes.push(dispute)
      return dispute
    },
    closeDispute(id, next) {
      const dispute = disputes.find((one) => one.id === id)
      if (!dispute) throw new Error(`there is no dispute ${id}`)
      dispute.status = next
      return dispute
    },
    event(type, object, options = {}) {
      const id = options.id ?? `evt_${randomBytes(9).toString('hex')}`
      const at = Math.floor((options.at ?? new Date()).getTime() / 1000)
      const body = JSON.stringify({ id, object: 'event', type, created: at, data: { object } }, null, 2)
      const secret = options.secret ?? webhookSecret
      return {
        body,
        signature: Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: at }),
      }
    },
  }
}

function send(
  response: ServerResponse,
  answer: { status: number; body: unknown },
  headers: Record<string, string> = {},
): void {
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'request-id': `req_${randomBytes(7).toString('hex')}`,
    ...headers,
  })
  response.end(JSON.stringify(answer.body))
}

function problem(status: number, type: string, code: string | undefined, message: string) {
  return { status, body: { error: { type, ...(code ? { code } : {}), message } } }
}

function missing(param: string, id: string) {
  return problem(404, 'invalid_request_error', 'resource_missing', `No such ${param}: '${id}'`)
}

function metadataOf(form: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const field = /^metadata\[(.+)\]$/.exec(name)?.[1]
      return field ? [[field, value]] : []
    }),
  )
}

function matches(wanted: string | null, has: string): boolean {
  return wanted === null || wanted === has
}
