import { audit } from '../../store/audit.ts'
import type { Store } from '../../store/database.ts'
import { lockReservations } from '../../store/payout-limits.ts'
import { beginRound, lockRefund, markGivenUp } from '../../store/refund-settlements.ts'
import { type Capped, reservationOf } from './approve-refund.ts'
import type { Payouts } from './payouts.ts'
import { capHit, reserve } from './reserve.ts'

/** What became of a person's wish: `state` is how the refund stands now, 'gone' where there is none. */
export type RefundConflict = { outcome: 'conflict'; state: string }

/**
 * Sends a refund again that failed or came back, once its cause is mended: the money is reserved anew, inside the
 * day's budgets and what is left of the charge, and sent under a new key after the provider was asked for the old
 * ones. The caller queues 'payout'.
 */
export async function retryRefund(
  store: Store,
  payouts: Payouts,
  input: { refundId: number; userId: number; now?: Date },
): Promise<{ outcome: 'reserved' } | Capped | RefundConflict> {
  const { refundId, userId, now = new Date() } = input
  return store.transaction().execute(async (trx) => {
    await lockReservations(trx)
    const found = await lockRefund(trx, refundId)
    if (found?.state !== 'failed') return { outcome: 'conflict', state: found?.state ?? 'gone' }
    const hit = await capHit(trx, payouts, reservationOf(found), now)
    if (hit) return { outcome: 'capped', ...hit }
    const round = await beginRound(trx, found, userId)
    await reserve(trx, payouts, { ...reservationOf(found), round }, now)
    await audit(trx, `user:${userId}`, 'refund.retried', `refund:${found.id}`, { round })
    return { outcome: 'reserved' }
  })
}

/** Leaves a refund that failed or came back as it is, for good: nobody is shown it as a thing to do any more. */
export async function giveUpRefund(
  store: Store,
  input: { refundId: number; userId: number; note: string },
): Promise<{ outcome: 'given-up' } | RefundConflict> {
  const { refundId, userId, note } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockRefund(trx, refundId)
    if (found?.state !== 'failed') return { outcome: 'conflict', state: found?.state ?? 'gone' }
    await markGivenUp(trx, refundId, userId, note)
    await audit(trx, `user:${userId}`, 'refund.given-up', `refund:${refundId}`)
    return { outcome: 'given-up' }
  })
}
