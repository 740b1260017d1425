import type { Insertable } from 'kysely'
import { refundLog } from '../log.ts'
import { refundsTotal } from '../metrics.ts'
import { type Store, withLock } from '../store/database.ts'
import {
  beginPayout,
  findRefund,
  markFailed,
  markPaid,
  noteRefund,
  type RefundRow,
} from '../store/refunds.ts'
import type { Database } from '../store/schema.ts'
import {
  type Gateway,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
} from './gateways/index.ts'
import { failedLines, paidLines } from './ledger.ts'

export type PayoutOutcome =
  | { outcome: 'paid'; mailId: number | null }
  | { outcome: 'failed' | 'done' }
  | { outcome: 'later'; reason: string; delayMs: number }

/** Writes the mail that tells the customer; it is stored with the mark that the money went. */
export type WriteMail = (refund: RefundRow) => Promise<Insertable<Database['mails']> | null>

const PENDING_AGAIN_MS = 60_000
const UNAVAILABLE_AGAIN_MS = 15_000
const UNKNOWN_AGAIN_MS = 5_000

/**
 * Pays a reserved refund once. It is sent under its own key; after a crash or a lost answer the provider is asked
 * for refunds with that key before anything is sent again.
 * @throws GatewayAnswerError and the like, where a person must look
 */
export async function payRefund(
  store: Store,
  gateway: Gateway,
  refundId: number,
  writeMail: WriteMail,
): Promise<PayoutOutcome> {
  const locked = await withLock(store, `refund:${refundId}`, async () => {
    const refund = await findRefund(store, refundId)
    if (!refund || !['reserved', 'sending', 'pending'].includes(refund.state))
      return { outcome: 'done' as const }
    try {
      return await payLocked(store, gateway, refund, writeMail)
    } catch (error) {
      if (error instanceof GatewayRefusedError) {
        await markFailed(store, refund, error.message, failedLines(refund.amount_minor, refund.currency))
        refundsTotal.inc({ outcome: 'failed', currency: refund.currency })
        refundLog.warn({ refundId, code: error.code }, 'refund refused')
        return { outcome: 'failed' as const }
      }
      if (error instanceof GatewayUnavailableError) {
        // Stays 'sending' where it was: only an answer of the provider makes it anything else.
        await noteRefund(store, refundId, { error: error.message })
        return { outcome: 'later' as const, reason: error.message, delayMs: UNAVAILABLE_AGAIN_MS }
      }
      if (error instanceof GatewayUnknownError) {
        await noteRefund(store, refundId, { error: error.message })
        return { outcome: 'later' as const, reason: error.message, delayMs: UNKNOWN_AGAIN_MS }
      }
      throw error
    }
  })
  return locked ?? { outcome: 'later', reason: 'another process works on this refund', delayMs: 2000 }
}

async function payLocked(
  store: Store,
  gateway: Gateway,
  refund: RefundRow,
  writeMail: WriteMail,
): Promise<PayoutOutcome> {
  // Written before the money moves: a template that fails must not leave a customer paid and untold.
  const mail = await writeMail(refund)
  const earlier = refund.state === 'reserved' ? null : await gateway.findByKey(refund.key)
  if (earlier) return conclude(store, refund, earlier, mail)
  if (!(await beginPayout(store, refund.id, gateway.name))) return { outcome: 'done' }
  const sent = await gateway.refund({
    key: refund.key,
    paymentId: refund.payment_id,
    amountMinor: refund.amount_minor,
    currency: refund.currency,
  })
  return conclude(store, { ...refund, provider: gateway.name }, sent, mail)
}

async function conclude(
  store: Store,
  refund: RefundRow,
  answer: { id: string; status: 'succeeded' | 'pending' | 'failed' },
  mail: Insertable<Database['mails']> | null,
): Promise<PayoutOutcome> {
  if (answer.status === 'failed') {
    throw new GatewayRefusedError('failed', 'the provider took the refund and it came to nothing')
  }
  if (answer.status === 'pending') {
    await noteRefund(store, refund.id, { state: 'pending', error: null, providerId: answer.id })
    return { outcome: 'later', reason: 'pending at the provider', delayMs: PENDING_AGAIN_MS }
  }
  const mailId = await markPaid(store, refund, {
    providerId: answer.id,
    lines: paidLines(refund.amount_minor, refund.currency),
    mail,
  })
  refundsTotal.inc({ outcome: 'paid', currency: refund.currency })
  refundLog.info({ refundId: refund.id }, 'refund paid')
  return { outcome: 'paid', mailId }
}
