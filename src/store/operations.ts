import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import { countDeadLetters, listUnsettled } from './dead-letters.ts'
import { readModelReport } from './model-calls.ts'
import { countQuarantine, listQuarantine } from './quarantine.ts'

/** What the people who keep this running look at. */
export async function operations(db: Db) {
  const [sources, deadLetters, dead, quarantine, quarantined, spend, heartbeats, model] = await Promise.all([
    db.selectFrom('sources').selectAll().orderBy('id').limit(100).execute(),
    listUnsettled(db, 100),
    countDeadLetters(db),
    listQuarantine(db, 50),
    countQuarantine(db),
    sql<{ network: string; kind: string; today: number; month: number; calls: number }>`
      select network, kind, coalesce(sum(micro_usd) filter (where day = (now() at time zone 'utc')::date), 0)::bigint as today,
        sum(micro_usd)::bigint as month, sum(charges)::bigint as calls
      from api_spend where day >= date_trunc('month', now() at time zone 'utc')::date
      group by network, kind order by network, kind`.execute(db),
    db.selectFrom('heartbeats').selectAll().orderBy('process').orderBy('worker').limit(200).execute(),
    readModelReport(db),
  ])
  return { sources, deadLetters, dead, quarantine, quarantined, spend: spend.rows, heartbeats, model }
}

/**
 * Takes note of posts that a network can not give any more.
 * @param warning as the person read it: one that came meanwhile stays
 * @param actor 'user:7', for the audit log
 */
export async function dismissWarning(
  store: Store,
  sourceId: string,
  warning: string,
  actor: string,
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('sources')
      .set({ warning: null })
      .where('id', '=', sourceId)
      .where('warning', '=', warning)
      .executeTakeFirst()
    if (numUpdatedRows > 0n) await audit(trx, actor, 'source.warning-dismissed', `source:${sourceId}`)
  })
}
