import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Store } from './database.ts'

/**
 * Gives somebody a number of voices to read until a day. How fast they read is never kept.
 * @param given.until YYYY-MM-DD
 * @returns false where there is no such person, or they can not sign in
 */
export async function giveReading(
  store: Store,
  given: { userId: number; by: number; count: number; codes: readonly string[]; until: string },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const person = await trx
      .selectFrom('users')
      .select('id')
      .where('id', '=', given.userId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst()
    if (!person) return false
    const { id } = await trx
      .insertInto('readings')
      .values({
        user_id: given.userId,
        given_by: given.by,
        count: given.count,
        codes: [...new Set(given.codes)],
        until: given.until,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const detail = { to: given.userId, count: given.count, codes: given.codes, until: given.until }
    await audit(trx, `user:${given.by}`, 'reading.given', `reading:${id}`, detail)
    return true
  })
}

/** Ends a reading; how far it came stays. @returns false where there was nothing to end */
export async function endReading(store: Store, readingId: number, byUserId: number): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('readings')
      .set({ ended_at: sql<Date>`now()` })
      .where('id', '=', readingId)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await audit(trx, `user:${byUserId}`, 'reading.ended', `reading:${readingId}`)
    return true
  })
}

/** Leaves a thought on a voice, or puts another in its place: one for each voice and person. */
export async function leaveThought(
  store: Store,
  thought: { userId: number; postId: number; code: string; text: string },
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const { id } = await trx
      .insertInto('thoughts')
      .values({
        user_id: thought.userId,
        post_id: thought.postId,
        code: thought.code,
        text: thought.text,
      })
      .onConflict((conflict) =>
        conflict.columns(['user_id', 'post_id']).doUpdateSet({
          text: thought.text,
          code: thought.code,
          at: sql<Date>`now()`,
          seen_at: null,
          seen_by: null,
        }),
      )
      .returning('id')
      .executeTakeFirstOrThrow()
    await audit(trx, `user:${thought.userId}`, 'thought.left', `thought:${id}`, { post: thought.postId })
  })
}

/** The owner has read a thought. @returns false where somebody has before */
export async function seeThought(store: Store, thoughtId: number, byUserId: number): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('thoughts')
      .set({ seen_at: sql<Date>`now()`, seen_by: byUserId })
      .where('id', '=', thoughtId)
      .where('seen_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await audit(trx, `user:${byUserId}`, 'thought.seen', `thought:${thoughtId}`)
    return true
  })
}
