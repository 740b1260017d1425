import { refundsTotal } from '../../metrics.ts'
import { audit } from '../../store/audit.ts'
import type { Db, Store } from '../../store/database.ts'
import { insertGoodwillEvent } from '../../store/goodwill.ts'
import { lockReservations, refundedOnLine } from '../../store/payout-limits.ts'
import { isDisputed } from '../../store/provider-events.ts'
import { insertDecision } from '../../store/refund-decisions.ts'
import { findRefundByKey, insertRefund, refundsOfPayment } from '../../store/refunds.ts'
import type { Decision } from '../decision/decide.ts'
import { orderMinorOf } from '../decision/order-facts.ts'
import type { Sentence } from '../decision/sentence.ts'
import { GatewayUnavailableError } from '../gateways/index.ts'
import { isAmount } from '../payouts/amounts.ts'
import { madeByOthers } from '../payouts/find-taken.ts'
import { refundKey } from '../payouts/key.ts'
import type { Gateways } from '../payouts/pay-refund.ts'
import type { Payouts } from '../payouts/payouts.ts'
import { capHit, reserve } from '../payouts/reserve.ts'
import {
  ShopAnswerError,
  type ShopClient,
  type ShopCustomer,
  ShopNotFoundError,
  ShopUnavailableError,
} from '../shop/shop.ts'
import { recentOrders } from './complaints.ts'
import { goodwillBudget } from './goodwill-budget.ts'
import { ruleOnGoodwill } from './goodwill-rule.ts'
import { goodwillWords } from './goodwill-words.ts'
import type { OrderLine } from './pick-order-line.ts'

export interface GoodwillParts {
  shop: Pick<ShopClient, 'customerOrders' | 'customer'>
  gateways: Gateways
  payouts: Payouts
}

export interface Goodwill {
  userId: number
  caseId: number
  orderLineId: string
  amountMinor: number
  currency: string
  method: 'refund' | 'coupon'
  /** Why, in the person's words. */
  reason: string
}

export type GoodwillOutcome =
  | { outcome: 'granted'; refundId: number }
  /** Somebody gave goodwill for this order line before, if only by the click before this one. */
  | { outcome: 'given-already'; refundId: number }
  | { outcome: 'refused'; why: Sentence }
  | { outcome: 'later'; reason: string }

/** The shop or the payment provider is away, or makes no sense: nothing was given. */
const NOT_NOW = [ShopUnavailableError, ShopAnswerError, ShopNotFoundError, GatewayUnavailableError]

/** Templates of the mails, by how it is given. */
const MAILS = { refund: 'goodwill', coupon: 'coupon' } as const

/**
 * Gives a customer something for an order line, because a person at the desk finds it right: no approval, inside the
 * person's budget of the day, the rules for goodwill, the company's budgets and the charge, all held in the
 * transaction that sets the money aside. Once an order line, however often it is asked for. The caller queues
 * 'payout'.
 */
export async function grantGoodwill(
  store: Store,
  parts: GoodwillParts,
  wanted: Goodwill,
  now = new Date(),
): Promise<GoodwillOutcome> {
  try {
    const recent = await recentOrders(store, parts.shop, wanted.caseId, now)
    const found = recent?.lines.find(({ line }) => line.id === wanted.orderLineId)
    if (!found) return refused(goodwillWords.notTheirs)
    const fault = faultIn(parts, wanted, found)
    if (fault) return refused(fault)
    const customer = await parts.shop.customer(found.order.customerId)
    const { paymentId, customerId } = found.order
    const others = await othersOn(store, parts.gateways.payment, paymentId)
    // Coupons are given to a customer, whose id stands where refunds have their payment.
    const target =
      wanted.method === 'refund'
        ? { paymentId, othersMinor: others }
        : { paymentId: customerId, othersMinor: await othersOn(store, parts.gateways.coupon, customerId) }
    return await grant(store, parts.payouts, wanted, { ...found, customer, others, target }, now)
  } catch (error) {
    if (!NOT_NOW.some((kind) => error instanceof kind)) throw error
    return { outcome: 'later', reason: (error as Error).message }
  }
}

function faultIn(
  { payouts, gateways }: GoodwillParts,
  wanted: Goodwill,
  { order }: OrderLine,
): Sentence | null {
  const { amountMinor, currency, method } = wanted
  if (wanted.reason.trim() === '') return goodwillWords.noReason
  if (!isAmount(amountMinor) || amountMinor === 0) return goodwillWords.noAmount
  if (currency !== order.currency) return goodwillWords.otherCurrency(order.currency)
  const most = payouts.goodwill.mostMinor[currency]
  if (most === undefined) return goodwillWords.noBudget(currency)
  if (amountMinor > most) return goodwillWords.atMost(most, currency)
  const gateway = method === 'refund' ? gateways.payment : gateways.coupon
  const payable = gateway.payable?.(amountMinor, currency) ?? amountMinor
  return payable === amountMinor ? null : goodwillWords.payable(payable, currency)
}

async function othersOn(store: Store, gateway: Gateways['payment'], paymentId: string): Promise<number> {
  return madeByOthers(await gateway.refundsOf(paymentId), await refundsOfPayment(store, paymentId))
}

interface Found extends OrderLine {
  customer: ShopCustomer
  /** What others refunded of the order's payment. */
  others: number
  /** Where the money is sent to, and what others gave there. */
  target: { paymentId: string; othersMinor: number }
}

function grant(
  store: Store,
  payouts: Payouts,
  wanted: Goodwill,
  found: Found,
  now: Date,
): Promise<GoodwillOutcome> {
  return store.transaction().execute(async (trx): Promise<GoodwillOutcome> => {
    await lockReservations(trx)
    const before = await findRefundByKey(trx, refundKey(found.line.id, 'goodwill'))
    if (before) return { outcome: 'given-already', refundId: before.id }
    const judged = await judge(trx, payouts, wanted, found, now)
    if ('why' in judged) return refused(judged.why)
    const refundId = await write(trx, wanted, found, judged.decision)
    const { amountMinor, currency } = wanted
    const chargedMinor = chargedFor(found)
    const money = { refundId, round: 1, orderLineId: found.line.id, chargedMinor, amountMinor, currency }
    await reserve(trx, payouts, money, now)
    const { userId, caseId, method } = wanted
    const detail = { refund: refundId, amountMinor, currency, method }
    await audit(trx, `user:${userId}`, 'goodwill.granted', `case:${caseId}`, detail)
    refundsTotal.inc({ outcome: 'goodwill', currency })
    return { outcome: 'granted', refundId }
  })
}

/** What stands in the way, or the facts under which it is given. */
async function judge(
  trx: Db,
  payouts: Payouts,
  wanted: Goodwill,
  found: Found,
  now: Date,
): Promise<{ why: Sentence } | { decision: Decision }> {
  const { amountMinor, currency, method } = wanted
  const { order, line } = found
  const { leftMinor } = await goodwillBudget(trx, payouts, wanted.userId, currency, now)
  if (amountMinor > leftMinor) return { why: goodwillWords.leftToday(leftMinor, currency) }
  if (await isDisputed(trx, order.paymentId)) return { why: goodwillWords.disputed }
  // A payment is of a whole order: what others gave back of it may have been for this line.
  const facts = {
    ...found,
    goodwill: { amountMinor, method },
    refundedOnLineMinor: await refundedOnLine(trx, line.id),
    refundedByOthersMinor: found.others,
  }
  const left = Math.max(0, chargedFor(found) - facts.refundedOnLineMinor - facts.refundedByOthersMinor)
  if (amountMinor > left) return { why: goodwillWords.leftOfCharge(left, currency) }
  const { decision, ruled } = await ruleOnGoodwill(trx, payouts, facts, now)
  if (ruled && decision.outcome !== 'pay') return { why: decision.sentence }
  if (ruled && decision.amountMinor < amountMinor) {
    return { why: goodwillWords.atMost(decision.amountMinor, currency) }
  }
  const chargedMinor = chargedFor(found)
  const payment =
    method === 'refund'
      ? { payment: { id: order.paymentId, orderMinor: orderMinorOf(order), othersMinor: found.others } }
      : {}
  const wish = { refundId: null, orderLineId: line.id, chargedMinor, amountMinor, currency, ...payment }
  const hit = await capHit(trx, payouts, wish, now)
  return hit ? { why: goodwillWords.alone(hit.why) } : { decision }
}

/** Event, decision and refund. @returns the refund's id */
async function write(trx: Db, wanted: Goodwill, found: Found, decision: Decision): Promise<number> {
  const { userId, caseId, amountMinor, currency, method } = wanted
  const { order, line, target } = found
  const eventId = await insertGoodwillEvent(trx, {
    key: `goodwill:${line.id}`,
    caseId,
    customerId: order.customerId,
    orderId: order.id,
    orderLineId: line.id,
    sku: line.sku,
    facts: { amountMinor, currency, method, userId },
  })
  const decisionId = await insertDecision(trx, {
    event_id: eventId,
    kind: 'goodwill',
    order_line_id: line.id,
    customer_id: order.customerId,
    rule_id: decision.ruleId,
    rule_hash: decision.ruleHash,
    outcome: 'pay',
    amount_minor: amountMinor,
    currency,
    reasons: JSON.stringify(decision.reasons),
    inputs: JSON.stringify(decision.inputs),
    sentence: JSON.stringify(goodwillWords.given(amountMinor, currency, method, line.title)),
  })
  if (eventId === null || decisionId === null) throw new Error(`goodwill for ${line.id} has no refund`)
  const refundId = await insertRefund(trx, {
    key: refundKey(line.id, 'goodwill'),
    decision_id: decisionId,
    case_id: caseId,
    order_id: order.id,
    order_line_id: line.id,
    customer_id: order.customerId,
    payment_id: target.paymentId,
    title: line.title,
    sku: line.sku,
    locale: found.customer.locale,
    mail_template: MAILS[method],
    amount_minor: amountMinor,
    currency,
    charged_minor: chargedFor(found),
    order_minor: method === 'refund' ? orderMinorOf(order) : null,
    rule_id: decision.ruleId,
    method: method === 'refund' ? 'payment' : 'coupon',
    granted_by: userId,
    note: wanted.reason,
    others_minor: target.othersMinor,
    tax_rate_percent: line.taxRatePercent === undefined ? null : String(line.taxRatePercent),
    state: 'asked',
  })
  if (refundId === null) throw new Error(`the key of goodwill for ${line.id} was taken under the lock`)
  return refundId
}

function chargedFor({ line }: OrderLine): number {
  return line.priceMinor * line.quantity
}

function refused(why: Sentence): GoodwillOutcome {
  return { outcome: 'refused', why }
}
