import { formatMoney } from '../../money.ts'
import type { givenUnderKey } from '../../store/refund-decisions.ts'
import type { Decision } from './decide.ts'
import type { Sentence } from './sentence.ts'

type Given = Awaited<ReturnType<typeof givenUnderKey>>
type GivenRefund = NonNullable<Given['refund']>

const BEING_PAID: Sentence = { en: 'is being paid', ja: '支払い手続き中です' }
const HOW_IT_STANDS: Record<GivenRefund['state'], Sentence> = {
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
 * What remains of a decision where something was given for its order line and cause already: the sentence says how
 * that stands, and nothing more is given. Only a repeated complaint is refunded although a replacement was sent: the
 * replacement was wrong as well.
 * @returns null where nothing stands in the way
 */
export function alreadyGiven(
  decision: Decision,
  title: string,
  given: Given,
  repeated: boolean,
): Decision | null {
  const denied = (sentence: Sentence): Decision => ({
    ...decision,
    outcome: 'deny',
    amountMinor: 0,
    limit: 'key',
    sentence,
  })
  if (given.refund) return denied(sayRefund(title, given.refund))
  if (!given.replacement || (repeated && decision.action === 'refund')) return null
  return denied({
    en: `Nothing more is given for "${title}": replacement ${given.replacement.id} for the same order line is on record.`,
    ja: `「${title}」への追加の対応は行いません：同じ明細について代替品の手配（番号${given.replacement.id}）が記録されています。`,
  })
}

function sayRefund(title: string, used: GivenRefund): Sentence {
  const how = HOW_IT_STANDS[used.state]
  const amount = (locale: 'en' | 'ja') => formatMoney(used.amount_minor, used.currency, locale)
  return {
    en: `Nothing more is refunded for "${title}": refund ${used.id} of ${amount('en')} for the same order line ${how.en}.`,
    ja: `「${title}」の追加の返金は行いません：同じ明細への返金（番号${used.id}、${amount('ja')}）は${how.ja}。`,
  }
}
