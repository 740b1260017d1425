import { sql } from 'kysely'
import type { Db } from './database.ts'
import { WAITING_DRAFT } from './draft-states.ts'

/** Without a sign of life this long, nobody is there any more; pages give one every 15 seconds. */
export const PRESENT_MS = 40_000
/** A page without a script gives none: whoever began to write there has this long. */
export const WITHOUT_SCRIPT_MS = 10 * 60_000

/** Whoever has the network's own composer open has the case to themselves this long, whatever their pages say. */
export const COMPOSER_MS = 15 * 60_000

/** One open page of one person. */
export interface Page {
  caseId: number
  userId: number
  /** Chosen by the page; tells two windows of one person apart. */
  page: string
}

export interface Present {
  userId: number
  name: string
  writing: boolean
}

/** A sign of life from a page. @returns false where there is no such case */
export async function seePage(db: Db, { caseId, userId, page }: Page, writing: boolean): Promise<boolean> {
  const seen = await db
    .insertInto('case_presence')
    .columns(['case_id', 'user_id', 'page', 'writing'])
    .expression((eb) =>
      eb
        .selectFrom('cases')
        .select([
          'cases.id',
          sql<number>`${userId}::bigint`.as('user_id'),
          sql<string>`${page}::text`.as('page'),
          sql<boolean>`${writing}::boolean`.as('writing'),
        ])
        .where('cases.id', '=', caseId),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['case_id', 'user_id', 'page'])
        .doUpdateSet({ writing, seen_at: sql<Date>`clock_timestamp()` }),
    )
    .returning('page')
    .executeTakeFirst()
  return seen !== undefined
}

/** Forgets pages and locks whose people are gone. */
export async function forgetAbsent(db: Db): Promise<void> {
  await db.deleteFrom('case_presence').where('seen_at', '<', presentSince()).execute()
  await db.deleteFrom('draft_locks').where('expires_at', '<', sql<Date>`clock_timestamp()`).execute()
}

/** A page was closed; its person's lock goes with the last page that they wrote on. A page that only looked keeps it. */
export async function leavePage(db: Db, { caseId, userId, page }: Page): Promise<void> {
  const left = await db
    .deleteFrom('case_presence')
    .where('case_id', '=', caseId)
    .where('user_id', '=', userId)
    .where('page', '=', page)
    .returning('writing')
    .executeTakeFirst()
  if (left?.writing) await stopWriting(db, caseId, userId)
}

/**
 * Lets go of a person's locks on a case where none of their pages writes; not while they have the network's own
 * composer open.
 */
export async function stopWriting(db: Db, caseId: number, userId: number): Promise<void> {
  const writesElsewhere = db
    .selectFrom('case_presence')
    .select('page')
    .where('case_id', '=', caseId)
    .where('user_id', '=', userId)
    .where('writing', '=', true)
    .where('seen_at', '>', presentSince())
  await db
    .deleteFrom('draft_locks')
    .where('user_id', '=', userId)
    .where('draft_id', 'in', (eb) => eb.selectFrom('drafts').select('id').where('case_id', '=', caseId))
    .where((eb) => eb.not(eb.exists(writesElsewhere)))
    .where(isNotComposing)
    .execute()
}

/** Colleagues on a case besides `userId`, those who write first. */
export async function othersOn(db: Db, caseId: number, userId: number): Promise<Present[]> {
  return db
    .selectFrom('case_presence')
    .innerJoin('users', 'users.id', 'case_presence.user_id')
    .select(['users.id as userId', 'users.name', sql<boolean>`bool_or(writing)`.as('writing')])
    .where('case_id', '=', caseId)
    .where('users.id', '<>', userId)
    .where('seen_at', '>', presentSince())
    .groupBy(['users.id', 'users.name'])
    .orderBy('writing', 'desc')
    .orderBy('users.name')
    .execute()
}

/** Who holds a draft's lock now. */
export async function lockHolder(db: Db, draftId: number): Promise<{ userId: number; name: string } | null> {
  const holder = await db
    .selectFrom('draft_locks')
    .innerJoin('users', 'users.id', 'draft_locks.user_id')
    .select(['users.id as userId', 'users.name'])
    .where('draft_id', '=', draftId)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return holder ?? null
}

/**
 * Takes or keeps the lock on a draft that waits for a person.
 * @param options.forMs how long it holds without another sign of life
 * @param options.fromOthers takes it from whoever holds it
 * @returns false where somebody else holds it, or the draft waits no more
 */
export async function takeLock(
  db: Db,
  draftId: number,
  userId: number,
  options: { forMs: number; fromOthers?: boolean },
): Promise<boolean> {
  const until = sql<Date>`clock_timestamp() + ${options.forMs} * interval '1 millisecond'`
  const taken = await db
    .insertInto('draft_locks')
    .columns(['draft_id', 'user_id', 'expires_at'])
    .expression((eb) =>
      eb
        .selectFrom('drafts')
        .select(['drafts.id', sql<number>`${userId}::bigint`.as('user_id'), until.as('expires_at')])
        .where('drafts.id', '=', draftId)
        .where('drafts.state', 'in', WAITING_DRAFT),
    )
    .onConflict((conflict) =>
      conflict
        .column('draft_id')
        .doUpdateSet({
          user_id: userId,
          taken_at: sql<Date>`case when draft_locks.user_id = ${userId}
            then draft_locks.taken_at else clock_timestamp() end`,
          // Whoever wrote without a script and goes on with one loses no time.
          expires_at: sql<Date>`case when draft_locks.user_id = ${userId}
            then greatest(draft_locks.expires_at, excluded.expires_at) else excluded.expires_at end`,
        })
        .where((eb) =>
          options.fromOthers
            ? eb.lit(true)
            : eb.or([
                eb('draft_locks.user_id', '=', userId),
                eb('draft_locks.expires_at', '<=', sql<Date>`clock_timestamp()`),
              ]),
        ),
    )
    .returning('draft_id')
    .executeTakeFirst()
  return taken !== undefined
}

/** Lets go of the lock of a person who stops writing; not while they have the network's own composer open. */
export async function pauseLock(db: Db, draftId: number, userId: number): Promise<void> {
  await db
    .deleteFrom('draft_locks')
    .where('draft_id', '=', draftId)
    .where('user_id', '=', userId)
    .where(isNotComposing)
    .execute()
}

const isNotComposing = sql<boolean>`not exists (
  select from composers
  where composers.draft_id = draft_locks.draft_id and composers.user_id = draft_locks.user_id
    and composers.opened_at > clock_timestamp() - ${COMPOSER_MS} * interval '1 millisecond')`

/** Lets go of a person's lock on a draft that is decided. */
export async function dropLock(db: Db, draftId: number, userId: number): Promise<void> {
  await db.deleteFrom('draft_locks').where('draft_id', '=', draftId).where('user_id', '=', userId).execute()
}

function presentSince() {
  return sql<Date>`clock_timestamp() - ${PRESENT_MS} * interval '1 millisecond'`
}
