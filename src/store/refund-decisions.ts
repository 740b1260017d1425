import { type Insertable, sql } from 'kysely'
import type { Db } from './database.ts'
import type { RefundEventRow } from './refund-events.ts'
import type { Database, RefundState } from './schema.ts'

/** An event that is still to be decided, locked until the end of this transaction. */
export function lockNewEvent(trx: Db, id: number): Promise<RefundEventRow | undefined> {
  return trx
    .selectFrom('refund_events')
    .selectAll()
    .where('id', '=', id)
    .where('state', '=', 'new')
    .forUpdate()
    .executeTakeFirst()
}

export async function markEventDecided(trx: Db, id: number): Promise<void> {
  await trx
    .updateTable('refund_events')
    .set({ state: 'decided', decided_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** What stands under a refund key already: money and a replacement, those that were given up excepted. */
export async function givenUnderKey(trx: Db, key: string) {
  const refund = await trx
    .selectFrom('refunds')
    .select(['id', 'state', 'amount_minor', 'currency'])
    .where('key', '=', key)
    .executeTakeFirst()
  const replacement = await trx
    .selectFrom('replacements')
    .select(['id', 'state'])
    .where('key', '=', key)
    .where('state', 'not in', ['failed', 'denied'])
    .executeTakeFirst()
  return { refund, replacement }
}

/**
 * Writes a decision down, once an event; one that found no rule gives way to a later one.
 * @returns its id, or null where the event was decided before
 */
export async function insertDecision(
  trx: Db,
  decision: Insertable<Database['refund_decisions']>,
): Promise<number | null> {
  const row = await trx
    .insertInto('refund_decisions')
    .values(decision)
    .onConflict((conflict) =>
      conflict
        .column('event_id')
        .where('event_id', 'is not', null)
        .doUpdateSet((eb) => ({
          kind: eb.ref('excluded.kind'),
          action: eb.ref('excluded.action'),
          sid: eb.ref('excluded.sid'),
          rule_id: eb.ref('excluded.rule_id'),
          rule_hash: eb.ref('excluded.rule_hash'),
          outcome: eb.ref('excluded.outcome'),
          amount_minor: eb.ref('excluded.amount_minor'),
          currency: eb.ref('excluded.currency'),
          limit_hit: eb.ref('excluded.limit_hit'),
          reasons: eb.ref('excluded.reasons'),
          inputs: eb.ref('excluded.inputs'),
          sentence: eb.ref('excluded.sentence'),
          at: eb.ref('excluded.at'),
        }))
        .where('refund_decisions.outcome', '=', 'no-rule'),
    )
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

export async function findRefundState(db: Db, id: number): Promise<RefundState | null> {
  const row = await db.selectFrom('refunds').select('state').where('id', '=', id).executeTakeFirst()
  return row?.state ?? null
}

/** Marks what a person decided about a refund that was left to them. */
export async function markAnswered(
  trx: Db,
  id: number,
  answer: { state?: 'denied'; userId: number },
): Promise<void> {
  await trx
    .updateTable('refunds')
    .set({ ...(answer.state ? { state: answer.state } : {}), approved_by: answer.userId })
    .where('id', '=', id)
    .execute()
}
