import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, createFaults, type Fault } from '../faults.ts'
import { readBody } from '../request-body.ts'
import { openLedger, type Payment, type Refund } from './ledger.ts'

export interface PaymentsControl {
  refunds(): Refund[]
  payments(): Payment[]
  addPayment(payment: Payment): void
  /** Endpoint names: `create_refund`, `list_refunds`. */
  inject(fault: Fault): void
  clearFaults(): void
  /** As providers do after a while (Stripe: 24 hours): a key sent again then is a new request. */
  forgetIdempotencyKeys(): void
}

export interface PaymentsService {
  control: PaymentsControl
  takeFault(request: IncomingMessage): Fault | undefined
  /** Answers what stands under `/payments/` and is not a page for people; undefined for other paths. */
  handle(request: IncomingMessage, url: URL): Promise<Answer> | undefined
  close(): void
}

/** A payment provider that refunds: `POST /payments/refunds` and `GET /payments/refunds?refundKey=…`. */
export function openPayments(path: string, apiKey: string, payments: Payment[]): PaymentsService {
  const ledger = openLedger(path)
  for (const payment of payments) ledger.addPayment(payment)
  const faults = createFaults()

  async function answer(request: IncomingMessage, url: URL): Promise<Answer> {
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return refuse(401, 'invalid_api_key', 'The API key is missing or wrong.')
    if (request.method === 'GET') return listRefunds(url)
    if (request.method !== 'POST') return refuse(405, 'method_not_allowed', 'Use GET or POST.')
    return createRefund(request.headers['idempotency-key'], await readBody(request))
  }

  function listRefunds(url: URL): Answer {
    const key = url.searchParams.get('refundKey')
    const paymentId = url.searchParams.get('paymentId')
    const data = ledger
      .refunds()
      .filter(
        (refund) =>
          (key === null || refund.metadata.refundKey === key) &&
          (paymentId === null || refund.paymentId === paymentId),
      )
    return { status: 200, body: { object: 'list', data } }
  }

  function createRefund(keyHeader: string | string[] | undefined, rawBody: string | null): Answer {
    if (typeof keyHeader !== 'string' || !keyHeader || keyHeader.length > 255)
      return refuse(400, 'idempotency_key_required', 'Send an Idempotency-Key header of 1 to 255 characters.')
    if (rawBody === null) return refuse(413, 'body_too_large', 'The body is larger than 1 MB.')
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
    return ledger.addRefund(body, keyHeader, fingerprint)
  }

  return {
    control: {
      refunds: () => ledger.refunds(),
      payments: () => ledger.payments(),
      addPayment: (payment) => ledger.addPayment(payment),
      inject: (fault) => faults.inject(fault),
      clearFaults: () => faults.clear(),
      forgetIdempotencyKeys: () => ledger.forgetAnswers(),
    },
    takeFault: (request) =>
      faults.take(request.method === 'POST' ? 'create_refund' : 'list_refunds', request),
    handle: (request, url) => (url.pathname === '/payments/refunds' ? answer(request, url) : undefined),
    close: () => ledger.close(),
  }
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}

function readRefund(
  rawBody: string,
): Pick<Refund, 'paymentId' | 'amountMinor' | 'currency' | 'metadata'> | string {
  let body: Record<string, unknown>
  try {
    body = JSON.parse(rawBody)
  } catch {
    return 'The body is not JSON.'
  }
  const { paymentId, amountMinor, currency, metadata = {} } = body ?? {}
  if (typeof paymentId !== 'string') return 'paymentId must be a string.'
  if (!Number.isSafeInteger(amountMinor) || (amountMinor as number) <= 0)
    return 'amountMinor must be a positive integer.'
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    return 'currency must be an ISO 4217 code in capitals.'
  if (
    typeof metadata !== 'object' ||
    metadata === null ||
    Object.values(metadata).some((value) => typeof value !== 'string')
  )
    return 'metadata must be an object of strings.'
  return {
    paymentId,
    amountMinor: amountMinor as number,
    currency,
    metadata: metadata as Record<string, string>,
  }
}
