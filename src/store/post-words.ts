import { sql } from 'kysely'
import type { Store } from './database.ts'
import { gramsOf } from './grams.ts'

const AT_ONCE = 1000

/**
 * Finds the words of posts that the search does not know by index yet, the oldest first; any number may do so at once.
 * @returns how many: fewer than a thousand where nothing is left
 */
export async function indexPosts(store: Store): Promise<{ indexed: number; more: boolean }> {
  return store.transaction().execute(async (trx) => {
    const { rows } = await sql<{ post_id: number; text: string | null }>`
      with taken as (
        delete from posts_to_index where post_id in (
          select post_id from posts_to_index order by post_id limit ${AT_ONCE} for update skip locked)
        returning post_id)
      select taken.post_id, posts.text from taken left join posts on posts.id = taken.post_id`.execute(trx)
    const known = rows.flatMap(({ post_id, text }) =>
      text === null ? [] : [{ post_id, grams: gramsOf(text) }],
    )
    await sql`
      insert into post_words (post_id, grams)
      select new.* from json_to_recordset(${JSON.stringify(known)}::json) as new (post_id bigint, grams int[])
      on conflict (post_id) do nothing`.execute(trx)
    return { indexed: rows.length, more: rows.length === AT_ONCE }
  })
}
