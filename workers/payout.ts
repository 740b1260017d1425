import { ComeBackLater } from '../src/queue/index.ts'
import { payRefund } from '../src/refunds/index.ts'
import { refundMails } from './customer-mail.ts'
import type { Parts } from './parts.ts'

/** Pays reserved refunds through the provider and writes the mail that tells the customer. */
export function payoutWorker({ store, refunds, queues, config }: Parts) {
  return async (ids: string[]) => {
    if (!refunds) return
    const writeMail = refundMails({ ...refunds, from: config.mailFrom })
    for (const id of ids) {
      const result = await payRefund(store, refunds.gateways, Number(id), writeMail)
      if (result.outcome === 'later') throw new ComeBackLater(result.reason, result.delayMs)
      if (result.outcome === 'paid' && result.mailId !== null) await queues.enqueue('mail', [result.mailId])
    }
  }
}
