import { type Insertable, sql } from 'kysely'
import type { Db } from './database.ts'
import type { Database, RefundState } from './schema.ts'

/** Until the end of this transaction nobody else decides about this order line or this customer. */
export async function lockForDecision(trx: Db, orderLineId: string, customerId: string): Promise<void> {
  // The rules' daily caps are shared by all decisions: one at a time is checked against them.
  await sql`select pg_advisory_xact_lock(hashtextextended('refund-decisions', 0))`.execute(trx)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`refund:${orderLineId}:${customerId}`}, 0))`.execute(
    trx,
  )
}

const COUNTS_AS_REFUNDED = ['asked', 'reserved', 'sending', 'pending', 'paid', 'unknown'] as const

/** What was refunded already, for the limits of a rule. A day is UTC's. */
export async function refundHistory(trx: Db, orderLineId: string, customerId: string, currency: string) {
  const today = sql<Date>`date_trunc('day', now() at time zone 'utc') at time zone 'utc'`
  const line = await trx
    .selectFrom('refunds')
    .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('amount_minor'), sql<number>`0`).as('minor'))
    .where('order_line_id', '=', orderLineId)
    .where('state', 'in', COUNTS_AS_REFUNDED)
    .executeTakeFirstOrThrow()
  const customer = await trx
    .selectFrom('refunds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('customer_id', '=', customerId)
    .where('state', 'in', COUNTS_AS_REFUNDED)
    .where('created_at', '>=', today)
    .executeTakeFirstOrThrow()
  const rules = await trx
    .selectFrom('refunds')
    .innerJoin('refund_decisions', 'refund_decisions.id', 'refunds.decision_id')
    .select((eb) => [
      'refund_decisions.rule_id as ruleId',
      eb.fn.sum<number>('refunds.amount_minor').as('minor'),
    ])
    .where('refunds.currency', '=', currency)
    .where('refunds.state', 'in', COUNTS_AS_REFUNDED)
    .where('refunds.created_at', '>=', today)
    .groupBy('refund_decisions.rule_id')
    .execute()
  return {
    refundedOnLineMinor: Number(line.minor),
    refundsToCustomerToday: customer.count,
    refundsByRuleTodayMinor: Object.fromEntries(rules.map((row) => [row.ruleId ?? '', Number(row.minor)])),
  }
}

/**
 * Writes a decision down, once a session; one that found no rule gives way to a later one.
 * @returns its id, or null where the session was decided before
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
        .column('sid')
        .where('sid', 'is not', null)
        .doUpdateSet((eb) => ({
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

/**
 * A person grants or denies a refund that a rule left to them.
 * @returns false where it is not there to be decided (any more)
 */
export async function settleAskedRefund(
  trx: Db,
  id: number,
  state: 'reserved' | 'denied',
  userId: number,
): Promise<boolean> {
  const settled = await trx
    .updateTable('refunds')
    .set({ state, approved_by: userId })
    .where('id', '=', id)
    .where('state', '=', 'asked')
    .returning('id')
    .executeTakeFirst()
  return settled !== undefined
}

export async function findRefundState(db: Db, id: number): Promise<RefundState | null> {
  const row = await db.selectFrom('refunds').select('state').where('id', '=', id).executeTakeFirst()
  return row?.state ?? null
}
