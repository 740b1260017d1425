import { sql } from 'kysely'
import type { Db, Store } from './database.ts'
import { forgetWords } from './forget-words.ts'

export interface PostToLookAt {
  id: number
  externalId: string
}

/** Stored posts of others that still have words, those whose last look is longest ago first. */
export async function postsToLookAt(
  db: Db,
  network: string,
  afterMs: number,
  limit: number,
): Promise<PostToLookAt[]> {
  const { rows } = await sql<PostToLookAt>`
    select id, external_id as "externalId" from posts
    where network = ${network} and erased_at is null and not own
      and coalesce(looked_at, received_at) < now() - make_interval(secs => ${afterMs / 1000})
    order by coalesce(looked_at, received_at) limit ${limit}`.execute(db)
  return rows
}

/** Writes down what the network said: who is gone loses their words, everywhere, in one transaction. */
export async function recordLook(
  store: Store,
  network: string,
  seen: { looked: readonly number[]; gone: readonly number[]; microUsd: number },
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await sql`update posts set looked_at = now() where id = any(${seen.looked}::bigint[])`.execute(trx)
    await forgetWords(trx, seen.gone, 'deleted')
    await sql`
      insert into looks_again as old (day, network, looked, gone, micro_usd)
      values ((now() at time zone 'utc')::date, ${network}, ${seen.looked.length}, ${seen.gone.length}, ${seen.microUsd})
      on conflict (day, network) do update set looked = old.looked + excluded.looked, gone = old.gone + excluded.gone,
        micro_usd = old.micro_usd + excluded.micro_usd, last_at = now()`.execute(trx)
  })
}

/** What looking again cost on this UTC day. */
export async function lookedForMicroUsd(db: Db, network: string): Promise<number> {
  const { rows } = await sql<{ micro_usd: number }>`
    select micro_usd from looks_again
    where network = ${network} and day = (now() at time zone 'utc')::date`.execute(db)
  return rows[0]?.micro_usd ?? 0
}

/** Counts the posts that nobody looked at within a day, for Operations. */
export async function noteWaitingLooks(db: Db, network: string): Promise<void> {
  await sql`
    insert into looks_again as old (day, network, waiting)
    select (now() at time zone 'utc')::date, ${network}, count(*) from posts
    where network = ${network} and erased_at is null and not own
      and coalesce(looked_at, received_at) < now() - interval '24 hours'
    on conflict (day, network) do update set waiting = excluded.waiting, last_at = now()`.execute(db)
}

export interface LooksOfDay {
  network: string
  looked: number
  gone: number
  microUsd: number
  /** Posts that nobody looked at within a day, and all that have words. */
  waiting: number
  lastAt: Date
}

/** Of each network the latest day on which somebody looked. */
export async function listLooks(db: Db): Promise<LooksOfDay[]> {
  const { rows } = await sql<LooksOfDay>`
    select distinct on (network) network, looked, gone, micro_usd as "microUsd", waiting, last_at as "lastAt"
    from looks_again order by network, day desc`.execute(db)
  return rows
}
