import { stringify } from 'csv-stringify/sync'
import { plainCell } from '../contacts/contacts-csv.ts'
import type { Held, Review } from './review.ts'

/** Columns that every line has. */
const COLUMNS = [
  'span',
  'from',
  'until',
  'country',
  'language',
  'code',
  'name_en',
  'name_ja',
  'department',
  'code_state',
  'contacts',
  'severe',
  'orders',
  'per_1000_orders',
  'before',
  'before_contacts',
  'before_ratio',
  'before_low',
  'before_high',
  'before_adjusted_chance',
  'before_verdict',
  'year_before',
  'year_before_contacts',
  'year_before_ratio',
  'year_before_low',
  'year_before_high',
  'year_before_adjusted_chance',
  'year_before_verdict',
  'posts',
  'answered',
  'first_answer_median_s',
  'first_answer_90th_s',
  'answered_within_600_s',
  'refunds',
  'products',
] as const

/** A review as CSV, a line for each code; empty where nobody knows. Refunds are `EUR:1250:3`: minor units, how many. */
export function reviewCsv(review: Review): string {
  const { span, counted, filter, orders } = review
  const lines = review.lines.map((line): (string | number | null)[] => [
    span.name,
    span.from.toISOString(),
    counted?.until.toISOString() ?? null,
    filter.country,
    filter.language,
    line.code,
    line.name.en,
    line.name.ja,
    line.name.department,
    line.name.state,
    line.contacts,
    line.severe,
    orders,
    line.rate,
    review.before.name,
    ...held(line.before),
    review.yearBefore.name,
    ...held(line.yearBefore),
    line.answers?.posts ?? 0,
    line.answers?.answered ?? 0,
    line.answers?.medianS ?? null,
    line.answers?.ninetiethS ?? null,
    line.answers?.withinTenMinutes ?? 0,
    line.refunds.map(({ currency, minor, refunds }) => `${currency}:${minor}:${refunds}`).join(' '),
    line.things.map(({ productId, contacts }) => `${productId}:${contacts}`).join(' '),
  ])
  return stringify([[...COLUMNS], ...lines.map((cells) => cells.map(cellOf))], { record_delimiter: '\r\n' })
}

function held(each: Held | null): (string | number | null)[] {
  if (each === null) return [null, null, null, null, null, null]
  const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)
  return [each.count, finite(each.ratio), each.low, finite(each.high), each.adjusted, each.verdict]
}

function cellOf(value: string | number | null): string | number {
  return typeof value === 'string' ? plainCell(value) : (value ?? '')
}
