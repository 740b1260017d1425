import { sql } from 'kysely'
import type { Db } from './database.ts'

const BATCH = 2000

/** A decision's facts, as they were stored with it. */
export interface StoredInputs {
  id: number
  inputs: unknown
}

/**
 * The facts of the decisions of a time, in no order and some thousand at a time.
 * @param most of more than that the latest are taken
 */
export async function* storedInputs(
  db: Db,
  from: Date,
  to: Date,
  most: number,
): AsyncGenerator<StoredInputs[]> {
  const { rows } = await sql<{ id: number }>`
    select id from refund_decisions
    where at >= ${from} and at < ${to} and inputs ? 'order'
    order by at desc limit ${most}`.execute(db)
  for (let at = 0; at < rows.length; at += BATCH) {
    const ids = rows.slice(at, at + BATCH).map(({ id }) => id)
    yield await db.selectFrom('refund_decisions').select(['id', 'inputs']).where('id', 'in', ids).execute()
  }
}
