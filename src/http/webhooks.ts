import express, { type Request, type RequestHandler, type Router } from 'express'
import { refundLog } from '../log.ts'
import { webhooksTotal } from '../metrics.ts'
import type { Queues } from '../queue/index.ts'
import {
  type ProviderEvent,
  readPaymentsWebhook,
  readStripeWebhook,
  SIGNATURE_HEADER,
  WebhookError,
} from '../refunds/index.ts'
import type { Store } from '../store/database.ts'
import { recordProviderEvent } from '../store/provider-events.ts'

const BODY_LIMIT = '256kb'

/** Secrets that webhooks may be signed with; none: this provider's are not taken. */
export interface WebhookSecrets {
  stripe: readonly string[]
  payments: readonly string[]
}

/**
 * `POST /v1/webhooks/stripe` and `/v1/webhooks/payments`: what payment providers tell by themselves. An event is
 * believed for nothing but that something happened: its refund is looked up at the provider. 200 once stored, and for
 * a repeated one, of which nothing is done again; 400 with the reason for one that is forged, too old or unreadable.
 */
export function webhookRoutes(store: Store, queues: Queues, secrets: WebhookSecrets): Router {
  const router = express.Router()
  const receive =
    (
      provider: string,
      read: (request: Request, body: Buffer) => ProviderEvent | Promise<ProviderEvent>,
    ): RequestHandler =>
    async (request, response) => {
      let event: ProviderEvent
      try {
        event = await read(request, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
      } catch (error) {
        if (!(error instanceof WebhookError)) throw error
        webhooksTotal.inc({ provider, outcome: error.fault })
        refundLog.warn({ provider, fault: error.fault, reason: error.message }, 'a webhook is refused')
        response.status(400).json({ error: error.message })
        return
      }
      const recorded = await recordProviderEvent(store, event)
      webhooksTotal.inc({ provider, outcome: recorded.repeated ? 'repeated' : 'taken' })
      if (!recorded.repeated && recorded.refundId !== null) {
        await queues.enqueue('payout', [recorded.refundId])
      }
      response.json({ received: true })
    }

  const raw = express.raw({ type: () => true, limit: BODY_LIMIT })
  if (secrets.stripe.length > 0) {
    router.post(
      '/stripe',
      raw,
      receive('stripe', (request, body) =>
        readStripeWebhook(body, request.get('stripe-signature'), secrets.stripe, new Date()),
      ),
    )
  }
  if (secrets.payments.length > 0) {
    router.post(
      '/payments',
      raw,
      receive('http', (request, body) =>
        readPaymentsWebhook(body.toString(), request.get(SIGNATURE_HEADER), secrets.payments, new Date()),
      ),
    )
  }
  return router
}
