import type { RefundEvent } from '../decision/event.ts'
import { compileRule } from './compile-rule.ts'
import type { RefundRule } from './rule.ts'

/** What a rule gives, before anything refunded earlier is taken off. */
export type RuleAmount =
  | {
      minor: number
      /** The rule's `maxMinor` made it smaller. */
      cut: boolean
      /** The row of the table that gave it, from 0. */
      row: number | null
    }
  /** Why there is none: not in the order's currency, or no row of the table holds. */
  | { missing: 'currency' | 'row' }

/** What a rule gives for an event, in minor units, never above the price of the line; half a unit rounds up. */
export function ruleAmount(rule: RefundRule, event: RefundEvent): RuleAmount {
  const { priceMinor, currency } = event.order
  const { amount } = rule
  // Only a rule that asks a person may do without: what was charged is what they decide about.
  if (!amount) return { minor: priceMinor, cut: false, row: null }
  const row = amount.table
    ? compileRule(rule).rows.findIndex((when) => when === null || when.holds(event))
    : null
  if (row === -1) return { missing: 'row' }
  const size = row === null ? amount : amount.table?.[row]
  const base = amount.requested ? event.goodwill?.amountMinor : sizeOf(size, priceMinor, currency)
  if (base === undefined) return { missing: 'currency' }
  const least = Math.max(base, amount.minMinor?.[currency] ?? 0)
  const most = amount.maxMinor?.[currency] ?? Number.POSITIVE_INFINITY
  const minor = Math.min(least, most, priceMinor)
  return { minor, cut: most < Math.min(least, priceMinor), row }
}

function sizeOf(
  size: { sharePercent?: number | undefined; fixedMinor?: Record<string, number> | undefined } | undefined,
  priceMinor: number,
  currency: string,
): number | undefined {
  if (size?.sharePercent === undefined) return size?.fixedMinor?.[currency]
  return Math.floor((priceMinor * size.sharePercent + 50) / 100)
}
