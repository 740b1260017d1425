import type { RefundRule } from './rule.ts'

/**
 * What a rule gives for a price, in minor units, before anything refunded earlier is taken off; half a unit
 * rounds up. Null where the rule does not speak about the currency.
 */
export function ruleAmount(
  amount: RefundRule['amount'],
  priceMinor: number,
  currency: string,
): number | null {
  const base =
    amount.sharePercent === undefined
      ? amount.fixedMinor?.[currency]
      : Math.floor((priceMinor * amount.sharePercent + 50) / 100)
  if (base === undefined) return null
  const least = amount.minMinor?.[currency] ?? 0
  const most = amount.maxMinor?.[currency] ?? Number.POSITIVE_INFINITY
  return Math.min(Math.max(base, least), most, priceMinor)
}
