import { type Selectable, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Trx } from './database.ts'
import type { CordKind, Database } from './schema.ts'

export type CordRow = Selectable<Database['cords']>

/** What a cord is pulled for. */
export interface CordThing {
  kind: CordKind
  /** SKU, id of a title, or wrap-up code. */
  name: string
}

const nameOf = (column: 'pulled_by' | 'resumed_by') =>
  sql<string | null>`coalesce((select users.name from users
    where cords.${sql.ref(column)} = 'user:' || users.id), cords.${sql.ref(column)})`

/**
 * Pulls a cord, unless it is pulled already.
 * @param actor 'user:7', or 'policy'
 * @returns the cord; `pulled` is false where it was there before
 */
export async function insertCord(
  trx: Trx,
  cord: CordThing & { reason: string; actor: string; signalId: number | null },
): Promise<{ id: number; pulled: boolean; at: Date }> {
  const { kind, name, reason, actor, signalId } = cord
  const row = await trx
    .insertInto('cords')
    .values({ kind, name, reason, pulled_by: actor, signal_id: signalId })
    .onConflict((conflict) => conflict.columns(['kind', 'name']).where('resumed_at', 'is', null).doNothing())
    .returning(['id', 'pulled_at'])
    .executeTakeFirst()
  if (row) {
    await audit(trx, actor, 'cord.pulled', `cord:${row.id}`, { kind, thing: name })
    return { id: row.id, pulled: true, at: row.pulled_at }
  }
  const open = await trx
    .selectFrom('cords')
    .select(['id', 'pulled_at'])
    .where('kind', '=', kind)
    .where('name', '=', name)
    .where('resumed_at', 'is', null)
    .executeTakeFirst()
  // Resumed in between: now there is room for another.
  return open ? { id: open.id, pulled: false, at: open.pulled_at } : insertCord(trx, cord)
}

/** Lets go of a cord. @returns it; null where it is not pulled */
export async function endCord(
  trx: Trx,
  end: { id: number; actor: string; cause: string; fix: string; vouchedBy: string },
): Promise<CordRow | null> {
  const row = await trx
    .updateTable('cords')
    .set({
      resumed_by: end.actor,
      resumed_at: sql<Date>`now()`,
      cause: end.cause,
      fix: end.fix,
      vouched_by: end.vouchedBy,
    })
    .where('id', '=', end.id)
    .where('resumed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row) await audit(trx, end.actor, 'cord.resumed', `cord:${end.id}`, { kind: row.kind, thing: row.name })
  return row ?? null
}

/** Cords that are pulled, the latest first. */
export function openCords(db: Db) {
  return db
    .selectFrom('cords')
    .selectAll()
    .select(nameOf('pulled_by').as('pulledName'))
    .where('resumed_at', 'is', null)
    .orderBy('id', 'desc')
    .execute()
}

/** Cords of the past, the last resumed first. */
export function pastCords(db: Db, limit: number) {
  return db
    .selectFrom('cords')
    .selectAll()
    .select([nameOf('pulled_by').as('pulledName'), nameOf('resumed_by').as('resumedName')])
    .where('resumed_at', 'is not', null)
    .orderBy('resumed_at', 'desc')
    .limit(limit)
    .execute()
}

export function findCord(db: Db, id: number) {
  return db
    .selectFrom('cords')
    .selectAll()
    .select([nameOf('pulled_by').as('pulledName'), nameOf('resumed_by').as('resumedName')])
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Everything that was ever done with the cord of a thing, the newest first. */
export function historyOfThing(db: Db, { kind, name }: CordThing, limit: number) {
  return db
    .selectFrom('cords')
    .selectAll()
    .select([nameOf('pulled_by').as('pulledName'), nameOf('resumed_by').as('resumedName')])
    .where('kind', '=', kind)
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
