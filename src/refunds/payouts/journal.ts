import { stringify } from 'csv-stringify/sync'
import { minorDigits } from '../../money.ts'
import type { Db } from '../../store/database.ts'
import { type JournalLine, journalLines } from '../../store/journal.ts'
import { companyDay, type Payouts } from './payouts.ts'

const DAY_MS = 86_400_000

/** Columns of the journal, in their order. */
export const JOURNAL_COLUMNS = [
  'line',
  'day',
  'at',
  'refund',
  'round',
  'event',
  'account',
  'debit',
  'credit',
  'currency',
  'tax_rate_percent',
  'tax_included',
  'order',
  'order_line',
  'customer',
  'method',
  'rule',
  'provider',
  'provider_id',
  'approved_by',
  'granted_by',
] as const

/**
 * One line of the ledger as a row of the journal: amounts in units with the currency's decimals, debit or credit, the
 * tax that is in them where the shop named the rate (prices include it; half a unit rounds up).
 */
export function journalRow(line: JournalLine): (string | number)[] {
  const { amountMinor, currency, taxRatePercent } = line
  const size = Math.abs(amountMinor)
  const amount = inUnits(size, currency)
  return [
    line.id,
    line.day,
    line.at.toISOString(),
    line.refundId,
    line.round,
    line.event,
    line.account,
    amountMinor > 0 ? amount : '',
    amountMinor < 0 ? amount : '',
    currency,
    taxRatePercent ?? '',
    taxRatePercent === null ? '' : inUnits(taxIn(size, taxRatePercent), currency),
    line.orderId,
    line.orderLineId,
    line.customerId,
    line.method,
    line.ruleId ?? '',
    line.provider ?? '',
    line.providerId ?? '',
    line.approvedBy === null ? '' : `user:${line.approvedBy}`,
    line.grantedBy === null ? '' : `user:${line.grantedBy}`,
  ]
}

/** Tax within an amount that includes it. */
function taxIn(minor: number, percent: number): number {
  return Math.floor((minor * percent) / (100 + percent) + 0.5)
}

function inUnits(minor: number, currency: string): string {
  const digits = minorDigits(currency)
  const text = String(minor).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Days of the company, YYYY-MM-DD, both included. */
export interface JournalSpan {
  from: string
  to: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/**
 * The span of a journal; without days that of the last closed day's month so far.
 * @returns a sentence for people where the days are none
 */
export function journalSpan(
  payouts: Payouts,
  given: { from?: string | undefined; to?: string | undefined },
  now: Date,
): JournalSpan | { fault: string } {
  const closed = companyDay(payouts, new Date(now.getTime() - DAY_MS))
  const to = given.to || closed
  const from = given.from || `${to.slice(0, 8)}01`
  // `from` may be made from `to`.
  for (const [name, day] of Object.entries({ to, from })) {
    const known = DAY.test(day) && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day)
    if (!known) return { fault: `${name} takes a day such as 2026-11-01, not ${JSON.stringify(day)}` }
  }
  return from > to ? { fault: `from ${from} is after to ${to}` } : { from, to }
}

/** The lines of the ledger of a span, in the order they were written. */
export function journalOf(db: Db, payouts: Payouts, span: JournalSpan): AsyncGenerator<JournalLine> {
  const { timeZone, dayClosesAt: closesAt } = payouts.books
  return journalLines(db, span, { timeZone, closesAt })
}

/** The journal as pieces of CSV (RFC 4180). Ids are other systems' words: none may start a formula in a spreadsheet. */
export async function* journalCsv(lines: AsyncIterable<JournalLine>): AsyncGenerator<string> {
  yield csv([...JOURNAL_COLUMNS])
  for await (const line of lines) yield csv(journalRow(line))
}

function csv(row: (string | number)[]): string {
  return stringify([row], { escape_formulas: true, record_delimiter: 'windows' })
}
