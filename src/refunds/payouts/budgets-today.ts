import type { Db } from '../../store/database.ts'
import { usedOn } from '../../store/money-today.ts'
import { companyDay, type Payouts } from './payouts.ts'

/** One of the day's budgets: what is used of it, people's refunds included. */
export interface BudgetToday {
  currency: string
  /** All currencies together, in this one. */
  all: boolean
  usedMinor: number
  mostMinor: number
}

/** The budgets of the company's day, all currencies together last. */
export async function budgetsToday(
  db: Db,
  payouts: Payouts,
  now: Date,
): Promise<{ day: string; budgets: BudgetToday[] }> {
  const day = companyDay(payouts, now)
  const { perDayMinor, allPerDay } = payouts.budgets
  const used = await usedOn(db, day)
  const each = Object.entries(perDayMinor).map(([currency, mostMinor]) => ({
    currency,
    all: false,
    usedMinor: used.byCurrency.get(currency) ?? 0,
    mostMinor,
  }))
  const { currency, minor } = allPerDay
  return { day, budgets: [...each, { currency, all: true, usedMinor: used.baseMinor, mostMinor: minor }] }
}
