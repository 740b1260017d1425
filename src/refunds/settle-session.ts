import { refundsTotal } from '../metrics.ts'
import type { Db, Store } from '../store/database.ts'
import {
  appendLedger,
  findRefund,
  insertDecision,
  insertRefund,
  lockForDecision,
  refundHistory,
} from '../store/refunds.ts'
import { findSession } from '../store/sessions.ts'
import { type Decision, decideRefund } from './decide.ts'
import type { RefundEvent, RefundSession } from './event.ts'
import { refundKey } from './key.ts'
import { reserveLines } from './ledger.ts'
import type { RefundRule } from './rule.ts'
import { type ShopClient, ShopNotFoundError, type ShopOrder } from './shop.ts'

export interface SettledSession {
  outcome: Decision['outcome'] | 'done'
  /** A refund to be paid now. */
  refundId: number | null
}

/**
 * Decides about a playback session that is over and, where a rule pays, reserves the money: decision, refund under
 * its unique key (order line and cause) and ledger in one transaction. Running twice decides once.
 * @throws ShopUnavailableError, ShopAnswerError
 */
export async function settleSession(
  store: Store,
  shop: ShopClient,
  rules: RefundRule[],
  sid: string,
  kindOf: (quality: RefundSession) => RefundEvent['kind'],
): Promise<SettledSession> {
  const found = await findSession(store, sid)
  if (found?.session.state !== 'ended' || !found.session.quality) return { outcome: 'done', refundId: null }
  const { session } = found
  const quality = session.quality as unknown as RefundSession
  const order = await findOrder(shop, session.order_id)
  const line = order?.lines.find((each) => each.id === session.order_line_id)
  if (!order || !line || order.customerId !== session.customer_id) {
    await close(store, sid, session, 'The shop does not know this order line of this customer.')
    return { outcome: 'deny', refundId: null }
  }
  const customer = await shop.customer(order.customerId)
  return store.transaction().execute(async (trx) => {
    await lockForDecision(trx, line.id, order.customerId)
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
    const decision = decideRefund(event, rules)
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
    await trx
      .updateTable('streaming_sessions')
      .set({ state: 'decided', decided_at: new Date() })
      .where('sid', '=', sid)
      .execute()
    if (decisionId === null) return { outcome: 'done', refundId: null }
    if (decision.outcome !== 'pay' && decision.outcome !== 'ask')
      return { outcome: decision.outcome, refundId: null }
    // Where a rule knows no amount, the person who is asked may grant up to what is left of the charge.
    const amountMinor = decision.amountMinor || event.order.priceMinor - event.history.refundedOnLineMinor
    if (amountMinor <= 0) return { outcome: 'deny', refundId: null }
    const refundId = await insertRefund(trx, {
      key: refundKey(line.id, decision.cause),
      decision_id: decisionId,
      order_id: order.id,
      order_line_id: line.id,
      customer_id: order.customerId,
      payment_id: order.paymentId,
      title: line.title,
      locale: customer.locale,
      mail_template: rules.find((rule) => rule.id === decision.ruleId)?.mail ?? null,
      problem: event.kind === 'playback.failed' ? 'error' : 'stalls',
      amount_minor: amountMinor,
      currency: decision.currency,
      charged_minor: event.order.priceMinor,
      state: decision.outcome === 'ask' ? 'asked' : 'reserved',
    })
    if (refundId === null) return { outcome: 'done', refundId: null }
    if (decision.outcome === 'ask') {
      refundsTotal.inc({ outcome: 'asked', currency: decision.currency })
      return { outcome: 'ask', refundId: null }
    }
    await appendLedger(trx, refundId, 'reserved', reserveLines(amountMinor, decision.currency))
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

async function close(
  store: Store,
  sid: string,
  session: { order_line_id: string; customer_id: string },
  reason: string,
): Promise<void> {
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
    await trx
      .updateTable('streaming_sessions')
      .set({ state: 'decided', decided_at: new Date() })
      .where('sid', '=', sid)
      .execute()
  })
}

/** Sets the money of a refund aside that a person granted; the caller's transaction marks it as reserved. */
export async function reserveGranted(trx: Db, refundId: number): Promise<void> {
  const refund = await findRefund(trx, refundId)
  if (!refund) throw new RangeError(`there is no refund ${refundId}`)
  await appendLedger(trx, refundId, 'reserved', reserveLines(refund.amount_minor, refund.currency))
}
