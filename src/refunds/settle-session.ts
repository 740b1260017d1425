import { refundLog } from '../log.ts'
import { refundsTotal } from '../metrics.ts'
import type { Db, Store } from '../store/database.ts'
import { insertDecision, lockForDecision, refundHistory } from '../store/refund-decisions.ts'
import { appendLedger, findRefund, findRefundByKey, insertRefund, startWaiting } from '../store/refunds.ts'
import { findSession, markDecided, type SessionRow } from '../store/sessions.ts'
import { type Decision, decideRefund } from './decide.ts'
import type { RefundEvent, RefundSession } from './event.ts'
import { refundKey } from './key.ts'
import { reserveLines } from './ledger.ts'
import { pauseMs } from './patience.ts'
import type { RefundRule } from './rule.ts'
import {
  type ShopClient,
  type ShopCustomer,
  ShopNotFoundError,
  type ShopOrder,
  ShopUnavailableError,
} from './shop.ts'
import { denyUsedKey } from './used-key.ts'

export type SettledSession =
  | {
      outcome: Decision['outcome'] | 'done'
      /** A refund to be paid now. */
      refundId: number | null
    }
  | { outcome: 'later'; reason: string; delayMs: number }

/**
 * Decides about a playback session that is over and, where a rule pays, reserves the money: decision, refund under
 * its unique key (order line and cause) and ledger in one transaction. Running twice decides once; a session for
 * which no rule spoke is decided again when it was watched on. A shop that is away is waited for.
 * @throws ShopAnswerError
 */
export async function settleSession(
  store: Store,
  shop: ShopClient,
  rules: RefundRule[],
  sid: string,
  kindOf: (quality: RefundSession) => RefundEvent['kind'],
): Promise<SettledSession> {
  const session = await findSession(store, sid)
  if (session?.state !== 'ended' || !session.quality) return { outcome: 'done', refundId: null }
  try {
    const order = await findOrder(shop, session.order_id)
    const line = order?.lines.find((each) => each.id === session.order_line_id)
    if (!order || !line || order.customerId !== session.customer_id) {
      await close(store, session, 'The shop does not know this order line of this customer.')
      return { outcome: 'deny', refundId: null }
    }
    return await decide(store, rules, sid, order, line, await shop.customer(order.customerId), kindOf)
  } catch (error) {
    if (!(error instanceof ShopUnavailableError)) throw error
    refundLog.warn({ sid, reason: error.message }, 'a session waits for the shop')
    const delayMs = pauseMs(session.measured_at ?? session.registered_at)
    return { outcome: 'later', reason: error.message, delayMs }
  }
}

async function decide(
  store: Store,
  rules: RefundRule[],
  sid: string,
  order: ShopOrder,
  line: ShopOrder['lines'][number],
  customer: ShopCustomer,
  kindOf: (quality: RefundSession) => RefundEvent['kind'],
): Promise<SettledSession> {
  return store.transaction().execute(async (trx) => {
    await lockForDecision(trx, line.id, order.customerId)
    // While the shop was asked somebody else may have decided, or the session was watched on.
    const session = await findSession(trx, sid)
    if (session?.state !== 'ended') return { outcome: 'done', refundId: null }
    const quality = session.quality as unknown as RefundSession
    const event: RefundEvent = {
      kind: kindOf(quality),
      at: new Date(),
      session: quality,
      order: {
        id: order.id,
        kind: line.kind,
        currency: order.currency,
        customerId: order.customerId,
        country: order.country,
        lineId: line.id,
        priceMinor: line.priceMinor * line.quantity,
        title: line.title,
      },
      customer: { id: customer.id, locale: customer.locale, country: customer.country },
      history: await refundHistory(trx, line.id, order.customerId, order.currency),
    }
    const ruled = decideRefund(event, rules)
    const key = refundKey(line.id, ruled.cause)
    const used = await findRefundByKey(trx, key)
    const refunds = ruled.outcome === 'pay' || ruled.outcome === 'ask' || ruled.limit === 'charge'
    const decision = used && refunds ? denyUsedKey(ruled, line.title, used) : ruled
    const decisionId = await insertDecision(trx, {
      sid,
      order_line_id: line.id,
      customer_id: order.customerId,
      rule_id: decision.ruleId,
      rule_hash: decision.ruleHash,
      outcome: decision.outcome,
      amount_minor: decision.amountMinor,
      currency: decision.currency,
      limit_hit: decision.limit,
      reasons: JSON.stringify(decision.reasons),
      inputs: JSON.stringify(decision.inputs),
      sentence: JSON.stringify(decision.sentence),
    })
    await markDecided(trx, sid, decision.outcome)
    if (decisionId === null) return { outcome: 'done', refundId: null }
    if (decision.outcome !== 'pay' && decision.outcome !== 'ask')
      return { outcome: decision.outcome, refundId: null }
    const refundId = await insertRefund(trx, {
      key,
      decision_id: decisionId,
      order_id: order.id,
      order_line_id: line.id,
      customer_id: order.customerId,
      payment_id: order.paymentId,
      title: line.title,
      locale: customer.locale,
      mail_template: rules.find((rule) => rule.id === decision.ruleId)?.mail ?? null,
      problem: event.kind === 'playback.failed' ? 'error' : 'stalls',
      amount_minor: decision.amountMinor,
      currency: decision.currency,
      charged_minor: event.order.priceMinor,
      state: decision.outcome === 'ask' ? 'asked' : 'reserved',
    })
    if (refundId === null) return { outcome: 'done', refundId: null }
    if (decision.outcome === 'ask') {
      refundsTotal.inc({ outcome: 'asked', currency: decision.currency })
      return { outcome: 'ask', refundId: null }
    }
    const lines = reserveLines(decision.amountMinor, decision.currency)
    await appendLedger(trx, { id: refundId, round: 1 }, 'reserved', lines)
    return { outcome: 'pay', refundId }
  })
}

async function findOrder(shop: ShopClient, orderId: string): Promise<ShopOrder | null> {
  try {
    return await shop.order(orderId)
  } catch (error) {
    if (error instanceof ShopNotFoundError) return null
    throw error
  }
}

async function close(store: Store, session: SessionRow, reason: string): Promise<void> {
  const { sid } = session
  await store.transaction().execute(async (trx) => {
    await insertDecision(trx, {
      sid,
      order_line_id: session.order_line_id,
      customer_id: session.customer_id,
      outcome: 'deny',
      amount_minor: 0,
      currency: 'XXX',
      limit_hit: 'order',
      reasons: '[]',
      inputs: '{}',
      sentence: JSON.stringify({ en: reason, ja: 'ショップに該当するお客様のご注文明細がありません。' }),
    })
    await markDecided(trx, sid, 'deny')
  })
}

/** Sets the money of a refund aside that a person granted; the caller's transaction marks it as reserved. */
export async function reserveGranted(trx: Db, refundId: number): Promise<void> {
  const refund = await findRefund(trx, refundId)
  if (!refund) throw new RangeError(`there is no refund ${refundId}`)
  await appendLedger(trx, refund, 'reserved', reserveLines(refund.amount_minor, refund.currency))
  await startWaiting(trx, refundId)
}
