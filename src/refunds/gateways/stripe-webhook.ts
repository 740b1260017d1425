import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { TOLERANCE_SECONDS } from '../../signature.ts'
import type { NewDispute } from '../../store/provider-events.ts'
import { fromStripeAmount } from './stripe-amount.ts'
import { type ProviderEvent, WebhookError } from './webhook.ts'

const id = z.string().min(1).max(255)
const reference = z.union([id, z.object({ id }).transform((object) => object.id)]).nullish()

const eventSchema = z.object({
  id,
  type: z.string().min(1).max(100),
  data: z.object({ object: z.record(z.string(), z.unknown()) }),
})
const refundSchema = z.object({
  id,
  charge: reference,
  payment_intent: reference,
  metadata: z.record(z.string(), z.string()).nullish(),
})
const disputeSchema = z.object({
  id,
  amount: z.int().min(0),
  currency: z
    .string()
    .transform((code) => code.toUpperCase())
    .refine(isCurrency, 'is not an ISO 4217 currency'),
  created: z.int().min(0),
  status: z.string(),
  charge: reference,
  payment_intent: reference,
})

/** `charge.refunded` holds a charge, of which the refunds' own events tell. */
const REFUND_EVENT = /^(refund\.|charge\.refund\.updated$)/
const DISPUTE_EVENT = /^charge\.dispute\.(created|updated|closed)$/

/**
 * Reads a webhook of Stripe: the SDK verifies the signature over the raw body.
 * @param secrets of the endpoint; several while one is rolled
 * @throws WebhookError
 */
export async function readStripeWebhook(
  body: Buffer,
  header: string | undefined,
  secrets: readonly string[],
  now: Date,
): Promise<ProviderEvent> {
  const parsed = eventSchema.safeParse(await verify(body, header, secrets, now))
  if (!parsed.success) throw new WebhookError('malformed', z.prettifyError(parsed.error))
  const { type, data } = parsed.data
  const event: ProviderEvent = { provider: 'stripe', id: parsed.data.id, type }
  if (REFUND_EVENT.test(type)) {
    const refund = read(refundSchema, data.object)
    const paymentId = refund.payment_intent ?? refund.charge ?? null
    event.refund = { id: refund.id, key: refund.metadata?.refundKey ?? null, paymentId }
  }
  if (DISPUTE_EVENT.test(type)) event.dispute = readDispute(read(disputeSchema, data.object))
  return event
}

async function verify(
  body: Buffer,
  header: string | undefined,
  secrets: readonly string[],
  now: Date,
): Promise<unknown> {
  const { default: Stripe } = await import('stripe')
  const seconds = signedAt(header ?? '')
  let fault = 'it is not signed: Stripe-Signature is missing'
  for (const secret of secrets) {
    try {
      // Its own tolerance looks back only, and says the same of every fault.
      const event = Stripe.webhooks.constructEvent(body, header ?? '', secret, Number.MAX_SAFE_INTEGER)
      const skew = Math.floor(now.getTime() / 1000) - seconds
      if (Math.abs(skew) <= TOLERANCE_SECONDS) return event
      throw new WebhookError(
        'clock-skew',
        `signed ${Math.abs(skew)} s ${skew > 0 ? 'ago' : 'from now'}, and ${TOLERANCE_SECONDS} s are allowed: check this machine's clock`,
      )
    } catch (error) {
      if (error instanceof WebhookError) throw error
      if (error instanceof SyntaxError) throw new WebhookError('malformed', 'the body is not JSON')
      if (header) fault = 'the signature does not belong to this body; check STRIPE_WEBHOOK_SECRET'
    }
  }
  throw new WebhookError('forged', fault)
}

/** Of several times in a header the SDK signs with the last one, so that is the one to be held against the clock. */
function signedAt(header: string): number {
  const times = header.split(',').filter((part) => part.split('=')[0] === 't')
  return Number(/^t=(\d{1,12})$/.exec(times.at(-1) ?? '')?.[1])
}

function read<T>(schema: z.ZodType<T>, object: unknown): T {
  const parsed = schema.safeParse(object)
  if (!parsed.success) throw new WebhookError('malformed', z.prettifyError(parsed.error))
  return parsed.data
}

function readDispute(dispute: z.output<typeof disputeSchema>): NewDispute {
  const paymentId = dispute.payment_intent ?? dispute.charge
  if (!paymentId) throw new WebhookError('malformed', 'the dispute names no payment')
  return {
    id: dispute.id,
    paymentId,
    aliasId: dispute.payment_intent ? (dispute.charge ?? null) : null,
    amountMinor: fromStripeAmount(dispute.amount, dispute.currency),
    currency: dispute.currency,
    status: statusOf(dispute.status),
    at: new Date(dispute.created * 1000),
  }
}

/** An inquiry that was closed took no money. What Stripe prevented by giving the money back counts as lost. */
function statusOf(status: string): NewDispute['status'] {
  if (status === 'won' || status === 'warning_closed') return 'won'
  return status === 'lost' || status === 'prevented' ? 'lost' : 'open'
}
