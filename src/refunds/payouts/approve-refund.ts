import { audit } from '../../store/audit.ts'
import type { Db, Store } from '../../store/database.ts'
import { lockReservations } from '../../store/payout-limits.ts'
import { findRefundState, markAnswered } from '../../store/refund-decisions.ts'
import { lockRefund } from '../../store/refund-settlements.ts'
import type { RefundRow } from '../../store/refunds.ts'
import type { Sentence } from '../decision/sentence.ts'
import type { Payouts } from './payouts.ts'
import { capHit, type Reservation, reserve } from './reserve.ts'
import type { RefundConflict } from './retry-refund.ts'

/** A budget or the charge stands in the way: nothing was changed, `why` says what a person can do about it. */
export type Capped = { outcome: 'capped'; limit: string; why: Sentence }

/** Grants a refund that a rule left to a person, inside the day's budgets; the caller queues 'payout'. */
export async function approveRefund(
  store: Store,
  payouts: Payouts,
  input: { refundId: number; userId: number; now?: Date },
): Promise<{ outcome: 'approved' } | Capped | RefundConflict> {
  const { refundId, userId, now = new Date() } = input
  return store.transaction().execute(async (trx) => {
    await lockReservations(trx)
    const refund = await lockRefund(trx, refundId)
    if (refund?.state !== 'asked') return conflict(trx, refundId)
    const hit = await capHit(trx, payouts, reservationOf(refund), now)
    if (hit) return { outcome: 'capped', ...hit }
    await markAnswered(trx, refundId, { userId })
    await reserve(trx, payouts, reservationOf(refund), now)
    await audit(trx, `user:${userId}`, 'refund.approved', `refund:${refundId}`)
    return { outcome: 'approved' }
  })
}

/** Turns down a refund that a rule left to a person. */
export async function denyRefund(
  store: Store,
  input: { refundId: number; userId: number },
): Promise<{ outcome: 'denied' } | RefundConflict> {
  const { refundId, userId } = input
  return store.transaction().execute(async (trx) => {
    const refund = await lockRefund(trx, refundId)
    if (refund?.state !== 'asked') return conflict(trx, refundId)
    await markAnswered(trx, refundId, { state: 'denied', userId })
    await audit(trx, `user:${userId}`, 'refund.denied', `refund:${refundId}`)
    return { outcome: 'denied' }
  })
}

/** What setting a refund's money aside takes. */
export function reservationOf(refund: RefundRow): Reservation {
  return {
    refundId: refund.id,
    round: refund.round,
    orderLineId: refund.order_line_id,
    chargedMinor: refund.charged_minor,
    amountMinor: refund.amount_minor,
    currency: refund.currency,
    ...(refund.order_minor === null
      ? {}
      : {
          order: {
            id: refund.order_id,
            chargedMinor: refund.order_minor,
            othersMinor: refund.others_minor,
          },
        }),
  }
}

async function conflict(db: Db, refundId: number): Promise<RefundConflict> {
  return { outcome: 'conflict', state: (await findRefundState(db, refundId)) ?? 'gone' }
}
