import { isCurrency } from '../money.ts'
import { isAmount } from './amounts.ts'
import type { RefundEvent } from './event.ts'
import type { Sentence } from './sentence.ts'

/** Why an event's facts can not carry a refund, or null. Nothing is paid on facts that can not be. */
export function inputFault(event: RefundEvent): Sentence | null {
  const { order, customer, history } = event
  if (order.customerId !== customer.id) {
    return { en: 'the order belongs to another customer', ja: '注文が別のお客様のものです' }
  }
  if (!isCurrency(order.currency)) {
    return { en: 'the currency of the order is not in ISO 4217', ja: '注文の通貨がISO 4217にありません' }
  }
  if (!isAmount(order.priceMinor)) {
    return {
      en: 'the price of the order line is not a possible amount',
      ja: '明細の価格が金額として不正です',
    }
  }
  const byRule = history.refundsByRuleTodayMinor
  const counted = typeof byRule === 'number' ? [byRule] : Object.values(byRule ?? { missing: Number.NaN })
  if (
    ![history.refundedOnLineMinor, history.refundsToCustomerToday].every(isAmount) ||
    !counted.every(isCount)
  ) {
    return { en: 'what was refunded before is not known', ja: 'これまでの返金の記録が確認できません' }
  }
  if (Number.isNaN(event.at.getTime())) {
    return { en: 'the event has no valid time', ja: '発生日時が不正です' }
  }
  return null
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
