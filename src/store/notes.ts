import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Adds a note and tells those whom it mentions. @returns its id */
export async function insertNote(
  trx: Db,
  note: { caseId: number; userId: number; text: string; mentioned: readonly number[] },
): Promise<number> {
  const { id } = await trx
    .insertInto('case_notes')
    .values({ case_id: note.caseId, user_id: note.userId, text: note.text })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (note.mentioned.length > 0) {
    await trx
      .insertInto('note_mentions')
      .values(note.mentioned.map((userId) => ({ note_id: id, user_id: userId })))
      .execute()
  }
  return id
}

/** Notes of a case, the oldest first. */
export function notesOf(db: Db, caseId: number) {
  return db
    .selectFrom('case_notes')
    .innerJoin('users', 'users.id', 'case_notes.user_id')
    .select(['case_notes.id', 'case_notes.text', 'case_notes.at', 'users.name'])
    .where('case_id', '=', caseId)
    .orderBy('case_notes.id')
    .limit(200)
    .execute()
}

/** People behind logins, whatever their case; who can not sign in is not found. */
export async function findMentioned(db: Db, logins: readonly string[]) {
  if (logins.length === 0) return []
  return db
    .selectFrom('users')
    .select(['id', 'languages'])
    .where(sql<boolean>`lower(login) = any(${logins.map((login) => login.toLowerCase())}::text[])`)
    .where('disabled_at', 'is', null)
    .execute()
}

export async function countMentions(db: Db, userId: number): Promise<number> {
  const row = await db
    .selectFrom('note_mentions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('seen_at', 'is', null)
    .executeTakeFirstOrThrow()
  return row.count
}

/** Notes that mention somebody: those not seen first, then the newest. */
export function mentionsOf(db: Db, userId: number, limit = 100) {
  return db
    .selectFrom('note_mentions')
    .innerJoin('case_notes', 'case_notes.id', 'note_mentions.note_id')
    .innerJoin('users', 'users.id', 'case_notes.user_id')
    .innerJoin('cases', 'cases.id', 'case_notes.case_id')
    .select(['case_notes.id', 'case_notes.case_id', 'case_notes.text', 'case_notes.at'])
    .select(['users.name', 'cases.code', 'cases.state', 'note_mentions.seen_at'])
    .where('note_mentions.user_id', '=', userId)
    .orderBy(sql`note_mentions.seen_at is null`, 'desc')
    .orderBy('case_notes.id', 'desc')
    .limit(limit)
    .execute()
}

/** Somebody has a case before their eyes: what its notes say to them is seen. */
export async function seeMentions(db: Db, caseId: number, userId: number): Promise<void> {
  await db
    .updateTable('note_mentions')
    .set({ seen_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where('seen_at', 'is', null)
    .where('note_id', 'in', (eb) => eb.selectFrom('case_notes').select('id').where('case_id', '=', caseId))
    .execute()
}
