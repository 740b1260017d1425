import { sql } from 'kysely'
import type { Db } from './database.ts'
import { WAITING_DRAFT } from './draft-states.ts'

/** After this nobody looks any more; whoever posts later says so at the desk. */
const LOOK_FOR = sql`interval '1 day'`
/** The longer ago a composer was opened, the less often it is worth a look: after a tenth of the time passed. */
const GROWTH = 0.1

/** Somebody opened the network's composer with this draft's text. The first opening counts for how far to look back. */
export async function noteComposer(db: Db, draftId: number, userId: number): Promise<void> {
  await db.deleteFrom('composers').where('opened_at', '<', sql<Date>`now() - ${LOOK_FOR}`).execute()
  await db
    .insertInto('composers')
    .values({ draft_id: draftId, user_id: userId })
    .onConflict((conflict) =>
      conflict
        .column('draft_id')
        .doUpdateSet({ user_id: userId, opened_at: sql<Date>`clock_timestamp()`, looked_at: null }),
    )
    .execute()
}

/** A composer that was opened, and for which post. */
export interface OpenComposer {
  draftId: number
  userId: number
  inReplyTo: string
  firstOpenedAt: Date
}

/**
 * Composers whose answer is due to be looked for on a network; asking counts as having looked.
 * @param leastMs never looked at more often than this
 */
export async function takeDueComposers(db: Db, network: string, leastMs: number): Promise<OpenComposer[]> {
  const { rows } = await sql<OpenComposer>`
    update composers set looked_at = clock_timestamp()
    from drafts join posts on posts.id = drafts.post_id
    where drafts.id = composers.draft_id and posts.network = ${network}
      and composers.opened_at > now() - ${LOOK_FOR}
      and (composers.looked_at is null or composers.looked_at < clock_timestamp() - greatest(
        ${leastMs} * interval '1 millisecond', (clock_timestamp() - composers.opened_at) * ${GROWTH}::float8))
    returning composers.draft_id as "draftId", composers.user_id as "userId",
      posts.external_id as "inReplyTo", composers.first_opened_at as "firstOpenedAt"`.execute(db)
  return rows
}

/** The answer was found, or is not waited for any more. */
export async function forgetComposer(db: Db, draftId: number): Promise<void> {
  await db.deleteFrom('composers').where('draft_id', '=', draftId).execute()
}

/** Who has the composer open with a draft that still waits. */
export async function composerOf(
  db: Db,
  draftId: number,
): Promise<{ userId: number; name: string; at: Date } | null> {
  const row = await db
    .selectFrom('composers')
    .innerJoin('drafts', 'drafts.id', 'composers.draft_id')
    .innerJoin('users', 'users.id', 'composers.user_id')
    .select(['composers.user_id as userId', 'users.name', 'composers.opened_at as at'])
    .where('composers.draft_id', '=', draftId)
    .where('drafts.state', 'in', WAITING_DRAFT)
    .where('composers.opened_at', '>', sql<Date>`now() - ${LOOK_FOR}`)
    .executeTakeFirst()
  return row ?? null
}

/** Says under which id a reply stands in public that a person told us of. @returns false where that is known */
export async function nameReply(trx: Db, draftId: number, externalId: string): Promise<boolean> {
  const named = await trx
    .updateTable('replies')
    .set({ external_id: externalId })
    .where('draft_id', '=', draftId)
    .where('state', '=', 'sent')
    .where('external_id', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return named !== undefined
}
