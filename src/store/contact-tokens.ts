import { sql } from 'kysely'
import { hashToken, newToken } from '../tokens.ts'
import { audit } from './audit.ts'
import type { Store } from './database.ts'

/** How often it is written down that a token was used. */
const USED_EVERY_S = 60
export const TOKEN_DAYS = { least: 1, most: 730, usual: 365 } as const

export interface ContactToken {
  id: number
  name: string
  /** Whether it may read masked texts, pseudonyms and case numbers. */
  texts: boolean
}

/** Makes a token of the JSON API. Only its hash is kept: it is shown once. @param by 'user:7' or 'command-line' */
export async function makeContactToken(
  store: Store,
  { name, texts, days, by }: { name: string; texts: boolean; days: number; by: string },
): Promise<{ id: number; token: string }> {
  const token = `kkm_${newToken()}`
  return store.transaction().execute(async (trx) => {
    const { id } = await trx
      .insertInto('contact_tokens')
      .values({
        name,
        texts,
        token_hash: hashToken(token),
        made_by: by,
        expires_at: new Date(Date.now() + days * 86_400_000),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await audit(trx, by, 'contact-token.made', `contact-token:${id}`, { texts, days })
    return { id, token }
  })
}

/** Ends a token at once. @returns false where there is none, or it ended before */
export async function endContactToken(store: Store, id: number, by: string): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const ended = await trx
      .updateTable('contact_tokens')
      .set({ ended_at: new Date(), ended_by: by })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!ended) return false
    await audit(trx, by, 'contact-token.ended', `contact-token:${id}`)
    return true
  })
}

/** The token that a caller shows, while it is valid. */
export async function findContactToken(store: Store, token: string): Promise<ContactToken | null> {
  const row = await store
    .selectFrom('contact_tokens')
    .select(['id', 'name', 'texts', 'used_at'])
    .where('token_hash', '=', hashToken(token))
    .where('ended_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  if (!row) return null
  if (row.used_at === null || Date.now() - row.used_at.getTime() > USED_EVERY_S * 1000) {
    await store
      .updateTable('contact_tokens')
      .set({ used_at: sql<Date>`now()` })
      .where('id', '=', row.id)
      .execute()
  }
  return { id: row.id, name: row.name, texts: row.texts }
}

/** Tokens that are valid or ended lately, the newest first. */
export function listContactTokens(store: Store) {
  return store
    .selectFrom('contact_tokens')
    .select([
      'id',
      'name',
      'texts',
      'made_by',
      'created_at',
      'expires_at',
      'used_at',
      'ended_at',
      sql<boolean>`ended_at is null and expires_at > now()`.as('valid'),
    ])
    .where(sql<boolean>`coalesce(ended_at, expires_at) > now() - interval '90 days'`)
    .orderBy('id', 'desc')
    .execute()
}
