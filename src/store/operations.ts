import { sql } from 'kysely'
import type { Db } from './database.ts'
import { listUnsettled } from './dead-letters.ts'

/** What the people who keep this running look at. */
export async function operations(db: Db) {
  const [sources, deadLetters, quarantine, spend, heartbeats] = await Promise.all([
    db.selectFrom('sources').selectAll().orderBy('id').limit(100).execute(),
    listUnsettled(db, 100),
    db
      .selectFrom('quarantine')
      .select(['id', 'source', 'reason', 'at', 'retried_at'])
      .orderBy('id', 'desc')
      .limit(50)
      .execute(),
    sql<{ network: string; kind: string; today: number; month: number; calls: number }>`
      select network, kind, coalesce(sum(micro_usd) filter (where day = (now() at time zone 'utc')::date), 0)::bigint as today,
        sum(micro_usd)::bigint as month, count(*) as calls
      from api_charges where day >= date_trunc('month', now() at time zone 'utc')::date
      group by network, kind order by network, kind`.execute(db),
    db.selectFrom('heartbeats').selectAll().orderBy('process').orderBy('worker').limit(200).execute(),
  ])
  return { sources, deadLetters, quarantine, spend: spend.rows, heartbeats }
}
