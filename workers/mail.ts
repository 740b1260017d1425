import { deliverMail } from '../src/mail/index.ts'
import { ComeBackLater } from '../src/queue/index.ts'
import type { Parts } from './parts.ts'

/** Sends mails to customers over SMTP; a server that is away is waited for. */
export function mailWorker({ store, mailer }: Parts) {
  return async (ids: string[]) => {
    for (const id of ids) {
      const result = await deliverMail(store, mailer, Number(id))
      if (result.outcome === 'later') throw new ComeBackLater(result.reason, result.delayMs)
    }
  }
}
