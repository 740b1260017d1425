import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

const nameOf = (column: 'started_by' | 'ended_by') =>
  sql<string | null>`coalesce((select users.name from users
    where crises.${sql.ref(column)} = 'user:' || users.id), crises.${sql.ref(column)})`

/** The crisis that is on now: nothing is answered automatically. */
export async function openCrisis(db: Db) {
  const row = await db
    .selectFrom('crises')
    .select(['id', 'reason', 'started_by', 'started_at'])
    .select(nameOf('started_by').as('startedName'))
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row ?? null
}

/** The crises of the past, the newest first. */
export function listCrises(db: Db, limit: number) {
  return db
    .selectFrom('crises')
    .select(['id', 'reason', 'started_at', 'ended_at', 'end_note'])
    .select([nameOf('started_by').as('startedName'), nameOf('ended_by').as('endedName')])
    .where('ended_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/**
 * Stops every automatic reply, in every process; what was approved by itself and has not left comes back to the desk.
 * @param actor 'user:7' or 'command-line'
 * @returns false where a crisis is on already
 */
export async function startCrisis(store: Store, crisis: { reason: string; actor: string }): Promise<boolean> {
  const { reason, actor } = crisis
  return store.transaction().execute(async (trx) => {
    const row = await trx
      .insertInto('crises')
      .values({ reason, started_by: actor })
      .onConflict((conflict) => conflict.expression(sql`(true)`).where('ended_at', 'is', null).doNothing())
      .returning('id')
      .executeTakeFirst()
    if (row) await audit(trx, actor, 'crisis.started', `crisis:${row.id}`, {})
    return row !== undefined
  })
}

/** Lets policy decide again. @returns false where no crisis is on */
export async function endCrisis(store: Store, end: { note: string; actor: string }): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('crises')
      .set({ ended_by: end.actor, ended_at: sql<Date>`now()`, end_note: end.note })
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (row) await audit(trx, end.actor, 'crisis.ended', `crisis:${row.id}`, {})
    return row !== undefined
  })
}
