import { minorDigits } from '../money.ts'

/**
 * An amount as a person types it, in minor units of a currency: "2.50" and "2,50" USD are 250, "500" JPY is 500.
 * Null where it is no amount of that currency, or none above zero.
 */
export function typedAmount(text: string, currency: string): number | null {
  const match = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text.normalize('NFKC').trim())
  if (!match) return null
  const digits = minorDigits(currency)
  const [, whole = '', part = ''] = match
  if (part.length > digits) return null
  const minor = Number(whole + part.padEnd(digits, '0'))
  return minor > 0 ? minor : null
}
