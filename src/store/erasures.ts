import { sql } from 'kysely'
import type { Db } from './database.ts'

/** The record of an erasure: enough to prove it and to do it again, and nothing of who it was. */
export interface ErasureRecord {
  id: number
  at: Date
  by: string
  again: boolean
  people: string[]
  counts: Record<string, number>
  exports: Record<string, unknown>[]
}

/** The latest first. */
export function listErasures(db: Db, limit: number): Promise<ErasureRecord[]> {
  return db.selectFrom('erasures').selectAll().orderBy('id', 'desc').limit(limit).execute()
}

export async function findErasure(db: Db, id: number): Promise<ErasureRecord | null> {
  const row = await db.selectFrom('erasures').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** When each person was last erased, by keyed hash. */
export async function erasedPeople(db: Db): Promise<Map<string, Date>> {
  const { rows } = await sql<{ person: string; at: Date }>`
    select person, max(at) as at from erasures cross join unnest(people) person group by 1`.execute(db)
  return new Map(rows.map(({ person, at }) => [person, at]))
}

/** Somebody of whom there is something, and since when. */
export interface Known {
  /** 'shop' for customers. */
  network: string
  id: string
  since: Date
}

const AT_ONCE = 5000

/** Everybody of whom there is something that an erasure would take, in no order and some thousand at a time. */
export async function* everybody(db: Db): AsyncGenerator<Known[]> {
  let after = { network: '', id: '' }
  for (;;) {
    const { rows } = await sql<Known>`
      select page.network, page.external_id as id, coalesce(oldest.received_at, page.seen_at) as since
      from (
        select network, external_id, seen_at from authors
        where (network, external_id) > (${after.network}, ${after.id}) and external_id not like 'erased-%'
        order by network, external_id limit ${AT_ONCE}
      ) page
      left join lateral (
        select received_at from posts
        where posts.network = page.network and posts.author_id = page.external_id and repost_of_id is null
        order by created_at limit 1
      ) oldest on true
      order by page.network, page.external_id`.execute(db)
    const last = rows.at(-1)
    if (!last) break
    yield rows
    after = last
  }
  const { rows: customers } = await sql<Known>`
    select 'shop' as network, customer_id as id, min(at) as since from (
      select customer_id, created_at as at from mails where recipient <> ''
      union all select customer_id, registered_at from streaming_sessions
      union all select customer_id, linked_at from author_links
    ) known group by customer_id`.execute(db)
  yield customers
}
