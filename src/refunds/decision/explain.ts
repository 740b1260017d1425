import { formatMoney } from '../../money.ts'
import { compileRule } from '../rules/compile-rule.ts'
import type { RefundRule } from '../rules/rule.ts'
import type { RefundVariable } from '../rules/variables.ts'
import type { RefundEvent } from './event.ts'
import type { Reason } from './reasons.ts'
import { describeFacts, type Sentence } from './sentence.ts'

/** Why nothing is paid without a person, or at all. */
export const whyNot = {
  nothingLeft: {
    en: 'what was charged for it has been refunded already, or nothing was charged',
    ja: '請求額はすでに全額返金済みか、請求がありません',
  },
  roundsToNothing: { en: 'the share of the price rounds to nothing', ja: '返金額が0になります' },
  noAmount(missing: 'currency' | 'row', currency: string): Sentence {
    if (missing === 'row') {
      return {
        en: 'no row of the table of amounts holds, so this is all that is left of the charge',
        ja: '金額の表に当てはまる行がないため、請求額の残り全額を表示しています',
      }
    }
    return {
      en: `the rule has no amount for ${currency}, so this is all that is left of the charge`,
      ja: `ルールに${currency}の金額が定められていないため、請求額の残り全額を表示しています`,
    }
  },
  partlyRefunded(refunded: number, currency: string): Sentence {
    return {
      en: `${formatMoney(refunded, currency, 'en')} of it was refunded already`,
      ja: `すでに${formatMoney(refunded, currency, 'ja')}を返金済みです`,
    }
  },
}

/** Says what is done, by which rule and on which facts. */
export function explainPay(
  event: RefundEvent,
  rule: RefundRule,
  variables: readonly RefundVariable[],
  amountMinor: number,
  limit: 'charge' | 'maxMinor' | null,
): Sentence {
  const { title, currency } = event.order
  const seen = factsSeen(event, variables)
  const cut = cutBy(limit)
  if (rule.action === 'replace') {
    return {
      en: `Send "${title}" again by the rule "${rule.name.en}"${seen.en && `: ${seen.en}`}.`,
      ja: `「${title}」について、ルール「${rule.name.ja}」により代わりの品をお送りします${seen.ja && `（${seen.ja}）`}。`,
    }
  }
  return {
    en: `Refund ${formatMoney(amountMinor, currency, 'en')} for "${title}" by the rule "${rule.name.en}"${seen.en && `: ${seen.en}`}.${cut.en}`,
    ja: `「${title}」について、ルール「${rule.name.ja}」により${formatMoney(amountMinor, currency, 'ja')}を返金します${seen.ja && `（${seen.ja}）`}。${cut.ja}`,
  }
}

function cutBy(limit: 'charge' | 'maxMinor' | null): Sentence {
  if (limit === 'charge') return { en: ' The rest was refunded before.', ja: '残りはすでに返金済みです。' }
  if (limit === 'maxMinor') return { en: ' The rule gives no more.', ja: 'ルールの上限額です。' }
  return { en: '', ja: '' }
}

function factsSeen(event: RefundEvent, variables: readonly RefundVariable[]): Sentence {
  const { complaint } = event
  const facts = describeFacts(event, variables)
  if (!complaint || variables.some(({ name }) => name === 'complaint.code')) return facts
  return {
    en: `complaint ${complaint.code}${facts.en && `, ${facts.en}`}`,
    ja: `申し出 ${complaint.code}${facts.ja && `、${facts.ja}`}`,
  }
}

/** Says what a person decides about, and why a person. */
export function explainAsk(
  event: RefundEvent,
  rule: RefundRule,
  amountMinor: number,
  why: Sentence,
): Sentence {
  const { title, currency } = event.order
  if (rule.action === 'replace') {
    return {
      en: `A person decides about sending "${title}" again (rule "${rule.name.en}"): ${why.en}.`,
      ja: `「${title}」の代わりの品の発送（ルール「${rule.name.ja}」）は担当者の判断を待ちます：${why.ja}。`,
    }
  }
  return {
    en: `A person decides about ${formatMoney(amountMinor, currency, 'en')} for "${title}" (rule "${rule.name.en}"): ${why.en}.`,
    ja: `「${title}」への${formatMoney(amountMinor, currency, 'ja')}の返金（ルール「${rule.name.ja}」）は担当者の判断を待ちます：${why.ja}。`,
  }
}

/** Says why nothing is given. */
export function explainDeny(event: RefundEvent, why: Sentence): Sentence {
  const { title } = event.order
  return {
    en: `Nothing is refunded for "${title}": ${why.en}.`,
    ja: `「${title}」の返金は行いません：${why.ja}。`,
  }
}

/** Says what the rules asked for and did not find. */
export function explainNoRule(
  event: RefundEvent,
  rules: readonly RefundRule[],
  reasons: readonly Reason[],
): Sentence {
  const { title } = event.order
  // That a complaint is not a repeated one explains less than what the rule for first ones missed.
  const missed =
    reasons.find((reason) => !reason.held && reason.of === undefined) ??
    reasons.find((reason) => !reason.held)
  const rule = missed && rules.find(({ id }) => id === missed.ruleId)
  if (!missed || !rule) {
    const about = event.complaint ? `${event.kind} (${event.complaint.code})` : event.kind
    return {
      en: `No refund for "${title}": no rule is written for ${about}.`,
      ja: `「${title}」の返金はありません：${about}に対するルールがありません。`,
    }
  }
  if (missed.of === 'repeat') {
    return {
      en: `No refund for "${title}": the rule "${rule.name.en}" is for repeated complaints.`,
      ja: `「${title}」の返金はありません：ルール「${rule.name.ja}」は申し出が繰り返された場合のものです。`,
    }
  }
  const clause = compileRule(rule).condition?.clauses.find(({ text }) => text === missed.condition)
  const facts = describeFacts(event, clause?.variables ?? [])
  return {
    en: `No refund for "${title}": the rule "${rule.name.en}" asks for ${missed.condition} (${facts.en}).`,
    ja: `「${title}」の返金はありません：ルール「${rule.name.ja}」の条件 ${missed.condition} を満たしていません（${facts.ja}）。`,
  }
}
