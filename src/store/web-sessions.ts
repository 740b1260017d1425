import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

/** Somebody's open sessions, the one used last first. */
export async function sessionsOf(db: Db, userId: number) {
  return db
    .selectFrom('web_sessions')
    .select(['id', 'token_hash', 'browser', 'created_at', 'seen_at'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', new Date())
    .orderBy('seen_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

/** Ends one session of a person. @returns false where it is not theirs, or over */
export async function endOwnSession(store: Store, userId: number, sessionId: number): Promise<boolean> {
  const { numDeletedRows } = await store
    .deleteFrom('web_sessions')
    .where('user_id', '=', userId)
    .where('id', '=', sessionId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/**
 * Ends a person's sessions, all of them or all but one.
 * @returns how many
 */
export async function endSessions(
  store: Store,
  userId: number,
  byUserId: number,
  exceptTokenHash: string | null = null,
): Promise<number> {
  return store.transaction().execute(async (trx) => {
    let ending = trx.deleteFrom('web_sessions').where('user_id', '=', userId)
    if (exceptTokenHash !== null) ending = ending.where('token_hash', '<>', exceptTokenHash)
    const count = Number((await ending.executeTakeFirst()).numDeletedRows)
    if (count > 0) await audit(trx, `user:${byUserId}`, 'user.sessions-ended', `user:${userId}`, { count })
    return count
  })
}
