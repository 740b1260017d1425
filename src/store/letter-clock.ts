import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import { intendLetterMail, letterEvent } from './letters.ts'
import type { LetterMail } from './schema.ts'

/** Open letters whose clock runs out before a moment, and those whose clock has run out: each told once a round. */
export async function lettersToRemind(db: Db, before: Date, now: Date) {
  const { rows } = await sql<{ id: number; round: number; overdue: boolean }>`
    select l.id, l.round, l.due_at <= ${now} as overdue from letters l
    where l.state = 'open' and l.due_at <= ${before} and not exists (
      select from letter_mails m where m.letter_id = l.id
        and m.key = 'letter-' || l.id || '-' || l.round || case when l.due_at <= ${now} then '-overdue' else '-reminder' end)
    order by l.due_at limit 200`.execute(db)
  return rows
}

/** Writes a reminder down: for the history, and as a mail. */
export async function remindOf(
  store: Store,
  letter: { id: number; round: number; overdue: boolean },
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const what = letter.overdue ? 'overdue' : 'reminded'
    await intendLetterMail(trx, letter.id, letter.round, letter.overdue ? 'overdue' : 'reminder')
    await letterEvent(trx, letter.id, { what, by: null, round: letter.round })
    await audit(
      trx,
      'worker:letters',
      letter.overdue ? 'letter.overdue' : 'letter.reminded',
      `letter:${letter.id}`,
      { round: letter.round },
    )
  })
}

export interface LetterMailToSend {
  id: number
  key: string
  kind: LetterMail
  letterId: number
  department: string
  codes: string[]
  language: string
  dueAt: Date
  /** The letter was answered in the meantime: a reminder has nothing to say any more. */
  answered: boolean
}

/** Mails that wait, the oldest first. */
export async function letterMailsToSend(db: Db, limit = 20): Promise<LetterMailToSend[]> {
  const { rows } = await sql<LetterMailToSend>`
    select m.id, m.key, m.kind, l.id as "letterId", l.department, l.codes, l.language, l.due_at as "dueAt",
      l.state <> 'open' as answered
    from letter_mails m join letters l on l.id = m.letter_id
    where m.state = 'intent' and m.next_try_at <= now() order by m.id limit ${limit}`.execute(db)
  return rows
}

/** Says what became of a mail; one that could not be sent now waits. */
export async function concludeLetterMail(
  store: Store,
  mail: { id: number; letterId: number },
  outcome: { state: 'sent' | 'rejected' } | { laterMs: number },
  error: string | null = null,
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    if ('laterMs' in outcome) {
      const next = new Date(Date.now() + outcome.laterMs)
      await trx
        .updateTable('letter_mails')
        .set({ next_try_at: next, error })
        .where('id', '=', mail.id)
        .execute()
      return
    }
    await trx
      .updateTable('letter_mails')
      .set({
        state: outcome.state,
        error,
        sent_at: outcome.state === 'sent' ? sql<Date>`now()` : null,
      })
      .where('id', '=', mail.id)
      .where('state', '=', 'intent')
      .execute()
    const action = outcome.state === 'sent' ? 'letter.mail-sent' : 'letter.mail-rejected'
    await audit(trx, 'worker:letters', action, `letter:${mail.letterId}`)
  })
}

/** Mails about letters that their server refused for good: the department may not know. */
export async function refusedLetterMails(db: Db, letterId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('letter_mails')
    .select('error')
    .where('letter_id', '=', letterId)
    .where('state', '=', 'rejected')
    .where('error', 'is not', null)
    .execute()
  return rows.map(({ error }) => error ?? '')
}
