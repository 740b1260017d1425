import { type Insertable, type SqlBool, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { NewMail } from './mails.ts'
import type { Database } from './schema.ts'

const UNSETTLED = ['reserved', 'sending', 'pending'] as const
/** The same, and those of which a person is to find out. */
const UNANSWERED = [...UNSETTLED, 'unknown'] as const

export interface LedgerLineRow {
  account: string
  amountMinor: number
  currency: string
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

/** Appends one balanced event of a refund's current round to the ledger. */
export async function appendLedger(
  trx: Db,
  refund: { id: number; round: number },
  event: 'reserved' | 'paid' | 'failed' | 'reversed',
  lines: readonly LedgerLineRow[],
): Promise<void> {
  await trx
    .insertInto('ledger_entries')
    .values(
      lines.map((line) => ({
        refund_id: refund.id,
        round: refund.round,
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

/** The refund that stands under a key, as far as a decision needs it. */
export function findRefundByKey(db: Db, key: string) {
  return db
    .selectFrom('refunds')
    .select(['id', 'state', 'amount_minor', 'currency'])
    .where('key', '=', key)
    .executeTakeFirst()
}
export type RefundUnderKey = NonNullable<Awaited<ReturnType<typeof findRefundByKey>>>

/** From now on the provider's answer about a refund is wanted. */
export async function startWaiting(trx: Db, id: number): Promise<void> {
  await trx
    .updateTable('refunds')
    .set({ waiting_since: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute()
}

/**
 * Marks that a refund is being sent to the provider, unless payouts are stopped: the stop of an unusual rate lets
 * through what a person agreed to, the others nothing.
 * @returns false where it is not to be sent, or does not stand as it was read any more; what the provider took once
 * is never sent again
 */
export async function beginPayout(
  db: Db,
  refund: Pick<RefundRow, 'id' | 'state' | 'round'>,
  provider: string,
): Promise<boolean> {
  const row = await db
    .updateTable('refunds')
    .set((eb) => ({
      state: 'sending',
      sending_at: sql<Date>`clock_timestamp()`,
      waiting_since: sql<Date>`case when state = 'reserved' then clock_timestamp() else waiting_since end`,
      provider,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', '=', refund.id)
    .where('state', '=', refund.state)
    .where('state', 'in', ['reserved', 'sending'])
    .where('round', '=', refund.round)
    .where('provider_id', 'is', null)
    .where((eb) => eb.not(eb.exists(stopsHolding(db))))
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** The stop that keeps a refund from being sent, if there is one. */
export function holdingStop(db: Db, id: number) {
  return db
    .selectFrom('refunds')
    .innerJoin('payout_stops', (join) => join.on('payout_stops.ended_at', 'is', null))
    .select(['payout_stops.kind', 'payout_stops.reason'])
    .where('refunds.id', '=', id)
    .where(holds)
    .orderBy('payout_stops.id')
    .limit(1)
    .executeTakeFirst()
}

function stopsHolding(db: Db) {
  return db
    .selectFrom('payout_stops')
    .select('payout_stops.id')
    .where('payout_stops.ended_at', 'is', null)
    .where(holds)
}

const holds = sql<boolean>`
  (payout_stops.kind <> 'unusual-rate' or (refunds.approved_by is null and refunds.granted_by is null))`

/** Every refund of a payment that we know, with the round it is in and how it stands. */
export function refundsOfPayment(db: Db, paymentId: string) {
  return db
    .selectFrom('refunds')
    .select(['key', 'round', 'state', 'provider_id'])
    .where('payment_id', '=', paymentId)
    .execute()
}

/** What others had refunded of the payment, as far as it was weighed. */
export async function noteOthers(db: Db, id: number, othersMinor: number): Promise<void> {
  await db.updateTable('refunds').set({ others_minor: othersMinor }).where('id', '=', id).execute()
}

/** The provider was asked after it had said that something changed. */
export async function noteRechecked(db: Db, refund: RefundRow): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ recheck_at: null })
    .where('id', '=', refund.id)
    // JavaScript's times end at milliseconds: what was said after this one was read stays.
    .where(sql<SqlBool>`date_trunc('milliseconds', recheck_at) <= ${refund.recheck_at}`)
    .execute()
}

/** A paid refund came back: the money is ours again, and a person sees to the customer. */
export async function markReversed(
  store: Store,
  refund: RefundRow,
  problem: string,
  lines: readonly LedgerLineRow[],
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('refunds')
      .set({ state: 'failed', error: problem, reversed_at: sql<Date>`now()`, recheck_at: null })
      .where('id', '=', refund.id)
      .where('state', '=', 'paid')
      .where('round', '=', refund.round)
      .returning('id')
      .executeTakeFirst()
    if (!marked) return false
    await appendLedger(trx, refund, 'reversed', lines)
    await audit(trx, 'worker:payout', 'refund.reversed', `refund:${refund.id}`)
    return true
  })
}

/** The provider took the refund: ledger, mail intent and mark in one transaction. */
export async function markPaid(
  store: Store,
  refund: RefundRow,
  paid: { providerId: string; lines: readonly LedgerLineRow[]; mail: NewMail | null },
): Promise<number | null> {
  return store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('refunds')
      .set({ state: 'paid', provider_id: paid.providerId, paid_at: sql<Date>`now()`, error: null })
      .where('id', '=', refund.id)
      .where('state', 'in', UNANSWERED)
      .where('round', '=', refund.round)
      .returning('id')
      .executeTakeFirst()
    if (!marked) return null
    await appendLedger(trx, refund, 'paid', paid.lines)
    await audit(trx, 'worker:payout', 'refund.paid', `refund:${refund.id}`, {
      amountMinor: refund.amount_minor,
      currency: refund.currency,
      provider: refund.provider,
      providerId: paid.providerId,
    })
    return paid.mail ? insertMail(trx, paid.mail) : null
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
      .where('state', 'in', UNANSWERED)
      .where('round', '=', refund.round)
      .returning('id')
      .executeTakeFirst()
    if (!marked) return
    await appendLedger(trx, refund, 'failed', lines)
    await audit(trx, 'worker:payout', 'refund.failed', `refund:${refund.id}`)
  })
}

/** Nobody can tell whether it was paid: the money stays reserved until a person settles it. */
export async function markUnknown(store: Store, id: number, problem: string): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('refunds')
      .set({ state: 'unknown', error: problem })
      .where('id', '=', id)
      .where('state', 'in', UNSETTLED)
      .returning('id')
      .executeTakeFirst()
    if (marked) await audit(trx, 'worker:payout', 'refund.unknown', `refund:${id}`)
    return marked !== undefined
  })
}

/** Writes down what a refund waits for. */
export async function noteRefund(db: Db, id: number, error: string): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ error })
    .where('id', '=', id)
    .where('state', 'in', UNSETTLED)
    .execute()
}

/** A refund that failed stands at the provider after all: a person is told what to do about it. */
export async function noteStanding(db: Db, id: number, error: string): Promise<void> {
  await db.updateTable('refunds').set({ error }).where('id', '=', id).where('state', '=', 'failed').execute()
}

/** The provider has the refund and is not done with it. */
export async function notePending(db: Db, id: number, providerId: string): Promise<void> {
  await db
    .updateTable('refunds')
    .set({
      state: 'pending',
      provider_id: providerId,
      waiting_since: sql<Date>`clock_timestamp()`,
      error: null,
    })
    .where('id', '=', id)
    .where('state', 'in', UNSETTLED)
    .execute()
}

/** The provider does not list any more what it had taken: back to 'sending', and its id stays. */
export async function noteMissing(db: Db, id: number, problem: string): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ state: 'sending', error: problem })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** Stores the mail of a refund that a person found to be paid. @returns the mail's id */
export async function storeLateMail(
  store: Store,
  refundId: number,
  mail: NewMail | null,
): Promise<number | null> {
  return store.transaction().execute(async (trx) => {
    await trx.updateTable('refunds').set({ untold: false }).where('id', '=', refundId).execute()
    return mail ? insertMail(trx, mail) : null
  })
}

/**
 * Since when the refund that waits longest has had no answer; null where none waits. Refunds that wait for a person
 * ('asked', 'failed', 'unknown') are not among them.
 */
export async function oldestUnsettledRefund(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom('refunds')
    .select((eb) => eb.fn.min('waiting_since').as('since'))
    .where('state', 'in', UNSETTLED)
    .executeTakeFirst()
  return row?.since ?? null
}

/** Refunds of which a person must find out whether they were paid. */
export async function countUnknownRefunds(db: Db): Promise<number> {
  const row = await db
    .selectFrom('refunds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'unknown')
    .executeTakeFirstOrThrow()
  return row.count
}

async function insertMail(trx: Db, mail: NewMail): Promise<number | null> {
  const row = await trx
    .insertInto('mails')
    .values(mail)
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}
