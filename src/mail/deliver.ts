import { mailsTotal } from '../metrics.ts'
import { type Store, withLock } from '../store/database.ts'
import { concludeMail, findMailToSend } from '../store/mails.ts'
import { type Mailer, MailRejectedError } from './mailer.ts'

/**
 * Sends a mail that was written down before. SMTP can not be asked whether it took a mail: after a crash in
 * between the mail goes out again, under the same Message-ID.
 * @throws where trying again may help
 */
export async function deliverMail(
  store: Store,
  mailer: Mailer,
  mailId: number,
): Promise<'sent' | 'rejected' | 'done'> {
  const outcome = await withLock(store, `mail:${mailId}`, async () => {
    const mail = await findMailToSend(store, mailId)
    if (!mail) return 'done' as const
    try {
      await mailer.send({
        to: mail.recipient,
        messageId: mail.message_id,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
      })
    } catch (error) {
      if (!(error instanceof MailRejectedError)) throw error
      await concludeMail(store, mailId, 'rejected', error.message)
      return 'rejected' as const
    }
    await concludeMail(store, mailId, 'sent', null)
    return 'sent' as const
  })
  if (outcome === 'sent' || outcome === 'rejected') mailsTotal.inc({ outcome })
  return outcome ?? 'done'
}
