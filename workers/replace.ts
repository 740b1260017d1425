import { ComeBackLater } from '../src/queue/index.ts'
import { sendReplacement } from '../src/refunds/index.ts'
import { replacementMails } from './customer-mail.ts'
import type { Parts } from './parts.ts'

/** Has the shop send a piece again and writes the mail that tells the customer. */
export function replaceWorker({ store, refunds, queues, config }: Parts) {
  return async (ids: string[]) => {
    if (!refunds) return
    const writeMail = replacementMails({ ...refunds, from: config.mailFrom })
    for (const id of ids) {
      const result = await sendReplacement(store, refunds.shop, Number(id), writeMail)
      if (result.outcome === 'later') throw new ComeBackLater(result.reason, result.delayMs)
      if (result.outcome === 'sent' && result.mailId !== null) await queues.enqueue('mail', [result.mailId])
    }
  }
}
