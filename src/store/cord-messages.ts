import { type Selectable, type SqlBool, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store, Trx } from './database.ts'
import type { Database, ShopAnswer } from './schema.ts'

export type CordMessage = Selectable<Database['cord_messages']>

/** Longer than one attempt can take. */
const LEASE_SECONDS = 60

/** Writes down what the shop is to be told, in the transaction that decides it. */
export async function insertCordMessage(
  trx: Trx,
  message: { cordId: number; what: 'pulled' | 'resumed'; key: string; body: string },
): Promise<void> {
  const { cordId, what, key, body } = message
  await trx
    .insertInto('cord_messages')
    .values({ cord_id: cordId, what, key, body })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
}

/**
 * Takes the message that the shop is told next, for one attempt: no other process sends it meanwhile. Of one thing the
 * elder comes first, so that a stop never overtakes what came after it.
 */
export async function takeCordMessage(db: Db): Promise<CordMessage | null> {
  const { rows } = await sql<CordMessage>`
    update cord_messages m set attempts = m.attempts + 1, tried_at = now(),
      next_try_at = now() + ${LEASE_SECONDS} * interval '1 second'
    where m.id = (
      select next.id from cord_messages next join cords k on k.id = next.cord_id
      where next.state = 'waiting' and next.next_try_at <= now() and not exists (
        select 1 from cord_messages elder join cords e on e.id = elder.cord_id
        where elder.state = 'waiting' and elder.id < next.id and e.kind = k.kind and e.name = k.name)
      order by next.attempts, next.id limit 1 for update of next skip locked)
    returning m.*`.execute(db)
  return rows[0] ?? null
}

/** What became of an attempt. */
export type CordDelivery =
  | { outcome: 'done'; answer: ShopAnswer }
  | { outcome: 'refused'; problem: string }
  | { outcome: 'later'; problem: string; afterMs: number }

export async function concludeCordMessage(store: Store, id: number, delivery: CordDelivery): Promise<void> {
  await store.transaction().execute(async (trx) => {
    if (delivery.outcome === 'later') {
      await trx
        .updateTable('cord_messages')
        .set({
          problem: delivery.problem,
          next_try_at: sql<Date>`now() + ${delivery.afterMs} * interval '1 millisecond'`,
        })
        .where('id', '=', id)
        .where('state', '=', 'waiting')
        .execute()
      return
    }
    const { outcome } = delivery
    const row = await trx
      .updateTable('cord_messages')
      .set({
        state: outcome,
        problem: outcome === 'refused' ? delivery.problem : null,
        answer: outcome === 'done' ? JSON.stringify(delivery.answer) : null,
        done_at: sql<Date>`now()`,
      })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .returning(['cord_id', 'what'])
      .executeTakeFirst()
    const action = outcome === 'done' ? 'cord.taken-by-shop' : 'cord.refused-by-shop'
    if (row) await audit(trx, 'worker:andon', action, `cord:${row.cord_id}`, { what: row.what })
  })
}

/** What the shop was told about cords, in the order of the telling. */
export function messagesOfCords(db: Db, cordIds: readonly number[]): Promise<CordMessage[]> {
  if (cordIds.length === 0) return Promise.resolve([])
  return db.selectFrom('cord_messages').selectAll().where('cord_id', 'in', cordIds).orderBy('id').execute()
}

/** What the shop has not taken within five minutes. */
export function lateCordMessages(db: Db) {
  return db
    .selectFrom('cord_messages')
    .select(['cord_id', 'what', 'problem'])
    .where('state', '=', 'waiting')
    .where('created_at', '<', sql<Date>`now() - interval '5 minutes'`)
    .orderBy('id')
    .limit(20)
    .execute()
}

/**
 * A person has the shop told again, at once: what it refused, unless something was said of the same thing since, or
 * what waits for its next attempt.
 * @returns false where there is nothing to say
 */
export async function tellShopAgain(store: Store, messageId: number, actor: string): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('cord_messages')
      .set({ state: 'waiting', next_try_at: sql<Date>`now()`, done_at: null })
      .where('id', '=', messageId)
      .where('state', 'in', ['waiting', 'refused'])
      // One that is on its way at this moment has its lease.
      .where((eb) => eb.or([eb('state', '=', 'refused'), eb('problem', 'is not', null)]))
      .where(
        sql<SqlBool>`not exists (
          select 1 from cord_messages later
          join cords l on l.id = later.cord_id join cords own on own.id = cord_messages.cord_id
          where cord_messages.state = 'refused' and later.id > cord_messages.id
            and l.kind = own.kind and l.name = own.name)`,
      )
      .returning('cord_id')
      .executeTakeFirst()
    if (row) await audit(trx, actor, 'cord.told-again', `cord:${row.cord_id}`)
    return row !== undefined
  })
}
