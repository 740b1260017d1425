import { refundLog } from '../../log.ts'
import { refundsTotal } from '../../metrics.ts'
import { type Store, withLock } from '../../store/database.ts'
import type { NewMail } from '../../store/mails.ts'
import { isDisputed } from '../../store/provider-events.ts'
import {
  beginPayout,
  findRefund,
  holdingStop,
  markFailed,
  markPaid,
  markReversed,
  markUnknown,
  noteMissing,
  noteOthers,
  notePending,
  noteRechecked,
  noteRefund,
  noteStanding,
  type RefundRow,
  refundsOfPayment,
  storeLateMail,
} from '../../store/refunds.ts'
import {
  type Gateway,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
  type ProviderRefund,
} from '../gateways/index.ts'
import { ShopUnavailableError } from '../shop/shop.ts'
import { findTaken, madeByOthers } from './find-taken.ts'
import { payoutKey } from './key.ts'
import { failedLines, paidLines, reversedLines } from './ledger.ts'
import { pauseMs, RESEND_WITHIN_MS, UNKNOWN_AFTER_MS, waitedMs } from './patience.ts'

export type PayoutOutcome =
  | { outcome: 'paid'; mailId: number | null }
  /** `unknown`: a person must find out, see `settleUnknownRefund`. */
  | { outcome: 'failed' | 'unknown' | 'done' }
  | { outcome: 'later'; reason: string; delayMs: number }

/** Writes the mail that tells the customer; it is stored with the mark that the money went. */
export type WriteMail = (refund: RefundRow) => Promise<NewMail | null>

/** Where the money of each kind of refund goes. */
export type Gateways = Record<RefundRow['method'], Gateway>

/** What passes by itself, sooner or later. */
const TRANSIENT = [GatewayUnavailableError, GatewayUnknownError, ShopUnavailableError]
const DONE: PayoutOutcome = { outcome: 'done' }
const MISSING_AGAIN_MS = 60_000
const STOPPED_AGAIN_MS = 30_000

/**
 * Pays a reserved refund once. It is sent under its own key; the provider is asked for all refunds of the payment
 * before anything is sent, so that nothing goes out twice after a crash or a lost answer, nor on top of what others
 * refunded. What nobody can tell after a day becomes 'unknown' and waits for a person. A refund that a person found
 * to be paid gets its mail; a paid one of which the provider said something is looked up again.
 * @throws ShopAnswerError and the like, where a person must look
 */
export async function payRefund(
  store: Store,
  gateways: Gateways,
  refundId: number,
  writeMail: WriteMail,
): Promise<PayoutOutcome> {
  const locked = await withLock(store, `refund:${refundId}`, async () => {
    const refund = await findRefund(store, refundId)
    if (!refund) return { outcome: 'done' as const }
    const gateway = gateways[refund.method]
    try {
      if (refund.untold) {
        const mail = await writeMail(refund)
        return { outcome: 'paid' as const, mailId: await storeLateMail(store, refund.id, mail) }
      }
      if (refund.recheck_at !== null) {
        if (refund.state === 'paid') return await recheck(store, gateway, refund)
        if (refund.state === 'unknown') return await answerAfterAll(store, gateway, refund, writeMail)
        if (refund.state === 'failed') await warnIfStanding(store, gateway, refund)
        await noteRechecked(store, refund)
      }
      if (!['reserved', 'sending', 'pending'].includes(refund.state)) return { outcome: 'done' as const }
      // While payouts are stopped, nobody is bothered about what was not sent.
      const held = refund.state === 'reserved' && (await heldBack(store, refund.id))
      if (held) return held
      return await advance(store, gateway, refund, await letterFor(refund, writeMail))
    } catch (error) {
      if (!TRANSIENT.some((kind) => error instanceof kind)) throw error
      return waitFor(store, refundId, (error as Error).message)
    }
  })
  return locked ?? { outcome: 'later', reason: 'another process works on this refund', delayMs: 2000 }
}

/** The mail, once the provider's id of the refund is known. */
type Letter = (providerId: string) => Promise<NewMail | null>

/**
 * Written before the money moves: a template that fails must not leave a customer paid and untold. Only a coupon's
 * code is not known before; where the mail that tells it can not be written, the one without it goes out.
 */
async function letterFor(refund: RefundRow, writeMail: WriteMail): Promise<Letter> {
  const mail = await writeMail(refund)
  if (refund.method !== 'coupon') return async () => mail
  return (providerId) =>
    writeMail({ ...refund, provider_id: providerId }).catch((error: unknown) => {
      refundLog.warn({ err: error, refundId: refund.id }, 'the mail goes out without the code of the coupon')
      return mail
    })
}

/** A paid refund that the provider spoke of again: where it came to nothing after all, the money is ours again. */
async function recheck(store: Store, gateway: Gateway, refund: RefundRow): Promise<PayoutOutcome> {
  const now = findTaken(await gateway.refundsOf(refund.payment_id), refund)
  if (now?.status !== 'failed') {
    await noteRechecked(store, refund)
    return { outcome: 'done' }
  }
  const problem = 'the provider had paid it and took it back later'
  const lines = reversedLines(refund.amount_minor, refund.currency)
  if (!(await markReversed(store, refund, problem, lines))) return { outcome: 'done' }
  refundsTotal.inc({ outcome: 'reversed', currency: refund.currency })
  refundLog.error({ refundId: refund.id }, 'a refund that was paid came back; the customer was told of it')
  return { outcome: 'failed' }
}

/** The provider spoke of a refund of which nobody knew whether it was paid: it may know by now. */
async function answerAfterAll(
  store: Store,
  gateway: Gateway,
  refund: RefundRow,
  writeMail: WriteMail,
): Promise<PayoutOutcome> {
  const taken = findTaken(await gateway.refundsOf(refund.payment_id), refund)
  const clear = taken !== null && taken.status !== 'pending' && !differs(taken, refund)
  const outcome = clear ? await conclude(store, refund, taken, await letterFor(refund, writeMail)) : DONE
  await noteRechecked(store, refund)
  return outcome
}

async function warnIfStanding(store: Store, gateway: Gateway, refund: RefundRow): Promise<void> {
  const taken = findTaken(await gateway.refundsOf(refund.payment_id), refund)
  if (!taken || taken.status === 'failed') return
  const advice = `it stands at the provider after all (${taken.id}). Send it again here: it is booked, not sent twice.`
  await noteStanding(store, refund.id, advice)
  refundLog.error(
    { refundId: refund.id, providerId: taken.id },
    'a refund that failed stands at the provider',
  )
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
  letter: Letter,
): Promise<PayoutOutcome> {
  const listed = await gateway.refundsOf(refund.payment_id)
  const taken = findTaken(listed, refund)
  if (taken) return take(store, refund, taken, letter)
  if (refund.state !== 'reserved') {
    if (refund.provider_id !== null) return missing(store, refund)
    if (waitedMs(refund.waiting_since) >= RESEND_WITHIN_MS) {
      return waitFor(store, refund.id, 'its answer was lost and the provider does not list it')
    }
  }
  const obstacle = await obstacleTo(store, refund, listed)
  if (obstacle) {
    // What was sent before may be on its way all the same, so only a person frees its money.
    return refund.state === 'reserved'
      ? fail(store, refund, obstacle)
      : giveUp(store, refund, `its answer was lost, and now ${obstacle}`)
  }
  if (!(await beginPayout(store, refund, gateway.name))) {
    const busy = { outcome: 'later' as const, reason: 'another process works on this refund', delayMs: 2000 }
    return (await heldBack(store, refund.id)) ?? busy
  }
  const sending = { ...refund, provider: gateway.name, state: 'sending' as const }
  try {
    const sent = await gateway.refund({
      key: payoutKey(refund.key, refund.round),
      paymentId: refund.payment_id,
      amountMinor: refund.amount_minor,
      currency: refund.currency,
    })
    return await conclude(store, sending, sent, letter)
  } catch (error) {
    if (!(error instanceof GatewayRefusedError)) throw error
    refundLog.warn({ refundId: refund.id, code: error.code }, 'refund refused')
    if (refund.state === 'reserved') return fail(store, refund, error.message)
    // It was sent before: "no" may well mean "it is done already", and lists lag behind.
    const done = findTaken(await gateway.refundsOf(refund.payment_id), refund)
    if (done) return take(store, sending, done, letter)
    return giveUp(store, refund, `it was sent before and its answer was lost; sent again, ${error.message}`)
  }
}

/** What happened to the payment since the decision; a person who sends the refund again knows of it. */
async function obstacleTo(store: Store, refund: RefundRow, listed: ProviderRefund[]): Promise<string | null> {
  if (await isDisputed(store, refund.payment_id)) {
    return "the customer's bank disputes the payment; a refund on top of that would pay twice"
  }
  // Other coupons of the same customer are for something else.
  if (refund.method === 'coupon') return null
  const others = madeByOthers(listed, await refundsOfPayment(store, refund.payment_id))
  if (others <= refund.others_minor) return null
  await noteOthers(store, refund.id, others)
  return 'somebody else refunded this payment at the provider in the meantime'
}

/** What keeps a refund from being sent now, if there is something. */
async function heldBack(store: Store, id: number): Promise<PayoutOutcome | null> {
  const stop = await holdingStop(store, id)
  if (!stop) return null
  const reason = `payouts are stopped (${stop.kind})`
  await noteRefund(store, id, reason)
  return { outcome: 'later', reason, delayMs: STOPPED_AGAIN_MS }
}

/** What the provider lists under our key is this refund, unless it is not: then nobody can tell but a person. */
async function take(
  store: Store,
  refund: RefundRow,
  taken: ProviderRefund,
  letter: Letter,
): Promise<PayoutOutcome> {
  if (!differs(taken, refund)) return conclude(store, refund, taken, letter)
  return giveUp(
    store,
    refund,
    `the provider has ${taken.amountMinor} ${taken.currency} (minor units) under our key, as ${taken.id}, and our books have ${refund.amount_minor} ${refund.currency}`,
  )
}

function differs(taken: ProviderRefund, refund: RefundRow): boolean {
  const same = taken.amountMinor === refund.amount_minor && taken.currency === refund.currency
  return taken.status !== 'failed' && !same
}

async function conclude(
  store: Store,
  refund: RefundRow,
  answer: Pick<ProviderRefund, 'id' | 'status'>,
  letter: Letter,
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
    mail: await letter(answer.id),
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
