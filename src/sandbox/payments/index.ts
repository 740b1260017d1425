import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, createFaults, type Fault } from '../faults.ts'
import { readBody } from '../request-body.ts'
import { type Dispute, openLedger, type Payment, type Refund } from './ledger.ts'
import { readRefund } from './read-refund.ts'
import { signatureFault } from './signature.ts'
import { createWebhooks, type SentWebhook } from './webhooks.ts'

export interface PaymentsControl {
  refunds(): Refund[]
  payments(): Payment[]
  addPayment(payment: Payment): void
  /** Endpoint names: `create_refund`, `list_refunds`. */
  inject(fault: Fault): void
  clearFaults(): void
  /** As providers do after a while (Stripe: 24 hours): a key sent again then is a new request. */
  forgetIdempotencyKeys(): void
  /** The next so many refunds are taken and stay pending, until `settlePending` or `failLater`. */
  makePending(times: number): void
  /** Pending refunds went through: one, or all of them. */
  settlePending(refundId?: string): void
  /** A refund comes to nothing after it was taken, even after it had succeeded. */
  failLater(refundId: string): void
  /** Somebody refunds by hand, in the provider's own pages. */
  refundByOther(refund: { paymentId: string; amountMinor: number }): Refund
  /** A customer objects at the bank; of all that was paid unless told. */
  openDispute(dispute: { paymentId: string; amountMinor?: number }): Dispute
  closeDispute(id: string, status: 'won' | 'lost'): void
  disputes(): Dispute[]
  /** Where events go from now on; null (as at the start): nowhere. */
  sendWebhooksTo(url: string | null): void
  webhooks(): SentWebhook[]
}

export interface PaymentsService {
  control: PaymentsControl
  signingSecret: string
  webhookSecret: string
  takeFault(request: IncomingMessage): Fault | undefined
  /** Answers what stands under `/payments/` and is not a page for people; undefined for other paths. */
  handle(request: IncomingMessage, url: URL): Promise<Answer> | undefined
  close(): Promise<void>
}

const PAGE = 100

/**
 * A payment provider that speaks what docs/gateways.md says of the `http` gateway, under `/payments`: signed
 * `POST /refunds` and `GET /refunds?paymentId=` or `?from=&to=`, and signed webhooks.
 */
export function openPayments(path: string, apiKey: string, payments: Payment[]): PaymentsService {
  const ledger = openLedger(path)
  for (const payment of payments) ledger.addPayment(payment)
  const faults = createFaults()
  // Derived, so that folders of earlier versions have them too.
  const derive = (what: string) => createHmac('sha256', apiKey).update(what).digest('base64url')
  const signingSecret = derive('requests')
  const webhookSecret = derive('webhooks')
  const webhooks = createWebhooks(webhookSecret)
  let pendingNext = 0

  async function answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const { method = '' } = request
    const rawBody = method === 'GET' ? '' : await readBody(request)
    if (rawBody === null) return refuse(413, 'body_too_large', 'The body is larger than 1 MB.')
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return refuse(401, 'invalid_api_key', 'The API key is missing or wrong.')
    const header = request.headers['kikimimi-signature']
    const signed = typeof header === 'string' ? header : undefined
    const path = `${url.pathname}${url.search}`
    // The key itself signs where a client has no secret for it.
    const fault = signatureFault(signed, method, path, rawBody, [signingSecret, apiKey])
    if (fault) return refuse(401, fault.code, fault.message)
    if (method === 'GET') return listRefunds(url.searchParams)
    if (method !== 'POST') return refuse(405, 'method_not_allowed', 'Use GET or POST.')
    return createRefund(request.headers['idempotency-key'], rawBody)
  }

  function listRefunds(query: URLSearchParams): Answer {
    const paymentId = query.get('paymentId')
    const from = query.get('from')
    const to = query.get('to')
    if (paymentId === null && (from === null || to === null))
      return refuse(400, 'invalid_request', 'Ask for paymentId, or for from and to.')
    const all = ledger
      .refunds()
      .filter(
        (refund) =>
          (paymentId === null || refund.paymentId === paymentId) &&
          (from === null || Date.parse(refund.createdAt) >= Date.parse(from)) &&
          (to === null || Date.parse(refund.createdAt) < Date.parse(to)),
      )
    const start = Number(query.get('cursor') ?? 0)
    const end = start + PAGE
    return {
      status: 200,
      body: { data: all.slice(start, end), nextCursor: end < all.length ? String(end) : null },
    }
  }

  function createRefund(keyHeader: string | string[] | undefined, rawBody: string): Answer {
    if (typeof keyHeader !== 'string' || !keyHeader || keyHeader.length > 255)
      return refuse(400, 'idempotency_key_required', 'Send an Idempotency-Key header of 1 to 255 characters.')
    const fingerprint = createHash('sha256').update(rawBody).digest('hex')
    const stored = ledger.answerFor(keyHeader)
    if (stored && stored.fingerprint !== fingerprint)
      return refuse(409, 'idempotency_key_reused', 'This Idempotency-Key was used with another body before.')
    if (stored) return { ...stored.answer, headers: { 'idempotent-replayed': 'true' } }

    const body = readRefund(rawBody)
    if (typeof body === 'string') return refuse(400, 'invalid_request', body)
    const payment = ledger.payment(body.paymentId)
    if (!payment) return refuse(404, 'payment_not_found', `There is no payment ${body.paymentId}.`)
    if (payment.currency !== body.currency)
      return refuse(400, 'currency_mismatch', `Payment ${payment.id} was made in ${payment.currency}.`)
    const left = payment.amountMinor - ledger.refundedMinor(payment.id)
    if (body.amountMinor > left)
      return refuse(
        402,
        'amount_exceeds_payment',
        `Of payment ${payment.id} only ${left} ${payment.currency} (minor units) are left to refund.`,
      )
    const status = pendingNext > 0 ? 'pending' : 'succeeded'
    pendingNext = Math.max(0, pendingNext - 1)
    const taken = ledger.addRefund(body, status, keyHeader, fingerprint)
    webhooks.send('refund.created', { refund: taken.refund })
    return taken.answer
  }

  function setStatus(id: string, status: Refund['status'], type: string): void {
    if (!ledger.refund(id)) throw new Error(`there is no refund ${id}`)
    ledger.setRefundStatus(id, status)
    webhooks.send(type, { refund: ledger.refund(id) })
  }

  function paymentOf(id: string): Payment {
    const payment = ledger.payment(id)
    if (!payment) throw new Error(`there is no payment ${id}`)
    return payment
  }

  return {
    signingSecret,
    webhookSecret,
    control: {
      refunds: () => ledger.refunds(),
      payments: () => ledger.payments(),
      addPayment: (payment) => ledger.addPayment(payment),
      inject: (fault) => faults.inject(fault),
      clearFaults: () => faults.clear(),
      forgetIdempotencyKeys: () => ledger.forgetAnswers(),
      makePending: (times) => {
        pendingNext = times
      },
      settlePending(refundId) {
        for (const { id, status } of ledger.refunds()) {
          if (status === 'pending' && (refundId === undefined || id === refundId))
            setStatus(id, 'succeeded', 'refund.succeeded')
        }
      },
      failLater: (refundId) => setStatus(refundId, 'failed', 'refund.failed'),
      refundByOther({ paymentId, amountMinor }) {
        const { currency } = paymentOf(paymentId)
        const refund = ledger.addRefundByOther({ paymentId, amountMinor, currency })
        webhooks.send('refund.created', { refund })
        return refund
      },
      openDispute({ paymentId, amountMinor }) {
        const payment = paymentOf(paymentId)
        const dispute = ledger.addDispute({
          paymentId,
          amountMinor: amountMinor ?? payment.amountMinor,
          currency: payment.currency,
        })
        webhooks.send('dispute.created', { dispute })
        return dispute
      },
      closeDispute(id, status) {
        ledger.setDisputeStatus(id, status)
        webhooks.send('dispute.closed', { dispute: ledger.dispute(id) })
      },
      disputes: () => ledger.disputes(),
      sendWebhooksTo: (url) => webhooks.setTarget(url),
      webhooks: () => webhooks.sent(),
    },
    takeFault: (request) =>
      faults.take(request.method === 'POST' ? 'create_refund' : 'list_refunds', request),
    handle: (request, url) => (url.pathname === '/payments/refunds' ? answer(request, url) : undefined),
    async close() {
      await webhooks.close()
      ledger.close()
    },
  }
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}
