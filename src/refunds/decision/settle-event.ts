import { refundLog } from '../../log.ts'
import { refundsTotal } from '../../metrics.ts'
import type { Store } from '../../store/database.ts'
import { openListingCase } from '../../store/listing-cases.ts'
import { lockReservations } from '../../store/payout-limits.ts'
import {
  hasOpenSession,
  markSessionsDecided,
  postponeEvent,
  sessionsOfLine,
} from '../../store/playback-events.ts'
import { insertDecision, lockNewEvent, markEventDecided } from '../../store/refund-decisions.ts'
import { findRefundEvent, type RefundEventRow } from '../../store/refund-events.ts'
import { insertRefund, refundsOfPayment } from '../../store/refunds.ts'
import { insertReplacement } from '../../store/replacements.ts'
import { insertShadowDecisions } from '../../store/shadow-decisions.ts'
import { GatewayUnavailableError } from '../gateways/index.ts'
import { madeByOthers } from '../payouts/find-taken.ts'
import { refundKey } from '../payouts/key.ts'
import { pauseMs } from '../payouts/patience.ts'
import type { Gateways } from '../payouts/pay-refund.ts'
import type { Payouts } from '../payouts/payouts.ts'
import { reserve } from '../payouts/reserve.ts'
import { type ShopClient, ShopNotFoundError, type ShopOrder, ShopUnavailableError } from '../shop/shop.ts'
import { decideInShadow } from '../versions/shadow.ts'
import { activeRules, shadowRules } from '../versions/versions.ts'
import { type Decision, decideRefund } from './decide.ts'
import type { RefundEvent, RefundSession } from './event.ts'
import { factsOf } from './event-facts.ts'
import { holdBack } from './hold-back.ts'
import { type OrderLineOf, orderMinorOf } from './order-facts.ts'
import { inPayableUnits } from './payable.ts'

export type Settled =
  | {
      outcome: Decision['outcome'] | 'done'
      /** A refund to be paid now. */
      refundId: number | null
      /** A replacement that the shop is to be asked for now. */
      replacementId: number | null
      /** What the public answer of the complaint's case says from now on; left out: what it said anyway. */
      reply?: { caseId: number; code: string }
    }
  | { outcome: 'later'; reason: string; delayMs: number }

/** What the sessions of one order line come to: see `sumOrderQuality` of src/streaming. */
export interface LinePlayback {
  kind: 'playback.ended' | 'playback.failed'
  session: RefundSession
}

export interface SettleParts {
  shop: ShopClient
  gateways: Gateways
  payouts: Payouts
  /** After how long a session that says nothing is over: so long an event waits for one that goes on. */
  idleMs: number
  /** What the sessions of an order line come to; null: nothing was measured. */
  playback: (sessions: Awaited<ReturnType<typeof sessionsOfLine>>) => LinePlayback | null
  /** Department that owns a wrap-up code. */
  ownerOf: (code: string) => string
}

const DONE: Settled = { outcome: 'done', refundId: null, replacementId: null }

type Found = OrderLineOf

/**
 * Decides about an event and, where a rule pays, reserves the money: decision, refund under its unique key (order
 * line and cause), budgets and ledger in one transaction. Running twice decides once. A shop or a payment provider
 * that is away is waited for, and so is a second try of the customer while the event is not due.
 * @throws ShopAnswerError
 */
export async function settleEvent(store: Store, parts: SettleParts, eventId: number): Promise<Settled> {
  const row = await findRefundEvent(store, eventId)
  if (row?.state !== 'new' || !row.order_id) return DONE
  const earlyMs = row.due_since.getTime() - Date.now()
  if (earlyMs > 0) return { outcome: 'later', reason: 'another try may follow', delayMs: earlyMs }
  if (row.kind === 'playback' && (await hasOpenSession(store, row.order_line_id ?? ''))) {
    await postponeEvent(store, row.id, parts.idleMs)
    return DONE
  }
  try {
    const found = await findOrder(parts.shop, row)
    if (!found) return await denyUnknownOrder(store, row)
    // Most events deserve nothing, and the provider is not asked about them.
    const active = await activeRules(store)
    const first = await factsOf(store, parts, row, found, 0, active, new Date())
    if (!first) {
      await postponeEvent(store, row.id, parts.idleMs)
      return DONE
    }
    const { outcome } = decideRefund(first.event, active)
    const others = isGiven(outcome) ? await othersOn(store, parts.gateways, found.order) : null
    const settled = await decide(store, parts, row, found, others)
    return (
      settled ??
      (await decide(store, parts, row, found, await othersOn(store, parts.gateways, found.order))) ??
      DONE
    )
  } catch (error) {
    if (!(error instanceof ShopUnavailableError || error instanceof GatewayUnavailableError)) throw error
    refundLog.warn({ eventId, reason: error.message }, 'an event waits for the shop or the payment provider')
    return { outcome: 'later', reason: error.message, delayMs: pauseMs(row.due_since) }
  }
}

function isGiven(outcome: Decision['outcome']): boolean {
  return outcome === 'pay' || outcome === 'ask'
}

async function findOrder(shop: ShopClient, row: RefundEventRow): Promise<Found | null> {
  try {
    const order = await shop.order(row.order_id as string)
    const line = order.lines.find((each) => each.id === row.order_line_id)
    if (!line || order.customerId !== row.customer_id) return null
    return { order, line, customer: await shop.customer(order.customerId) }
  } catch (error) {
    if (error instanceof ShopNotFoundError) return null
    throw error
  }
}

interface Others {
  /** What others refunded of the payment. */
  totalMinor: number
  /** What of it was for the line; null: nobody can tell. */
  onLineMinor: number | null
}

/**
 * What others refunded, as far as it can be known: a payment is for a whole order, so what was refunded of one with
 * several lines may have been for any of them.
 */
async function othersOn(store: Store, gateways: Gateways, order: ShopOrder): Promise<Others> {
  const listed = await gateways.payment.refundsOf(order.paymentId)
  const totalMinor = madeByOthers(listed, await refundsOfPayment(store, order.paymentId))
  return { totalMinor, onLineMinor: totalMinor === 0 || order.lines.length === 1 ? totalMinor : null }
}

/**
 * @param others null: they were not asked
 * @returns null, and nothing is written, where others must be asked after all: something changed meanwhile
 */
async function decide(
  store: Store,
  parts: SettleParts,
  row: RefundEventRow,
  found: Found,
  others: Others | null,
): Promise<Settled | null> {
  const now = new Date()
  return store.transaction().execute(async (trx) => {
    await lockReservations(trx)
    // While others were asked somebody else may have decided, or the film was watched on.
    const event = await lockNewEvent(trx, row.id)
    const rules = await activeRules(trx)
    const shadow = await shadowRules(trx)
    const all = [...rules, ...shadow]
    const known = others ? others.onLineMinor : 0
    const facts = event && (await factsOf(trx, parts, event, found, known, all, now))
    if (!event || !facts) {
      if (event) await postponeEvent(trx, event.id, parts.idleMs)
      return DONE
    }
    const { order, line } = found
    const wanted = decideRefund(facts.event, rules)
    if (!others && isGiven(wanted.outcome)) return null
    const rule = rules.find(({ id }) => id === wanted.ruleId) ?? null
    const ruled = rule ? inPayableUnits(parts.gateways.payment, wanted, facts.event, rule) : wanted
    const key = refundKey(line.id, ruled.cause)
    const ofOrder = { id: order.id, chargedMinor: orderMinorOf(order), othersMinor: others?.totalMinor ?? 0 }
    const decision = await holdBack(trx, parts.payouts, ruled, rule, facts, { key, order: ofOrder, now })
    await insertShadowDecisions(trx, event.id, decideInShadow(facts.event, rules, shadow))
    const decisionId = await insertDecision(trx, {
      event_id: event.id,
      kind: facts.event.kind,
      action: decision.action ?? 'refund',
      sid: facts.sids.at(-1) ?? null,
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
    await markEventDecided(trx, event.id)
    if (event.kind === 'playback') await markSessionsDecided(trx, line.id, decision.outcome)
    if (decisionId === null) return DONE
    if (ruled.opensListingCase && rule) {
      await openListingCase(trx, {
        eventId: event.id,
        title: line.title,
        owner: parts.ownerOf(event.code ?? ''),
        ruleId: rule.id,
        withinDays: rule.repeat?.withinDays ?? 0,
      })
    }
    if (decision.outcome !== 'pay' && decision.outcome !== 'ask') {
      return { outcome: decision.outcome, refundId: null, replacementId: null }
    }
    const asked = decision.outcome === 'ask'
    const reply =
      rule?.reply && event.case_id !== null && !asked
        ? { reply: { caseId: event.case_id, code: rule.reply } }
        : {}
    if (decision.action === 'replace') {
      const replacementId = await insertReplacement(trx, {
        key,
        decision_id: decisionId,
        case_id: event.case_id,
        order_id: order.id,
        order_line_id: line.id,
        customer_id: order.customerId,
        sku: line.sku,
        title: line.title,
        quantity: line.quantity,
        locale: found.customer.locale,
        mail_template: rule?.mail ?? null,
        state: asked ? 'asked' : 'intent',
      })
      return {
        outcome: decision.outcome,
        refundId: null,
        replacementId: asked ? null : replacementId,
        ...reply,
      }
    }
    const refundId = await insertRefund(trx, {
      key,
      decision_id: decisionId,
      case_id: event.case_id,
      order_id: order.id,
      order_line_id: line.id,
      customer_id: order.customerId,
      payment_id: order.paymentId,
      title: line.title,
      sku: line.sku,
      locale: found.customer.locale,
      mail_template: rule?.mail ?? null,
      problem: problemOf(facts.event),
      amount_minor: decision.amountMinor,
      currency: decision.currency,
      charged_minor: facts.event.order.priceMinor,
      rule_id: decision.ruleId,
      device_hash: facts.deviceHash,
      incident_id: facts.incidentId,
      never_started: facts.event.session?.started === false,
      order_minor: ofOrder.chargedMinor,
      others_minor: ofOrder.othersMinor,
      tax_rate_percent: line.taxRatePercent === undefined ? null : String(line.taxRatePercent),
      state: 'asked',
    })
    if (refundId === null) return DONE
    if (asked) {
      refundsTotal.inc({ outcome: 'asked', currency: decision.currency })
      return { outcome: 'ask', refundId: null, replacementId: null }
    }
    const { amountMinor, currency } = decision
    const chargedMinor = facts.event.order.priceMinor
    const money = { refundId, round: 1, orderLineId: line.id, chargedMinor, amountMinor, currency }
    await reserve(trx, parts.payouts, money, now)
    return { outcome: 'pay', refundId, replacementId: null, ...reply }
  })
}

/** What went wrong, in a word that mail templates know. */
function problemOf(event: RefundEvent): string | null {
  if (event.kind === 'playback.failed') return 'error'
  return event.kind === 'playback.ended' ? 'stalls' : null
}

async function denyUnknownOrder(store: Store, row: RefundEventRow): Promise<Settled> {
  return store.transaction().execute(async (trx) => {
    const event = await lockNewEvent(trx, row.id)
    if (!event) return DONE
    const sessions = event.order_line_id ? await sessionsOfLine(trx, event.order_line_id) : []
    await insertDecision(trx, {
      event_id: event.id,
      kind: event.kind,
      sid: sessions.at(-1)?.sid ?? null,
      order_line_id: event.order_line_id ?? '',
      customer_id: event.customer_id ?? '',
      outcome: 'deny',
      amount_minor: 0,
      currency: 'XXX',
      limit_hit: 'order',
      reasons: '[]',
      inputs: '{}',
      sentence: JSON.stringify({
        en: 'The shop does not know this order line of this customer.',
        ja: 'ショップに該当するお客様のご注文明細がありません。',
      }),
    })
    await markEventDecided(trx, event.id)
    if (event.kind === 'playback' && event.order_line_id) {
      await markSessionsDecided(trx, event.order_line_id, 'deny')
    }
    return { outcome: 'deny', refundId: null, replacementId: null }
  })
}
