import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { Role } from './schema.ts'

/** A post without words, or in a language that nobody could tell: everybody may be able to read it. */
export const UNKNOWN_LANGUAGE = 'und'

/**
 * Whether somebody reads a language.
 * @param languages what they said they read; none, or never asked: everything
 */
export function reads(languages: readonly string[] | null, language: string): boolean {
  return !languages?.length || language === UNKNOWN_LANGUAGE || languages.includes(language)
}

/** True of cases in these languages, and of those whose language is unknown; null or none: of all. */
export function isReadable(languages: readonly string[] | null | undefined) {
  if (!languages?.length) return sql<boolean>`true`
  return sql<boolean>`cases.language = any(${[...languages, UNKNOWN_LANGUAGE]}::text[])`
}

/** Who may be given a case; undefined where this person can not sign in or has none of these roles. */
export function findColleague(db: Db, userId: number, roles: readonly Role[]) {
  return db
    .selectFrom('users')
    .select(['id', 'name', 'languages'])
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .where('role', 'in', roles)
    .executeTakeFirst()
}

/**
 * Says which languages somebody reads; none: all of them.
 * @returns false where there is no such person
 */
export async function setReads(
  store: Store,
  userId: number,
  languages: readonly string[],
  byUserId: number,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const before = await trx
      .selectFrom('users')
      .select('languages')
      .where('id', '=', userId)
      .forUpdate()
      .executeTakeFirst()
    if (!before) return false
    const after = [...new Set(languages)].sort()
    await trx.updateTable('users').set({ languages: after }).where('id', '=', userId).execute()
    const said = before.languages ?? []
    if (said.join() !== after.join()) {
      const detail = { before: said.join(', '), after: after.join(', ') }
      await audit(trx, `user:${byUserId}`, 'user.languages-changed', `user:${userId}`, detail)
    }
    return true
  })
}
