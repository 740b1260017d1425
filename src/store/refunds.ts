import { type Insertable, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { Database } from './schema.ts'

export interface LedgerLineRow {
  account: string
  amountMinor: number
  currency: string
}

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

/** Writes a decision down, once a session. @returns its id, or null where the session was decided before */
export async function insertDecision(
  trx: Db,
  decision: Insertable<Database['refund_decisions']>,
): Promise<number | null> {
  const row = await trx
    .insertInto('refund_decisions')
    .values(decision)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

/** Writes the intent to refund down under its key. @returns null where the key was used: no second refund */
export async function insertRefund(trx: Db, refund: Insertable<Database['refunds']>): Promise<number | null> {
  const row = await trx
    .insertInto('refunds')
    .values(refund)
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

/** Appends one balanced event of a refund to the ledger. */
export async function appendLedger(
  trx: Db,
  refundId: number,
  event: 'reserved' | 'paid' | 'failed' | 'reversed',
  lines: readonly LedgerLineRow[],
): Promise<void> {
  await trx
    .insertInto('ledger_entries')
    .values(
      lines.map((line) => ({
        refund_id: refundId,
        event,
        account: line.account,
        amount_minor: line.amountMinor,
        currency: line.currency,
      })),
    )
    .execute()
}

export async function findRefund(db: Db, id: number) {
  return db.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirst()
}
export type RefundRow = NonNullable<Awaited<ReturnType<typeof findRefund>>>

/** Marks that a reserved refund is being sent to the provider. @returns false where it is not to be sent */
export async function beginPayout(db: Db, id: number, provider: string): Promise<boolean> {
  const row = await db
    .updateTable('refunds')
    .set((eb) => ({
      state: 'sending',
      sending_at: sql<Date>`clock_timestamp()`,
      provider,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', '=', id)
    .where('state', 'in', ['reserved', 'sending'])
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** The provider took the refund: ledger, mail intent and mark in one transaction. */
export async function markPaid(
  store: Store,
  refund: RefundRow,
  paid: { providerId: string; lines: readonly LedgerLineRow[]; mail: Insertable<Database['mails']> | null },
): Promise<number | null> {
  return store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('refunds')
      .set({ state: 'paid', provider_id: paid.providerId, paid_at: sql<Date>`now()`, error: null })
      .where('id', '=', refund.id)
      .where('state', 'in', ['sending', 'pending'])
      .returning('id')
      .executeTakeFirst()
    if (!marked) return null
    await appendLedger(trx, refund.id, 'paid', paid.lines)
    await audit(trx, 'worker:payout', 'refund.paid', `refund:${refund.id}`, {
      amountMinor: refund.amount_minor,
      currency: refund.currency,
      provider: refund.provider,
      providerId: paid.providerId,
    })
    if (!paid.mail) return null
    const mail = await trx
      .insertInto('mails')
      .values(paid.mail)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('id')
      .executeTakeFirst()
    return mail?.id ?? null
  })
}

/** The provider said no: what was reserved is free again, and a person sees why. */
export async function markFailed(
  store: Store,
  refund: RefundRow,
  problem: string,
  lines: readonly LedgerLineRow[],
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('refunds')
      .set({ state: 'failed', error: problem })
      .where('id', '=', refund.id)
      .where('state', 'in', ['reserved', 'sending', 'pending'])
      .returning('id')
      .executeTakeFirst()
    if (!marked) return
    await appendLedger(trx, refund.id, 'failed', lines)
    await audit(trx, 'worker:payout', 'refund.failed', `refund:${refund.id}`)
  })
}

/** Writes down what a refund waits for. */
export async function noteRefund(
  db: Db,
  id: number,
  change: { state?: 'reserved' | 'pending'; error: string | null; providerId?: string },
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({
      error: change.error,
      ...(change.state ? { state: change.state } : {}),
      ...(change.providerId ? { provider_id: change.providerId } : {}),
    })
    .where('id', '=', id)
    .where('state', 'in', ['reserved', 'sending', 'pending'])
    .execute()
}
