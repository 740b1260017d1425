import { formatMoney } from '../../money.ts'
import type { RefundLimitScope, RefundRule } from '../rules/rule.ts'
import type { RefundEvent, RefundUsage } from './event.ts'
import type { Sentence } from './sentence.ts'

/** A limit that takes a refund out of the machine's hands, and why. */
export interface LimitHit {
  /** `implausible`, `suspicious`, `disputed`, `others`, `incident`, `perCustomer`, ..., `approval.aboveMinor`, `action`. */
  limit: string
  why: Sentence
}

/** What the caller counts for a limit: refunds and replacements that were not denied and did not fail. */
export interface UsageWindow {
  /** Where `history.usage` has it: `perCustomer:1`, and `perRule:1:streaming-rental`. */
  key: string
  scope: RefundLimitScope
  /** 1 is the company's today, 7 is today and the six days before. */
  days: number
  /** Only what this rule gave counts (`perRule`); null: what all rules and people gave. */
  ruleId: string | null
}

const SCOPES: readonly RefundLimitScope[] = ['perCustomer', 'perOrder', 'perTitle', 'perRule']

const SCOPE_NAMES: Record<RefundLimitScope, Sentence> = {
  perCustomer: { en: 'this customer', ja: 'このお客様' },
  perOrder: { en: 'this order', ja: 'この注文' },
  perTitle: { en: 'this product', ja: 'この商品' },
  perRule: { en: 'this rule', ja: 'このルール' },
}

/** The windows that the limits of these rules need, each once; the caller counts them for `history.usage`. */
export function usageKeys(rules: readonly RefundRule[]): UsageWindow[] {
  const windows = new Map<string, UsageWindow>()
  for (const rule of rules) {
    for (const scope of SCOPES) {
      const days = rule.limits[scope]?.days
      if (days === undefined) continue
      const window = usageWindow(rule, scope, days)
      windows.set(window.key, window)
    }
  }
  return [...windows.values()]
}

function usageWindow(rule: RefundRule, scope: RefundLimitScope, days: number): UsageWindow {
  const ruleId = scope === 'perRule' ? rule.id : null
  return { key: `${scope}:${days}${ruleId === null ? '' : `:${ruleId}`}`, scope, days, ruleId }
}

/**
 * The first thing that makes a person decide, or null: first what is odd about the event, then the limits of the
 * rule, then who must agree. A currency without a limit asks, and so does a limit whose window was not counted.
 * @param minor what is given: money, or the price of what is sent again
 */
export function limitHit(event: RefundEvent, rule: RefundRule, minor: number): LimitHit | null {
  return oddity(event) ?? overLimit(event, rule, minor) ?? needsApproval(event, rule, minor)
}

function oddity({ session, history, incident }: RefundEvent): LimitHit | null {
  if (session && session.implausible.length > 0) {
    const list = session.implausible.join('; ')
    return {
      limit: 'implausible',
      why: { en: `the reports can not be true: ${list}`, ja: `再生記録に不自然な点があります（${list}）` },
    }
  }
  if (history.suspicious) return { limit: 'suspicious', why: history.suspicious }
  if (history.disputed) {
    return {
      limit: 'disputed',
      why: {
        en: 'the customer disputes this payment at their bank, and paying here too would pay twice',
        ja: 'この支払いには異議申し立て（チャージバック）があり、返金すると二重払いになるおそれがあります',
      },
    }
  }
  if (history.refundedByOthersMinor === null || history.refundedByOthersMinor === undefined) {
    return {
      limit: 'others',
      why: {
        en: 'nobody could tell what others refunded of this at the payment provider',
        ja: 'この明細について、決済会社側での返金の有無を確認できません',
      },
    }
  }
  if (incident?.wide) {
    return {
      limit: 'incident',
      why: {
        en: 'it is part of a wide failure of ours, and one approval covers all whom it touched',
        ja: '当社側の広範囲の障害によるもので、影響を受けたお客様への返金をまとめて承認します',
      },
    }
  }
  return null
}

function overLimit(event: RefundEvent, rule: RefundRule, minor: number): LimitHit | null {
  const { currency } = event.order
  for (const scope of SCOPES) {
    const limit = rule.limits[scope]
    if (!limit) continue
    const name = SCOPE_NAMES[scope]
    const given = event.history.usage?.[usageWindow(rule, scope, limit.days).key]
    if (!isUsage(given)) {
      return {
        limit: scope,
        why: {
          en: `nobody could tell what ${name.en} was given in ${days(limit.days).en}`,
          ja: `${days(limit.days).ja}の${name.ja}への返金の記録を確認できません`,
        },
      }
    }
    if (limit.count !== undefined && given.count >= limit.count) {
      const { en, ja } = days(limit.days)
      return {
        limit: scope,
        why: {
          en: `${name.en} has ${given.count} refund(s) or replacement(s) in ${en}, the rule allows ${limit.count}`,
          ja: `${name.ja}の${ja}の返金・交換は${given.count}件で、ルールの上限は${limit.count}件です`,
        },
      }
    }
    if (!limit.minor) continue
    const most = limit.minor[currency]
    if (most === undefined) return noLimitFor(scope, currency)
    if (given.minor + minor > most) {
      const { en, ja } = days(limit.days)
      const money = (amount: number, locale: 'en' | 'ja') => formatMoney(amount, currency, locale)
      return {
        limit: scope,
        why: {
          en: `${name.en} has refunds of ${money(given.minor, 'en')} in ${en}, with this one it would be above the limit of ${money(most, 'en')}`,
          ja: `${name.ja}の${ja}の返金額は${money(given.minor, 'ja')}で、今回の分を加えると上限の${money(most, 'ja')}を超えます`,
        },
      }
    }
  }
  return null
}

function needsApproval(event: RefundEvent, rule: RefundRule, minor: number): LimitHit | null {
  const { currency } = event.order
  const { aboveMinor, always } = rule.approval
  if (rule.action === 'ask') {
    return {
      limit: 'action',
      why: { en: 'the rule leaves it to a person', ja: 'このルールでは担当者が判断します' },
    }
  }
  if (always) {
    return {
      limit: 'approval.always',
      why: { en: 'a person agrees to each one', ja: 'すべての件に担当者の承認が必要です' },
    }
  }
  if (!aboveMinor) return null
  const most = aboveMinor[currency]
  if (most === undefined) return noLimitFor('approval.aboveMinor', currency)
  if (minor <= most) return null
  return {
    limit: 'approval.aboveMinor',
    why: {
      en: `above ${formatMoney(most, currency, 'en')} a person agrees first`,
      ja: `${formatMoney(most, currency, 'ja')}を超える場合は担当者の承認が必要です`,
    },
  }
}

function isUsage(usage: RefundUsage | undefined): usage is RefundUsage {
  return usage !== undefined && [usage.count, usage.minor].every((n) => Number.isSafeInteger(n) && n >= 0)
}

function days(n: number): Sentence {
  return n === 1 ? { en: 'one day', ja: '本日' } : { en: `${n} days`, ja: `${n}日間` }
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
