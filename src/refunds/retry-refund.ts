import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { lockForDecision, refundHistory } from '../store/refund-decisions.ts'
import { beginRound, lockRefund } from '../store/refund-settlements.ts'
import { appendLedger } from '../store/refunds.ts'
import { reserveLines } from './ledger.ts'

/** What became of a person's wish: `state` is how the refund stands now, 'gone' where there is none. */
export type RefundConflict = { outcome: 'conflict'; state: string }

/**
 * Sends a refund again that failed, once its cause is mended: the money is reserved anew and sent under a new key,
 * after the provider was asked for the old ones. The caller queues 'payout'.
 * @returns `nothing-left` where the order line was refunded by other refunds meanwhile
 */
export async function retryRefund(
  store: Store,
  input: { refundId: number; userId: number },
): Promise<{ outcome: 'reserved' } | { outcome: 'nothing-left' } | RefundConflict> {
  return store.transaction().execute(async (trx) => {
    const found = await lockRefund(trx, input.refundId)
    if (found?.state !== 'failed') return { outcome: 'conflict', state: found?.state ?? 'gone' }
    await lockForDecision(trx, found.order_line_id, found.customer_id)
    const { refundedOnLineMinor } = await refundHistory(
      trx,
      found.order_line_id,
      found.customer_id,
      found.currency,
    )
    if (refundedOnLineMinor + found.amount_minor > found.charged_minor) return { outcome: 'nothing-left' }
    const round = await beginRound(trx, found, input.userId)
    await appendLedger(
      trx,
      { id: found.id, round },
      'reserved',
      reserveLines(found.amount_minor, found.currency),
    )
    await audit(trx, `user:${input.userId}`, 'refund.retried', `refund:${found.id}`, { round })
    return { outcome: 'reserved' }
  })
}
