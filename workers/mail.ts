import { deliverMail } from '../src/mail/index.ts'
import type { Parts } from './parts.ts'

/** Sends mails to customers over SMTP. */
export function mailWorker({ store, mailer }: Parts) {
  return async (ids: string[]) => {
    for (const id of ids) await deliverMail(store, mailer, Number(id))
  }
}
