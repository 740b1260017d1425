import { refundLog } from '../log.ts'
import { refundsTotal } from '../metrics.ts'
import { type Store, withLock } from '../store/database.ts'
import type { NewMail } from '../store/mails.ts'
import {
  beginPayout,
  findRefund,
  markFailed,
  markPaid,
  markUnknown,
  noteMissing,
  notePending,
  noteRefund,
  type RefundRow,
  storeLateMail,
} from '../store/refunds.ts'
import { findTaken } from './find-taken.ts'
import {
  type Gateway,
  type GatewayRefund,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
} from './gateways/index.ts'
import { payoutKey } from './key.ts'
import { failedLines, paidLines } from './ledger.ts'
import { pauseMs, RESEND_WITHIN_MS, UNKNOWN_AFTER_MS, waitedMs } from './patience.ts'
import { ShopUnavailableError } from './shop.ts'

export type PayoutOutcome =
  | { outcome: 'paid'; mailId: number | null }
  /** `unknown`: a person must find out, see `settleUnknownRefund`. */
  | { outcome: 'failed' | 'unknown' | 'done' }
  | { outcome: 'later'; reason: string; delayMs: number }

/** Writes the mail that tells the customer; it is stored with the mark that the money went. */
export type WriteMail = (refund: RefundRow) => Promise<NewMail | null>

/** What passes by itself, sooner or later. */
const TRANSIENT = [GatewayUnavailableError, GatewayUnknownError, ShopUnavailableError]
const MISSING_AGAIN_MS = 60_000

/**
 * Pays a reserved refund once. It is sent under its own key; after a crash or a lost answer the provider is asked
 * for refunds with that key before anything is sent again. What nobody can tell after a day becomes 'unknown' and
 * waits for a person. A refund that a person found to be paid gets its mail.
 * @throws ShopAnswerError and the like, where a person must look
 */
export async function payRefund(
  store: Store,
  gateway: Gateway,
  refundId: number,
  writeMail: WriteMail,
): Promise<PayoutOutcome> {
  const locked = await withLock(store, `refund:${refundId}`, async () => {
    const refund = await findRefund(store, refundId)
    if (!refund) return { outcome: 'done' as const }
    try {
      if (refund.untold) {
        const mail = await writeMail(refund)
        return { outcome: 'paid' as const, mailId: await storeLateMail(store, refund.id, mail) }
      }
      if (!['reserved', 'sending', 'pending'].includes(refund.state)) return { outcome: 'done' as const }
      // Written before the money moves: a template that fails must not leave a customer paid and untold.
      return await advance(store, gateway, refund, await writeMail(refund))
    } catch (error) {
      if (!TRANSIENT.some((kind) => error instanceof kind)) throw error
      return waitFor(store, refundId, (error as Error).message)
    }
  })
  return locked ?? { outcome: 'later', reason: 'another process works on this refund', delayMs: 2000 }
}

/** Only an answer of the provider makes a sent refund anything else; a day without one, and a person looks. */
async function waitFor(store: Store, refundId: number, reason: string): Promise<PayoutOutcome> {
  const refund = await findRefund(store, refundId)
  if (!refund) return { outcome: 'done' }
  refundLog.warn({ refundId, state: refund.state, reason }, 'a refund waits')
  if (isOverdue(refund)) return giveUp(store, refund, `no answer for a day, the last trouble was: ${reason}`)
  await noteRefund(store, refundId, reason)
  return { outcome: 'later', reason, delayMs: pauseMs(refund.waiting_since) }
}

function isOverdue(refund: RefundRow): boolean {
  const sent = refund.state === 'sending' || refund.state === 'pending'
  return sent && waitedMs(refund.waiting_since) >= UNKNOWN_AFTER_MS
}

async function advance(
  store: Store,
  gateway: Gateway,
  refund: RefundRow,
  mail: NewMail | null,
): Promise<PayoutOutcome> {
  const taken = await findTaken(gateway, refund)
  if (taken) return conclude(store, refund, taken, mail)
  if (refund.state !== 'reserved') {
    if (refund.provider_id !== null) return missing(store, refund)
    if (waitedMs(refund.waiting_since) >= RESEND_WITHIN_MS) {
      return waitFor(store, refund.id, 'its answer was lost and the provider does not list it')
    }
  }
  if (!(await beginPayout(store, refund.id, gateway.name))) return { outcome: 'done' }
  const sending = { ...refund, provider: gateway.name }
  try {
    const sent = await gateway.refund({
      key: payoutKey(refund.key, refund.round),
      paymentId: refund.payment_id,
      amountMinor: refund.amount_minor,
      currency: refund.currency,
    })
    return await conclude(store, sending, sent, mail)
  } catch (error) {
    if (!(error instanceof GatewayRefusedError)) throw error
    refundLog.warn({ refundId: refund.id, code: error.code }, 'refund refused')
    if (refund.state === 'reserved') return fail(store, refund, error.message)
    // It was sent before: "no" may well mean "it is done already", and lists lag behind.
    const done = await findTaken(gateway, { ...refund, state: 'sending' })
    if (done) return conclude(store, sending, done, mail)
    return giveUp(store, refund, `it was sent before and its answer was lost; sent again, ${error.message}`)
  }
}

async function conclude(
  store: Store,
  refund: RefundRow,
  answer: GatewayRefund,
  mail: NewMail | null,
): Promise<PayoutOutcome> {
  if (answer.status === 'failed') {
    return fail(store, refund, 'the provider took the refund and it came to nothing')
  }
  if (answer.status === 'pending') {
    await notePending(store, refund.id, answer.id)
    const delayMs = pauseMs(refund.sending_at ?? new Date())
    return { outcome: 'later', reason: 'pending at the provider', delayMs }
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

/** What the provider had taken and lists no more is asked for once again, and never sent again. */
async function missing(store: Store, refund: RefundRow): Promise<PayoutOutcome> {
  const reason = `the provider took it as ${refund.provider_id} and does not list it any more`
  if (refund.state !== 'pending') return giveUp(store, refund, reason)
  await noteMissing(store, refund.id, reason)
  return { outcome: 'later', reason, delayMs: MISSING_AGAIN_MS }
}

async function fail(store: Store, refund: RefundRow, problem: string): Promise<PayoutOutcome> {
  await markFailed(store, refund, problem, failedLines(refund.amount_minor, refund.currency))
  refundsTotal.inc({ outcome: 'failed', currency: refund.currency })
  return { outcome: 'failed' }
}

async function giveUp(store: Store, refund: RefundRow, problem: string): Promise<PayoutOutcome> {
  const advice = `${problem}. Look it up at the provider (${refund.key}) and say here whether it was paid.`
  if (!(await markUnknown(store, refund.id, advice))) return { outcome: 'done' }
  refundsTotal.inc({ outcome: 'unknown', currency: refund.currency })
  refundLog.error({ refundId: refund.id, problem }, 'a person must find out whether this refund was paid')
  return { outcome: 'unknown' }
}
