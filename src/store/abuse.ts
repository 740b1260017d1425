import { sql } from 'kysely'
import type { Db, Store } from './database.ts'
import { reads } from './readers.ts'
import type { Role } from './schema.ts'

/** So long a post that somebody opened stays open to them. */
const OPEN_FOR = sql`interval '30 minutes'`

/**
 * Notes that somebody opens the hidden posts of a case; what stands open to them already is not counted again.
 * @returns how many posts were opened
 */
export async function showAbuse(
  store: Store,
  { caseId, userId, postIds }: { caseId: number; userId: number; postIds: readonly number[] },
): Promise<number> {
  return store.transaction().execute(async (trx) => {
    // A click too many is one showing.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`abuse:${userId}:${caseId}`}, 0))`.execute(trx)
    const open = await shownTo(trx, caseId, userId)
    const fresh = postIds.filter((id) => !open.has(id))
    if (fresh.length === 0) return 0
    await trx
      .insertInto('abuse_showings')
      .values(fresh.map((postId) => ({ user_id: userId, case_id: caseId, post_id: postId })))
      .execute()
    return fresh.length
  })
}

/** The posts of a case that stand open to somebody now. */
export async function shownTo(db: Db, caseId: number, userId: number): Promise<Set<number>> {
  const rows = await db
    .selectFrom('abuse_showings')
    .select('post_id')
    .where('user_id', '=', userId)
    .where('case_id', '=', caseId)
    .where('at', '>', sql<Date>`now() - ${OPEN_FOR}`)
    .execute()
  return new Set(rows.map((row) => row.post_id))
}

export interface Showings {
  userId: number
  name: string
  /** A company's day, YYYY-MM-DD. */
  day: string
  posts: number
}

/** How many hidden posts each person opened on each of the company's days since `from`, by name. */
export async function showingsByDay(db: Db, timeZone: string, from: string): Promise<Showings[]> {
  const { rows } = await sql<Showings>`
    select u.id as "userId", u.name, (s.at at time zone ${timeZone})::date::text as day, count(*) as posts
    from abuse_showings s join users u on u.id = s.user_id
    where s.at >= ${from}::timestamp at time zone ${timeZone}
    group by u.id, u.name, 3
    order by u.name, u.id, 3`.execute(db)
  return rows
}

/**
 * The lead who is asked to look at the next abuse: who reads its language, was shown least of it in a week, and has
 * the fewest such cases open. null where nobody has one of these roles.
 */
export async function leadToSpare(trx: Db, roles: readonly Role[], language: string): Promise<number | null> {
  const { rows } = await sql<{ id: number; languages: string[] | null }>`
    select u.id, u.languages from users u
    where u.disabled_at is null and u.role = any(${roles}::text[])
    order by
      (select count(*) from abuse_showings s where s.user_id = u.id and s.at > now() - interval '7 days')
        + (select count(*) from cases c
           where c.assignee_id = u.id and c.state = 'open' and c.escalated_to = u.id and c.escalated_by is null),
      u.id`.execute(trx)
  const reader = rows.find((row) => reads(row.languages, language))
  return (reader ?? rows[0])?.id ?? null
}
