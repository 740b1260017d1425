import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'

/** How many rows of which table let go of something. */
export type ForgottenRows = Record<string, number>

/** One place where something is forgotten: what its rows count under (null: they are counted elsewhere), and how. */
export type Step = [table: string | null, statement: RawBuilder<unknown>]

/** Runs the steps one after the other and adds up the rows by table. */
export async function runSteps(trx: Db, steps: readonly Step[]): Promise<ForgottenRows> {
  const rows: ForgottenRows = {}
  for (const [table, statement] of steps) {
    const { numAffectedRows } = await statement.execute(trx)
    if (table !== null && numAffectedRows) rows[table] = (rows[table] ?? 0) + Number(numAffectedRows)
  }
  return rows
}

/**
 * Lets go of the words of posts wherever they were repeated: pictures, triage's reasons, the search, quotations in
 * answers of others, reposts, contacts and chat. What we wrote ourselves stays. Belongs in a transaction.
 * @param why 'deleted': the network does not have them any more; 'aged': their time is over
 */
export async function forgetWords(
  trx: Db,
  postIds: readonly number[],
  why: 'deleted' | 'aged',
): Promise<ForgottenRows> {
  return postIds.length === 0 ? {} : runSteps(trx, wordSteps(await withReposts(trx, postIds), why))
}

/** A repost holds the words of the post that it repeats. */
export async function withReposts(trx: Db, postIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select again.id from posts
    join posts again on again.network = posts.network and again.repost_of_id = posts.external_id
    where posts.id = any(${postIds}::bigint[])`.execute(trx)
  return [...new Set([...postIds, ...rows.map(({ id }) => id)])]
}

/** The steps of `forgetWords` for posts and their reposts. */
export function wordSteps(postIds: readonly number[], why: 'deleted' | 'aged'): Step[] {
  const ids = sql`any(${postIds}::bigint[])`
  const quotedIn = (key: string, column: string) => sql`
    update posts set context = posts.context - ${key}
    from posts original
    where original.id = ${ids} and posts.network = original.network
      and posts.${sql.ref(column)} = original.external_id and posts.context ? ${key}`
  return [
    [
      'image_cache',
      sql`
      delete from image_cache where url_hash in (
        select encode(sha256(convert_to(picture ->> 'url', 'utf8')), 'hex')
        from posts cross join lateral jsonb_array_elements(posts.media) picture
        where posts.id = ${ids} and jsonb_typeof(posts.media) = 'array')`,
    ],
    ['posts', quotedIn('repliesTo', 'reply_to_id')],
    ['posts', quotedIn('quotes', 'quoted_id')],
    ['post_words', sql`delete from post_words where post_id = ${ids}`],
    ['posts_to_index', sql`delete from posts_to_index where post_id = ${ids}`],
    [
      'triages',
      sql`
      update triages set reasons = '[]', entities = '[]'
      where post_id = ${ids} and (reasons <> '[]' or entities <> '[]')`,
    ],
    ['letter_voices', sql`delete from letter_voices where post_id = ${ids}`],
    [
      'contacts',
      sql`
      update contacts set text = null, amended_at = now()
      where kind in ('post', 'correction') and ref = any(${postIds.map(String)}::text[]) and text is not null`,
    ],
    [
      'chat_messages',
      sql`
      update chat_messages set words = null, error = null
      where id in (
        select unnest(array[told.id, told.summed_in])
        from chat_news join chat_messages told on told.news_id = chat_news.id where chat_news.post_id = ${ids})
        and (words is not null or error is not null)`,
    ],
    [
      'posts',
      sql`
      update posts set text = '', media = '[]', context = '{}', erased_at = coalesce(erased_at, now()),
        deleted_at = ${why === 'deleted' ? sql`coalesce(deleted_at, now())` : sql`deleted_at`}
      where id = ${ids}`,
    ],
  ]
}
