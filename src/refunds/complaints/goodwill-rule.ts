import type { Db } from '../../store/database.ts'
import { usageIn } from '../../store/payout-limits.ts'
import { type Decision, decideRefund } from '../decision/decide.ts'
import type { RefundEvent, RefundHistory } from '../decision/event.ts'
import { usageKeys } from '../decision/limits.ts'
import { companyDay, type Payouts } from '../payouts/payouts.ts'
import type { ShopCustomer } from '../shop/shop.ts'
import { activeRules } from '../versions/versions.ts'
import type { OrderLine } from './pick-order-line.ts'

/** What a person wants to give, and what is known of the order line. */
export interface GoodwillFacts extends OrderLine {
  customer: ShopCustomer
  goodwill: { amountMinor: number; method: 'refund' | 'coupon' }
  refundedOnLineMinor: number
  refundedByOthersMinor: number
}

/**
 * What the active rules for goodwill say of it, with every fact they saw; `ruled` is false where there is none, and
 * only the budgets bind.
 */
export async function ruleOnGoodwill(
  trx: Db,
  payouts: Payouts,
  facts: GoodwillFacts,
  now: Date,
): Promise<{ decision: Decision; ruled: boolean }> {
  const rules = (await activeRules(trx)).filter(({ event }) => event === 'goodwill')
  const { order, line, customer, goodwill, refundedOnLineMinor, refundedByOthersMinor } = facts
  const of = {
    customerId: order.customerId,
    orderId: order.id,
    sku: line.sku,
    title: line.title,
    currency: order.currency,
  }
  const { timeZone, dayClosesAt } = payouts.books
  const days = { today: companyDay(payouts, now), timeZone, closesAt: dayClosesAt }
  const usage: NonNullable<RefundHistory['usage']> = {}
  for (const window of usageKeys(rules)) usage[window.key] = await usageIn(trx, window, of, days)
  const event: RefundEvent = {
    kind: 'goodwill',
    at: now,
    goodwill,
    order: {
      id: order.id,
      kind: line.kind,
      currency: order.currency,
      customerId: order.customerId,
      country: order.country,
      lineId: line.id,
      priceMinor: line.priceMinor * line.quantity,
      title: line.title,
      sku: line.sku,
      quantity: line.quantity,
    },
    customer: { id: customer.id, locale: customer.locale, country: customer.country },
    history: { refundedOnLineMinor, refundedByOthersMinor, suspicious: null, usage },
  }
  return { decision: decideRefund(event, rules), ruled: rules.length > 0 }
}
