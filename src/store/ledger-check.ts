import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Faults of the ledger that must never be: entries out of balance, lines refunded beyond their charge. */
export async function checkLedger(db: Db): Promise<string[]> {
  const unbalanced = await sql<{ currency: string; sum: string }>`
    select currency, sum(amount_minor)::text as sum from ledger_entries
    group by currency having sum(amount_minor) <> 0`.execute(db)
  const overpaid = await sql<{ order_line_id: string }>`
    select order_line_id from refunds where state in ('reserved', 'sending', 'pending', 'paid', 'unknown')
    group by order_line_id having sum(amount_minor) > max(charged_minor) limit 10`.execute(db)
  return [
    ...unbalanced.rows.map(
      (row) => `the ledger is out of balance by ${row.sum} ${row.currency} (minor units)`,
    ),
    ...overpaid.rows.map((row) => `order line ${row.order_line_id} is refunded beyond its charge`),
  ]
}
