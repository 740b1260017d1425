import { isCurrency } from '../../money.ts'
import { isAmount } from '../payouts/amounts.ts'
import type { RefundEvent } from './event.ts'
import type { Sentence } from './sentence.ts'

/** Why an event's facts can not carry a refund, or null. Nothing is paid on facts that can not be. */
export function inputFault(event: RefundEvent): Sentence | null {
  const { order, customer, history, goodwill, complaint } = event
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
  if (!isAmount(history.refundedOnLineMinor) || !isAbsentOrAmount(history.refundedByOthersMinor)) {
    return { en: 'what was refunded before is not known', ja: 'これまでの返金の記録が確認できません' }
  }
  if (event.kind === 'goodwill' && !(isAmount(goodwill?.amountMinor) && goodwill.amountMinor > 0)) {
    return { en: 'the goodwill is not a possible amount', ja: 'お詫びの金額が不正です' }
  }
  if (complaint && !haveAges(complaint.earlierByCustomerDays, complaint.earlierByProductDays)) {
    return { en: 'the ages of earlier complaints can not be', ja: '過去の申し出の日時が不正です' }
  }
  if (Number.isNaN(event.at.getTime())) {
    return { en: 'the event has no valid time', ja: '発生日時が不正です' }
  }
  return null
}

function isAbsentOrAmount(value: number | null | undefined): boolean {
  return value === null || value === undefined || isAmount(value)
}

function haveAges(...lists: number[][]): boolean {
  return lists.every(
    (ages) => Array.isArray(ages) && ages.every((days) => Number.isFinite(days) && days >= 0),
  )
}
