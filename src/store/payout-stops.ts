import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { PayoutStopKind } from './schema.ts'

/** What is in force now, the oldest first: while there is one, nothing new is sent to a payment provider. */
export function openStops(db: Db) {
  return db.selectFrom('payout_stops').selectAll().where('ended_at', 'is', null).orderBy('id').execute()
}
export type PayoutStop = Awaited<ReturnType<typeof openStops>>[number]

/** The stops of the past, the newest first. */
export function endedStops(db: Db, limit: number) {
  return db
    .selectFrom('payout_stops')
    .selectAll()
    .where('ended_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/**
 * Stops payouts, once for each kind.
 * @param actor 'user:7', 'command-line' or 'worker:sweep'
 * @returns false where such a stop is in force already
 */
export async function startStop(
  trx: Db,
  stop: { kind: PayoutStopKind; reason: string; actor: string },
): Promise<boolean> {
  const { kind, reason, actor } = stop
  const row = await trx
    .insertInto('payout_stops')
    .values({ kind, reason, started_by: actor })
    .onConflict((conflict) => conflict.column('kind').where('ended_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (row) await audit(trx, actor, 'payouts.stopped', `payout-stop:${row.id}`, { kind })
  return row !== undefined
}

/** Lets payouts go on as far as this stop is concerned. @returns false where it is over already */
export async function endStop(
  store: Store,
  stop: { id: number; actor: string; note: string | null },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('payout_stops')
      .set({ ended_by: stop.actor, ended_at: sql<Date>`now()`, end_note: stop.note })
      .where('id', '=', stop.id)
      .where('ended_at', 'is', null)
      .returning('kind')
      .executeTakeFirst()
    if (row) await audit(trx, stop.actor, 'payouts.resumed', `payout-stop:${stop.id}`, { kind: row.kind })
    return row !== undefined
  })
}
