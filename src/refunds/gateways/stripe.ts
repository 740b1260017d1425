import type Stripe from 'stripe'
import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import {
  type Gateway,
  GatewayRefusedError,
  type GatewayRequest,
  GatewayUnavailableError,
  GatewayUnknownError,
  type ProviderRefund,
  requireSameMoney,
} from './gateway.ts'
import { fromStripeAmount, payableAtStripe, toStripeAmount } from './stripe-amount.ts'
import { readStripeError, readStripeListError } from './stripe-errors.ts'

/** An object, or its id where it is not expanded. */
const reference = z
  .union([z.string().min(1), z.object({ id: z.string().min(1) }).transform(({ id }) => id)])
  .nullish()

const refundSchema = z.object({
  id: z.string().min(1),
  amount: z.int().min(0),
  currency: z
    .string()
    .transform((code) => code.toUpperCase())
    .refine(isCurrency, 'is not an ISO 4217 currency'),
  created: z.int().min(0),
  status: z.string().nullish(),
  charge: reference,
  payment_intent: reference,
  metadata: z.record(z.string(), z.string()).nullish(),
})

const PAGE = 100

interface StripeOptions {
  secretKey: string
  apiOrigin?: string | null
  timeoutMs?: number
}

/**
 * Stripe, through its SDK. `paymentId` is a PaymentIntent (`pi_…`) or a charge (`ch_…`, `py_…`). The refund key is the
 * idempotency key and stands in the metadata, which is where it is found again: Stripe may forget idempotency keys
 * after 24 hours.
 * @param options.apiOrigin another server that speaks Stripe's API, for tests
 */
export function createStripeGateway(options: StripeOptions): Gateway {
  let opened: Promise<Stripe> | null = null
  const open = () => {
    opened ??= openStripe(options)
    return opened
  }

  async function refund(request: GatewayRequest): Promise<{ id: string; status: 'succeeded' | 'pending' }> {
    const { key, paymentId, amountMinor, currency, metadata } = request
    const payment = paymentParam(paymentId)
    if (!payment) {
      throw new GatewayRefusedError(
        'unknown_payment',
        `${paymentId} is no payment of Stripe; the shop's paymentId must be a pi_… or a ch_…`,
      )
    }
    const amount = toStripeAmount(amountMinor, currency)
    if (amount === null) {
      throw new GatewayRefusedError(
        'amount_not_payable',
        `Stripe can not pay ${amountMinor} minor units of ${currency}; ${payableAtStripe(amountMinor, currency)} it could`,
      )
    }
    const stripe = await open()
    let answer: unknown
    try {
      answer = await stripe.refunds.create(
        { ...payment, amount, metadata: { ...metadata, paymentId, refundKey: key } },
        { idempotencyKey: key },
      )
    } catch (error) {
      throw readStripeError(error, key)
    }
    const taken = refundSchema.safeParse(answer)
    if (!taken.success)
      throw new GatewayUnknownError(`the answer to ${key} can not be read; ask what became of it`)
    const { id, status, amountMinor: paidMinor, currency: paidIn } = readRefund(taken.data)
    // Which of its two ids the answer calls the payment by is Stripe's choice.
    requireSameMoney(request, { amountMinor: paidMinor, currency: paidIn })
    if (status === 'failed') throw new GatewayRefusedError('failed', 'the refund failed at once')
    return { id, status }
  }

  async function list(params: Stripe.RefundListParams): Promise<ProviderRefund[]> {
    const stripe = await open()
    const found: ProviderRefund[] = []
    try {
      for await (const each of stripe.refunds.list({ ...params, limit: PAGE })) {
        const parsed = refundSchema.safeParse(each)
        if (!parsed.success) {
          throw new GatewayUnavailableError('the list of refunds of Stripe can not be read; ask again later')
        }
        found.push(readRefund(parsed.data))
      }
    } catch (error) {
      throw readStripeListError(error)
    }
    return found
  }

  return {
    name: 'stripe',
    refund,
    async refundsOf(paymentId) {
      const payment = paymentParam(paymentId)
      if (!payment) return []
      try {
        return (await list(payment)).map((each) => ({ ...each, paymentId }))
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
    refundsBetween: (from, to) =>
      list({ created: { gte: Math.ceil(from.getTime() / 1000), lt: Math.ceil(to.getTime() / 1000) } }),
    payable: payableAtStripe,
  }
}

/** Loaded at the first call: 35 MB that a process without Stripe does not need. */
async function openStripe(options: StripeOptions): Promise<Stripe> {
  const { default: Sdk } = await import('stripe')
  return new Sdk(options.secretKey, {
    // Who sends again is payRefund, after it asked. With Node's http client the SDK would send once more by itself
    // when a connection breaks, whatever this says; with fetch it does not.
    maxNetworkRetries: 0,
    httpClient: Sdk.createFetchHttpClient((url, init) => fetch(url, { ...init, redirect: 'error' })),
    timeout: options.timeoutMs ?? 20_000,
    telemetry: false,
    appInfo: { name: 'Kikimimi' },
    ...addressOf(options.apiOrigin ?? null),
  })
}

function paymentParam(paymentId: string): { payment_intent: string } | { charge: string } | null {
  if (/^pi_\w+$/.test(paymentId)) return { payment_intent: paymentId }
  return /^(ch|py)_\w+$/.test(paymentId) ? { charge: paymentId } : null
}

/** Stripe does not have the payment, so it has no refund of it either. */
function isMissing(error: unknown): boolean {
  return ((error as Error).cause as { code?: string } | undefined)?.code === 'resource_missing'
}

function readRefund(refund: z.output<typeof refundSchema>): ProviderRefund {
  const { id, amount, currency, created, status, charge, payment_intent, metadata } = refund
  const ids = [payment_intent, charge].filter((one) => typeof one === 'string')
  // The shop's name for the payment, where the refund is ours: a charge has two.
  const named = ids.find((one) => one === metadata?.paymentId)
  return {
    id,
    key: metadata?.refundKey ?? null,
    paymentId: named ?? ids[0] ?? '',
    amountMinor: fromStripeAmount(amount, currency),
    currency,
    status: statusOf(status),
    createdAt: new Date(created * 1000),
  }
}

function statusOf(status: string | null | undefined): ProviderRefund['status'] {
  if (status === 'succeeded') return 'succeeded'
  // `requires_action` and what is not known yet: neither paid nor not.
  return status === 'failed' || status === 'canceled' ? 'failed' : 'pending'
}

function addressOf(origin: string | null): { host?: string; port?: string; protocol?: 'http' | 'https' } {
  if (origin === null) return {}
  const { hostname, port, protocol } = new URL(origin)
  return { host: hostname, port, protocol: protocol === 'http:' ? 'http' : 'https' }
}
