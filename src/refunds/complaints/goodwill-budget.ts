import type { Db } from '../../store/database.ts'
import { goodwillGiven } from '../../store/payout-limits.ts'
import { companyDay, type Payouts } from '../payouts/payouts.ts'

/** What a person may give on a day of the company, minor units of one currency; nothing where it has no budget. */
export interface GoodwillBudget {
  dayMinor: number
  givenMinor: number
  leftMinor: number
  /** At most at once. */
  mostMinor: number
}

/** How a person's goodwill budget of today stands. */
export async function goodwillBudget(
  db: Db,
  payouts: Payouts,
  userId: number,
  currency: string,
  now: Date,
): Promise<GoodwillBudget> {
  const dayMinor = payouts.goodwill.perPersonPerDayMinor[currency] ?? 0
  const givenMinor = await goodwillGiven(db, userId, companyDay(payouts, now), currency)
  const leftMinor = Math.max(0, dayMinor - givenMinor)
  return { dayMinor, givenMinor, leftMinor, mostMinor: payouts.goodwill.mostMinor[currency] ?? 0 }
}

/** Amounts to offer: a small one, a medium one and the most, as far as they are there. */
export function goodwillAmounts(mostMinor: number): number[] {
  const shares = [mostMinor / 5, mostMinor / 2, mostMinor].map((minor) => Math.round(minor))
  return [...new Set(shares)].filter((minor) => minor > 0)
}
