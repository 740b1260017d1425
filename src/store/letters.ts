import { type Insertable, sql } from 'kysely'
import type { Db, Trx } from './database.ts'
import type { Database, LetterAnswers, LetterEvent, LetterMail, LetterState } from './schema.ts'

export type NewLetter = Insertable<Database['letters']>

/** @returns its id, or null where a letter with its key is there already */
export async function insertLetter(trx: Trx, letter: NewLetter): Promise<number | null> {
  const row = await trx
    .insertInto('letters')
    .values(letter)
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

export async function addLetterCases(trx: Trx, letterId: number, caseIds: readonly number[]): Promise<void> {
  if (caseIds.length === 0) return
  await trx
    .insertInto('letter_cases')
    .values(caseIds.map((case_id) => ({ letter_id: letterId, case_id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** What came by mail or on paper, as it was written. @param original.receivedOn YYYY-MM-DD */
export async function insertOriginal(
  trx: Trx,
  letterId: number,
  original: { words: string; masked: string; sender: string; receivedOn: string },
): Promise<void> {
  const { receivedOn: received_on, ...words } = original
  await trx
    .insertInto('letter_originals')
    .values({ letter_id: letterId, ...words, received_on })
    .execute()
}

export async function insertVoices(
  trx: Trx,
  letterId: number,
  voices: readonly { postId: number; at: Date; language: string; text: string }[],
): Promise<void> {
  if (voices.length === 0) return
  await trx
    .insertInto('letter_voices')
    .values(
      voices.map(({ postId, at, language, text }) => ({
        letter_id: letterId,
        post_id: postId,
        at,
        language,
        text,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Moves a letter on: answered, accepted, or open again for another round. */
export async function moveLetter(
  trx: Trx,
  letterId: number,
  to: { state: 'answered' | 'accepted'; at: Date } | { state: 'open'; round: number; dueAt: Date },
): Promise<void> {
  await trx
    .updateTable('letters')
    .set(
      to.state === 'open'
        ? { state: 'open', round: to.round, due_at: to.dueAt }
        : { state: to.state, [to.state === 'answered' ? 'answered_at' : 'settled_at']: to.at },
    )
    .where('id', '=', letterId)
    .execute()
}

export async function insertVersion(
  trx: Trx,
  version: {
    letterId: number
    version: number
    round: number
    answers: LetterAnswers
    by: number | null
    sent: boolean
  },
): Promise<void> {
  await trx
    .insertInto('letter_versions')
    .values({
      letter_id: version.letterId,
      version: version.version,
      round: version.round,
      answers: JSON.stringify(version.answers),
      saved_by: version.by,
      sent: version.sent,
    })
    .execute()
}

export async function letterEvent(
  trx: Trx,
  letterId: number,
  event: { what: LetterEvent; by: number | null; round: number; note?: string | null },
): Promise<void> {
  await trx
    .insertInto('letter_events')
    .values({
      letter_id: letterId,
      what: event.what,
      by: event.by,
      round: event.round,
      note: event.note ?? null,
    })
    .execute()
}

/** Writes a mail down, to be sent once. */
export async function intendLetterMail(
  trx: Db,
  letterId: number,
  round: number,
  kind: LetterMail,
): Promise<void> {
  await trx
    .insertInto('letter_mails')
    .values({ key: `letter-${letterId}-${round}-${kind}`, letter_id: letterId, kind })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
}

/** The row of a letter, held until the transaction ends. */
export function lockLetter(trx: Trx, letterId: number) {
  return trx.selectFrom('letters').selectAll().where('id', '=', letterId).forUpdate().executeTakeFirst()
}

export async function newestVersion(db: Db, letterId: number) {
  return db
    .selectFrom('letter_versions')
    .leftJoin('users', 'users.id', 'letter_versions.saved_by')
    .select(['version', 'round', 'answers', 'saved_by', 'saved_at', 'sent', 'users.name'])
    .where('letter_id', '=', letterId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
}

/** Voices of a letter that the owner edited or left out; only what the letter has is changed. */
export async function setVoices(
  trx: Trx,
  letterId: number,
  voices: readonly { postId: number; text: string; leftOut: boolean }[],
): Promise<void> {
  for (const { postId, text, leftOut } of voices) {
    await trx
      .updateTable('letter_voices')
      .set({ text, left_out: leftOut })
      .where('letter_id', '=', letterId)
      .where('post_id', '=', postId)
      .execute()
  }
}

export interface LetterRow {
  id: number
  source: Database['letters']['source']
  department: string
  codes: string[]
  title: string
  sent_at: Date
  due_at: Date
  round: number
  state: LetterState
  sentBy: string | null
  rule: string | null
  cases: number
}

/**
 * Letters: the open ones by their clock, then those that wait for their sender, then the newest.
 * @param of.departments only theirs; left out: all
 */
export async function listLetters(
  db: Db,
  of: { departments?: readonly string[]; done: boolean },
  limit = 200,
): Promise<LetterRow[]> {
  let query = db
    .selectFrom('letters')
    .leftJoin('users', 'users.id', 'letters.sent_by')
    .select(['letters.id', 'source', 'department', 'codes', 'title', 'sent_at', 'due_at', 'round', 'state'])
    .select(['rule', 'users.name as sentBy'])
    .select((eb) =>
      eb
        .selectFrom('letter_cases')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('letter_cases.letter_id', '=', 'letters.id')
        .as('cases'),
    )
    .where('state', of.done ? '=' : '<>', 'accepted')
  if (of.departments) query = query.where('department', 'in', [...of.departments, ''])
  const rows = await query
    .orderBy(sql`letters.state`, of.done ? 'asc' : 'desc')
    .orderBy(of.done ? sql`letters.settled_at desc` : sql`letters.due_at`)
    .orderBy('letters.id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, cases: row.cases ?? 0 }))
}

/** Letters that wait for one of these departments. */
export async function countOpenLetters(db: Db, userId: number): Promise<number> {
  const row = await db
    .selectFrom('letters')
    .innerJoin('user_departments', 'user_departments.department', 'letters.department')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('letters.state', '=', 'open')
    .where('user_departments.user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return row.count
}

/** A letter with all that its page shows. */
export async function findLetter(db: Db, letterId: number) {
  const letter = await db
    .selectFrom('letters')
    .leftJoin('users', 'users.id', 'letters.sent_by')
    .selectAll('letters')
    .select('users.name as sentBy')
    .where('letters.id', '=', letterId)
    .executeTakeFirst()
  if (!letter) return null
  const [cases, voices, original, versions, events] = await Promise.all([
    db
      .selectFrom('letter_cases')
      .select('case_id as id')
      .where('letter_id', '=', letterId)
      .orderBy('case_id')
      .execute(),
    db
      .selectFrom('letter_voices')
      .select(['post_id as postId', 'at', 'language', 'text', 'left_out as leftOut'])
      .where('letter_id', '=', letterId)
      .orderBy('at')
      .orderBy('post_id')
      .execute(),
    db
      .selectFrom('letter_originals')
      .select(['words', 'masked', 'sender'])
      .select(sql<string>`to_char(received_on, 'YYYY-MM-DD')`.as('receivedOn'))
      .where('letter_id', '=', letterId)
      .executeTakeFirst(),
    db
      .selectFrom('letter_versions')
      .leftJoin('users', 'users.id', 'letter_versions.saved_by')
      .select(['version', 'round', 'answers', 'saved_by as savedBy', 'saved_at as savedAt', 'sent', 'name'])
      .where('letter_id', '=', letterId)
      .orderBy('version', 'desc')
      .execute(),
    db
      .selectFrom('letter_events')
      .leftJoin('users', 'users.id', 'letter_events.by')
      .select(['letter_events.id', 'what', 'at', 'round', 'note', 'users.name'])
      .where('letter_id', '=', letterId)
      .orderBy('letter_events.id')
      .execute(),
  ])
  return { letter, caseIds: cases.map(({ id }) => id), voices, original: original ?? null, versions, events }
}

export type LetterPage = NonNullable<Awaited<ReturnType<typeof findLetter>>>
