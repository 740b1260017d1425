import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Days } from './payout-limits.ts'

const PAGE = 2_000

/** One line of the ledger with what an accountant asks about it. */
export interface JournalLine {
  id: number
  day: string
  at: Date
  refundId: number
  round: number
  event: string
  account: string
  amountMinor: number
  currency: string
  orderId: string
  orderLineId: string
  customerId: string
  method: string
  taxRatePercent: number | null
  ruleId: string | null
  provider: string | null
  providerId: string | null
  approvedBy: number | null
  grantedBy: number | null
}

/** The ledger between two of the company's days, both included, line by line in the order it was written. */
export async function* journalLines(
  db: Db,
  span: { from: string; to: string },
  { timeZone, closesAt }: Omit<Days, 'today'>,
): AsyncGenerator<JournalLine> {
  for (let after = 0; ; ) {
    const { rows } = await sql<JournalLine>`
      select e.id, ((e.at at time zone ${timeZone}) - ${closesAt}::time::interval)::date::text as day, e.at,
        e.refund_id as "refundId", e.round, e.event, e.account, e.amount_minor as "amountMinor", e.currency,
        r.order_id as "orderId", r.order_line_id as "orderLineId", r.customer_id as "customerId", r.method,
        r.tax_rate_percent::float as "taxRatePercent", r.rule_id as "ruleId", r.provider, r.provider_id as "providerId",
        r.approved_by as "approvedBy", r.granted_by as "grantedBy"
      from ledger_entries e join refunds r on r.id = e.refund_id
      where e.id > ${after}
        and e.at >= (${span.from}::date + ${closesAt}::time) at time zone ${timeZone}
        and e.at < ((${span.to}::date + 1) + ${closesAt}::time) at time zone ${timeZone}
      order by e.id limit ${PAGE}`.execute(db)
    yield* rows
    const last = rows.at(-1)
    if (rows.length < PAGE || !last) return
    after = last.id
  }
}
