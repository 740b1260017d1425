import { audit } from '../../store/audit.ts'
import type { Store } from '../../store/database.ts'
import { lockRefund, settlePaid, settleUnpaid } from '../../store/refund-settlements.ts'
import { appendLedger } from '../../store/refunds.ts'
import { failedLines, paidLines } from './ledger.ts'
import type { RefundConflict } from './retry-refund.ts'

/**
 * A person looked a refund up at the provider of which nobody could tell whether it was paid. A paid one is booked,
 * and the caller queues 'payout', which writes the mail to the customer; one that was not paid frees its money and
 * can be sent again with `retryRefund`.
 * @param input.providerId the provider's id of the refund, where the person has it
 */
export async function settleUnknownRefund(
  store: Store,
  input: { refundId: number; userId: number; paid: boolean; providerId?: string },
): Promise<{ outcome: 'paid' | 'failed' } | RefundConflict> {
  const { refundId, userId, paid, providerId } = input
  return store.transaction().execute(async (trx) => {
    const refund = await lockRefund(trx, refundId)
    if (refund?.state !== 'unknown') return { outcome: 'conflict', state: refund?.state ?? 'gone' }
    if (paid) {
      await settlePaid(trx, refund, providerId ?? null)
      await appendLedger(trx, refund, 'paid', paidLines(refund.amount_minor, refund.currency))
    } else {
      await settleUnpaid(trx, refund, 'a person looked it up at the provider: it was not paid')
      await appendLedger(trx, refund, 'failed', failedLines(refund.amount_minor, refund.currency))
    }
    await audit(trx, `user:${userId}`, 'refund.settled', `refund:${refundId}`, {
      paid,
      ...(providerId ? { providerId } : {}),
    })
    return { outcome: paid ? 'paid' : 'failed' }
  })
}
