import type { Db } from '../../store/database.ts'
import { usageIn } from '../../store/payout-limits.ts'
import { companyDay, type Payouts } from '../payouts/payouts.ts'
import type { RefundRule } from '../rules/rule.ts'
import type { ShopCustomer, ShopOrder } from '../shop/shop.ts'
import type { RefundEvent, RefundHistory } from './event.ts'
import { usageKeys } from './limits.ts'

/** An order line of the shop's, with its order and its customer. */
export interface OrderLineOf {
  order: ShopOrder
  line: ShopOrder['lines'][number]
  customer: ShopCustomer
}

/** What rules may know of an order line and its customer. */
export function orderFacts({ order, line, customer }: OrderLineOf): Pick<RefundEvent, 'order' | 'customer'> {
  return {
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
  }
}

/** What was charged for the whole order, minor units. */
export function orderMinorOf({ totalMinor, lines }: ShopOrder): number {
  return totalMinor ?? lines.reduce((sum, { priceMinor, quantity }) => sum + priceMinor * quantity, 0)
}

/** What was given already in each window that the limits of these rules look at. */
export async function usageFor(
  db: Db,
  payouts: Payouts,
  rules: readonly RefundRule[],
  { order, line }: Pick<OrderLineOf, 'order' | 'line'>,
  now: Date,
): Promise<NonNullable<RefundHistory['usage']>> {
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
  for (const window of usageKeys(rules)) usage[window.key] = await usageIn(db, window, of, days)
  return usage
}
