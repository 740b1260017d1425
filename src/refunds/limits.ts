import { formatMoney } from '../money.ts'
import type { RefundEvent } from './event.ts'
import type { RefundRule } from './rule.ts'
import type { Sentence } from './sentence.ts'

/** A limit that takes a refund out of the machine's hands, and why. */
export interface LimitHit {
  limit: string
  why: Sentence
}

/** The first thing that makes a person decide about `amountMinor`, or null. A currency without a limit asks. */
export function limitHit(event: RefundEvent, rule: RefundRule, amountMinor: number): LimitHit | null {
  const { session, history, order } = event
  const { perCustomerPerDay, perRulePerDayMinor } = rule.limits
  if (session.implausible.length > 0) {
    const list = session.implausible.join('; ')
    return {
      limit: 'implausible',
      why: { en: `the reports can not be true: ${list}`, ja: `再生記録に不自然な点があります（${list}）` },
    }
  }
  if (perCustomerPerDay !== undefined && history.refundsToCustomerToday >= perCustomerPerDay) {
    const n = history.refundsToCustomerToday
    return {
      limit: 'perCustomerPerDay',
      why: {
        en: `the customer had ${n} refund(s) today, the rule allows ${perCustomerPerDay}`,
        ja: `このお客様への本日の返金は${n}件で、ルールの上限は${perCustomerPerDay}件です`,
      },
    }
  }
  if (perRulePerDayMinor) {
    const most = perRulePerDayMinor[order.currency]
    if (most === undefined) return noLimitFor('perRulePerDayMinor', order.currency)
    const today = history.refundsByRuleTodayMinor
    const spent = typeof today === 'number' ? today : (today[rule.id] ?? 0)
    if (spent + amountMinor > most) {
      return {
        limit: 'perRulePerDayMinor',
        why: {
          en: `the rule paid ${formatMoney(spent, order.currency, 'en')} today, with this one it would be above its limit of ${formatMoney(most, order.currency, 'en')}`,
          ja: `このルールの本日の返金額は${formatMoney(spent, order.currency, 'ja')}で、今回の分を加えると上限の${formatMoney(most, order.currency, 'ja')}を超えます`,
        },
      }
    }
  }
  if (rule.approval.aboveMinor) {
    const most = rule.approval.aboveMinor[order.currency]
    if (most === undefined) return noLimitFor('approval.aboveMinor', order.currency)
    if (amountMinor > most) {
      return {
        limit: 'approval.aboveMinor',
        why: {
          en: `above ${formatMoney(most, order.currency, 'en')} a person agrees first`,
          ja: `${formatMoney(most, order.currency, 'ja')}を超える返金には担当者の承認が必要です`,
        },
      }
    }
  }
  return null
}

function noLimitFor(limit: string, currency: string): LimitHit {
  return {
    limit,
    why: {
      en: `the rule has no ${limit} for ${currency}`,
      ja: `ルールに${currency}の${limit}が定められていません`,
    },
  }
}
