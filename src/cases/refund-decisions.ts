import { audit } from '../store/audit.ts'
import type { Db, Store, Trx } from '../store/database.ts'
import { findRefundState, settleAskedRefund } from '../store/refund-decisions.ts'

type RefundConflict = { outcome: 'conflict'; state: string }

/**
 * Grants a refund that a rule left to a person; the caller queues 'payout'.
 * @param input.reserve writes the ledger's lines, in the same transaction
 */
export async function approveRefund(
  store: Store,
  input: { refundId: number; userId: number; reserve: (trx: Trx, refundId: number) => Promise<void> },
): Promise<{ outcome: 'approved' } | RefundConflict> {
  return store.transaction().execute(async (trx) => {
    if (!(await settleAskedRefund(trx, input.refundId, 'reserved', input.userId))) {
      return conflict(trx, input.refundId)
    }
    await input.reserve(trx, input.refundId)
    await audit(trx, `user:${input.userId}`, 'refund.approved', `refund:${input.refundId}`)
    return { outcome: 'approved' }
  })
}

/** Turns down a refund that a rule left to a person. */
export async function denyRefund(
  store: Store,
  input: { refundId: number; userId: number },
): Promise<{ outcome: 'denied' } | RefundConflict> {
  return store.transaction().execute(async (trx) => {
    if (!(await settleAskedRefund(trx, input.refundId, 'denied', input.userId))) {
      return conflict(trx, input.refundId)
    }
    await audit(trx, `user:${input.userId}`, 'refund.denied', `refund:${input.refundId}`)
    return { outcome: 'denied' }
  })
}

async function conflict(db: Db, refundId: number): Promise<RefundConflict> {
  return { outcome: 'conflict', state: (await findRefundState(db, refundId)) ?? 'gone' }
}
