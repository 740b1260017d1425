import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { RefundRow } from './refunds.ts'

/** A refund, locked until the end of this transaction. */
export function lockRefund(trx: Db, id: number): Promise<RefundRow | undefined> {
  return trx.selectFrom('refunds').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Begins the next round of a refund that failed: it is as if it had never been sent. */
export async function beginRound(trx: Db, refund: RefundRow, userId: number): Promise<number> {
  const round = refund.round + 1
  await trx
    .updateTable('refunds')
    .set({
      state: 'reserved',
      round,
      approved_by: userId,
      sending_at: null,
      provider_id: null,
      paid_at: null,
      recheck_at: null,
      untold: false,
      error: null,
    })
    .where('id', '=', refund.id)
    .execute()
  return round
}

/** A person found out that a refund was paid; its mail is still to be written where it has one. */
export async function settlePaid(trx: Db, refund: RefundRow, providerId: string | null): Promise<void> {
  await trx
    .updateTable('refunds')
    .set({
      state: 'paid',
      provider_id: providerId ?? refund.provider_id,
      paid_at: sql<Date>`now()`,
      untold: refund.mail_template !== null,
      error: null,
    })
    .where('id', '=', refund.id)
    .execute()
}

/** A person found out that a refund was not paid. */
export async function settleUnpaid(trx: Db, refund: RefundRow, note: string): Promise<void> {
  await trx.updateTable('refunds').set({ state: 'failed', error: note }).where('id', '=', refund.id).execute()
}

/** Nobody will send it again. */
export async function markGivenUp(trx: Db, id: number, userId: number, note: string): Promise<void> {
  await trx
    .updateTable('refunds')
    .set({ state: 'denied', approved_by: userId, note })
    .where('id', '=', id)
    .execute()
}
