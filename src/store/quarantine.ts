import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

/** Reports of players are counted and measured as they come: what was put aside of them is not read again. */
const rereadable = sql<boolean>`source not like 'cmcd:%'`

/** What could not be read and was not mended since, the latest first. */
export function listQuarantine(db: Db, limit: number) {
  return db
    .selectFrom('quarantine')
    .select(['id', 'source', 'reason', 'state', 'at', 'retried_at', rereadable.as('rereadable')])
    .where('state', '<>', 'resolved')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** How many entries wait, and how many of them can be read again. */
export function countQuarantine(db: Db) {
  return db
    .selectFrom('quarantine')
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      sql<number>`count(*) filter (where state = 'kept' and ${rereadable})`.as('rereadable'),
    ])
    .where('state', '<>', 'resolved')
    .executeTakeFirstOrThrow()
}

/**
 * Asks for entries to be read again; the listen worker of their network does it.
 * @param id one entry; null: all of them
 * @param actor 'user:7', for the audit log
 * @returns how many were marked
 */
export function retryQuarantined(store: Store, id: number | null, actor: string): Promise<number> {
  return store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('quarantine')
      .set({ state: 'retrying' })
      .where('state', '=', 'kept')
      .where(rereadable)
      .$if(id !== null, (query) => query.where('id', '=', id as number))
      .executeTakeFirst()
    const count = Number(numUpdatedRows)
    if (count > 0) await audit(trx, actor, 'quarantine.retried', `quarantine:${id ?? 'all'}`, { count })
    return count
  })
}

/** Takes entries of a network that are to be read again, for this transaction. */
export function takeQuarantined(trx: Db, network: string, limit: number) {
  return trx
    .selectFrom('quarantine')
    .select(['id', 'source', 'payload'])
    .where('state', '=', 'retrying')
    .where(sql<boolean>`split_part(source, ':', 1) = ${network}`)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** @param reason why it still can not be read; null: it was read */
export async function settleQuarantined(trx: Db, id: number, reason: string | null): Promise<void> {
  await trx
    .updateTable('quarantine')
    .set({
      state: reason === null ? 'resolved' : 'kept',
      retried_at: sql<Date>`now()`,
      ...(reason === null ? {} : { reason: reason.slice(0, 500) }),
    })
    .where('id', '=', id)
    .execute()
}
