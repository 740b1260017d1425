import { mailLog } from '../log.ts'
import { mailsTotal } from '../metrics.ts'
import { type Store, withLock } from '../store/database.ts'
import { concludeMail, findMailToSend } from '../store/mails.ts'
import { type Mailer, MailRejectedError } from './mailer.ts'

export type MailOutcome =
  | { outcome: 'sent' | 'rejected' | 'done' }
  /** The mail server could not be used now; nothing is wrong with the mail. */
  | { outcome: 'later'; reason: string; delayMs: number }

const SHORTEST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 5 * 60_000

/**
 * Sends a mail that was written down before. SMTP can not be asked whether it took a mail: after a crash in
 * between the mail goes out again, under the same Message-ID.
 */
export async function deliverMail(store: Store, mailer: Mailer, mailId: number): Promise<MailOutcome> {
  const outcome = await withLock(store, `mail:${mailId}`, async (): Promise<MailOutcome> => {
    const mail = await findMailToSend(store, mailId)
    if (!mail) return { outcome: 'done' }
    try {
      await mailer.send({
        to: mail.recipient,
        messageId: mail.message_id,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
      })
    } catch (error) {
      if (error instanceof MailRejectedError) {
        await concludeMail(store, mailId, 'rejected', error.message)
        return { outcome: 'rejected' }
      }
      mailLog.warn({ err: error, mailId }, 'mail server could not be used')
      const ageMs = Date.now() - mail.created_at.getTime()
      const delayMs = Math.min(Math.max(ageMs / 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
      return { outcome: 'later', reason: (error as Error).message, delayMs }
    }
    await concludeMail(store, mailId, 'sent', null)
    return { outcome: 'sent' }
  })
  if (outcome?.outcome === 'sent' || outcome?.outcome === 'rejected')
    mailsTotal.inc({ outcome: outcome.outcome })
  return outcome ?? { outcome: 'done' }
}
