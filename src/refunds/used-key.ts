import { formatMoney } from '../money.ts'
import type { RefundUnderKey } from '../store/refunds.ts'
import type { Decision } from './decide.ts'
import type { Sentence } from './sentence.ts'

const BEING_PAID: Sentence = { en: 'is being paid', ja: '支払い手続き中です' }
const HOW_IT_STANDS: Record<RefundUnderKey['state'], Sentence> = {
  asked: { en: 'waits for the decision of a person', ja: '担当者の判断を待っています' },
  reserved: BEING_PAID,
  sending: BEING_PAID,
  pending: BEING_PAID,
  paid: { en: 'was paid already', ja: 'すでに支払い済みです' },
  denied: { en: 'was denied by a person', ja: '担当者の判断により見送られました' },
  failed: {
    en: 'was refused by the payment provider; a person can send it again',
    ja: '決済会社に受け付けられませんでした。担当者が再送できます',
  },
  unknown: {
    en: 'may or may not have been paid, which a person has to find out',
    ja: '支払われたかどうか不明で、担当者の確認が必要です',
  },
}

/**
 * What remains of a decision where the one refund of its order line and cause exists already: nothing more is paid,
 * and the sentence says how that refund stands.
 */
export function denyUsedKey(decision: Decision, title: string, used: RefundUnderKey): Decision {
  const how = HOW_IT_STANDS[used.state]
  const amount = (locale: 'en' | 'ja') => formatMoney(used.amount_minor, used.currency, locale)
  return {
    ...decision,
    outcome: 'deny',
    amountMinor: 0,
    limit: 'key',
    sentence: {
      en: `Nothing more is refunded for "${title}": refund ${used.id} of ${amount('en')} for the same order line ${how.en}.`,
      ja: `「${title}」の追加の返金は行いません：同じ明細への返金（番号${used.id}、${amount('ja')}）は${how.ja}。`,
    },
  }
}
