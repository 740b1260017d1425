import { formatMoney } from '../money.ts'
import { type FourEyesReason, type FourEyesSubject, fourEyesReason } from '../replies/index.ts'
import type { Desk } from './desk.ts'
import { type Language, translate } from './i18n.ts'

/** Why policy wants an edit of a case's reply let out by somebody else; null where it does not. */
export function whyFourEyes(desk: Desk, subject: FourEyesSubject): FourEyesReason | null {
  return fourEyesReason(desk.replies.policy.fourEyes ?? [], subject)
}

export function fourEyesRule(desk: Desk, subject: FourEyesSubject): boolean {
  return whyFourEyes(desk, subject) !== null
}

/**
 * The same to somebody who looks at the case: 'This case gives the customer $24.00; above $10.00 policy asks for four
 * eyes. If you change the text, somebody else must approve it.'
 * @param mine the text holds words of theirs
 */
export function sayFourEyes(language: Language, reason: FourEyesReason, mine: boolean): string {
  const then = translate(language, mine ? 'work.fourEyesMine' : 'work.fourEyes')
  return [sayWhy(language, reason), then].join(language === 'ja' ? '' : ' ')
}

function sayWhy(language: Language, { money }: FourEyesReason): string {
  if (!money) return translate(language, 'work.fourEyesRule')
  const { minor, currency, aboveMinor } = money
  const sum = formatMoney(minor, currency, language)
  return aboveMinor
    ? translate(language, 'work.fourEyesAbove', { sum, above: formatMoney(aboveMinor, currency, language) })
    : translate(language, 'work.fourEyesMoney', { sum })
}
