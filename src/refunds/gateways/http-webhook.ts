import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { SignatureError, verifyMessage } from '../../signature.ts'
import { MAX_AMOUNT_MINOR } from '../payouts/amounts.ts'
import { type ProviderEvent, WebhookError } from './webhook.ts'

/** Signed as this path whatever stands before it: a proxy may take a part of the address away. */
const PATH = '/v1/webhooks/payments'

const id = z.string().min(1).max(255)
const eventSchema = z.object({
  id,
  type: z.string().min(1).max(100),
  data: z.object({
    refund: z
      .object({
        id,
        paymentId: id,
        metadata: z.object({ refundKey: z.string().max(255).optional() }).nullish(),
      })
      .optional(),
    dispute: z
      .object({
        id,
        paymentId: id,
        amountMinor: z.int().min(0).max(MAX_AMOUNT_MINOR),
        currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
        status: z.enum(['open', 'won', 'lost']),
        createdAt: z.coerce.date(),
      })
      .optional(),
  }),
})

/**
 * Reads a webhook of the `http` gateway, signed like our requests to it.
 * @throws WebhookError
 */
export function readPaymentsWebhook(
  body: string,
  header: string | undefined,
  secrets: readonly string[],
  now: Date,
): ProviderEvent {
  try {
    verifyMessage({ method: 'POST', path: PATH, body }, header, secrets, now)
  } catch (error) {
    if (error instanceof SignatureError) throw new WebhookError(error.fault, error.message)
    throw error
  }
  const parsed = eventSchema.safeParse(parse(body))
  if (!parsed.success) throw new WebhookError('malformed', z.prettifyError(parsed.error))
  const { refund, dispute } = parsed.data.data
  return {
    provider: 'http',
    id: parsed.data.id,
    type: parsed.data.type,
    ...(refund
      ? { refund: { id: refund.id, key: refund.metadata?.refundKey ?? null, paymentId: refund.paymentId } }
      : {}),
    ...(dispute
      ? {
          dispute: {
            id: dispute.id,
            paymentId: dispute.paymentId,
            aliasId: null,
            amountMinor: dispute.amountMinor,
            currency: dispute.currency,
            status: dispute.status,
            at: dispute.createdAt,
          },
        }
      : {}),
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
