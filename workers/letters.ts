import { mailLog } from '../src/log.ts'
import { MailRejectedError } from '../src/mail/index.ts'
import { withLock } from '../src/store/database.ts'
import { concludeLetterMail, type LetterMailToSend, letterMailsToSend } from '../src/store/letter-clock.ts'
import { ownerOf, remindOwners, sendUpByRules } from '../src/voice/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 5_000
/** After a start, what was triaged within a day is looked at once more. */
const LOOKS_BACK_MS = 24 * 60 * 60_000
const LATER_MS = 60_000

/** Sends up what rules name, reminds owners, and announces letters by mail. One process at a time. */
export function startLetters(parts: Parts): RunningWorker {
  const { store } = parts
  const { letters } = parts.letters
  let since = new Date(Date.now() - LOOKS_BACK_MS)
  return startLoop('letters', EVERY_MS, async (signal) => {
    await withLock(store, 'letters', async () => {
      since = (await sendUpByRules(store, letters, since, new Date())).since
      await remindOwners(store, letters, new Date())
      for (const mail of await letterMailsToSend(store)) {
        if (signal.aborted) return
        await sendLetterMail(parts, mail)
      }
    })
    return false
  })
}

async function sendLetterMail(parts: Parts, mail: LetterMailToSend): Promise<void> {
  const { store, mailer, chat } = parts
  const { letters, mails } = parts.letters
  const owner = ownerOf(letters, mail.department)
  const isReminder = mail.kind === 'reminder' || mail.kind === 'overdue'
  // Called off: it was answered before anybody had to be reminded.
  if (isReminder && mail.answered) return concludeLetterMail(store, mail, { state: 'rejected' })
  if (!owner) {
    const error = `templates/letters.yaml does not name the department ${mail.department} any more`
    return concludeLetterMail(store, mail, { state: 'rejected' }, error)
  }
  const language = mail.language === 'ja' ? 'ja' : 'en'
  const names = mail.codes.map((code) => letters.codes.nameOf(code)[language])
  const due = new Intl.DateTimeFormat('sv-SE', {
    timeZone: letters.timeZone(),
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(mail.dueAt)
  const { subject, text, html } = mails.render('letter', language, {
    letterKind: mail.kind,
    department: owner.name[language],
    matter: names.slice(0, 3).join(language === 'ja' ? '、' : ', '),
    letterUrl: `${chat.publicUrl}/letters/${mail.letterId}`,
    due,
  })
  const messageId = `<${mail.key}@${new URL(chat.publicUrl).hostname}>`
  try {
    await mailer.send({ to: owner.mail, messageId, subject, text, html })
  } catch (error) {
    if (error instanceof MailRejectedError) {
      return concludeLetterMail(store, mail, { state: 'rejected' }, error.message)
    }
    mailLog.warn({ err: error, letterId: mail.letterId }, 'a letter could not be announced now')
    return concludeLetterMail(store, mail, { laterMs: LATER_MS }, (error as Error).message)
  }
  await concludeLetterMail(store, mail, { state: 'sent' })
}
