import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * Faults of the books that must never be: entries out of balance, accounts that differ from what the refunds
 * themselves say, lines refunded beyond their charge. Each is one statement, so that it sees one moment.
 */
export async function checkLedger(db: Db): Promise<string[]> {
  const accounts = await sql<{ currency: string; what: string; booked: string; expected: string }>`
    with booked as (
      select currency,
        sum(amount_minor) as all_accounts,
        coalesce(sum(amount_minor) filter (where account = 'refunds:reserved'), 0) as reserved,
        coalesce(sum(amount_minor) filter (where account = 'customer:owed'), 0) as owed,
        coalesce(sum(amount_minor) filter (where account = 'refunds:paid'), 0) as paid,
        coalesce(sum(amount_minor) filter (where account = 'provider:balance'), 0) as balance
      from ledger_entries group by currency
    ), told as (
      select currency,
        coalesce(sum(amount_minor) filter (where state in ('reserved', 'sending', 'pending', 'unknown')), 0) as reserved,
        coalesce(sum(amount_minor) filter (where state = 'paid'), 0) as paid
      from refunds group by currency
    ), both_sides as (
      select currency, coalesce(all_accounts, 0) as all_accounts, coalesce(booked.reserved, 0) as reserved,
        coalesce(owed, 0) as owed, coalesce(booked.paid, 0) as paid, coalesce(balance, 0) as balance,
        coalesce(told.reserved, 0) as told_reserved, coalesce(told.paid, 0) as told_paid
      from booked full join told using (currency)
    )
    select currency, what, booked::text, expected::text from both_sides,
      lateral (values
        ('the sum of all accounts', all_accounts, 0),
        ('what is reserved', reserved, told_reserved),
        ('what customers are owed', -owed, told_reserved),
        ('what was paid', paid, told_paid),
        ('what left the provider', -balance, told_paid)) as checks (what, booked, expected)
    where booked <> expected order by currency`.execute(db)
  const differing = await sql<{ id: number }>`
    with booked as (
      select refund_id, min(currency) as currency, count(distinct currency) as currencies,
        coalesce(sum(amount_minor) filter (where account = 'refunds:reserved'), 0) as reserved,
        coalesce(sum(amount_minor) filter (where account = 'refunds:paid'), 0) as paid
      from ledger_entries group by refund_id)
    select r.id from refunds r left join booked b on b.refund_id = r.id
    where coalesce(b.reserved, 0) <>
        case when r.state in ('reserved', 'sending', 'pending', 'unknown') then r.amount_minor else 0 end
      or coalesce(b.paid, 0) <> case when r.state = 'paid' then r.amount_minor else 0 end
      or b.currencies > 1 or b.currency <> r.currency
    order by r.id limit 10`.execute(db)
  const overcharged = await sql<{ order_id: string }>`
    select order_id from refunds
    where state in ('reserved', 'sending', 'pending', 'paid', 'unknown') and method = 'payment'
    group by order_id having sum(amount_minor) > max(order_minor) limit 10`.execute(db)
  const overpaid = await sql<{ order_line_id: string }>`
    select order_line_id from refunds where state in ('reserved', 'sending', 'pending', 'paid', 'unknown')
    group by order_line_id having sum(amount_minor) > max(charged_minor) limit 10`.execute(db)
  return [
    ...accounts.rows.map(
      ({ currency, what, booked, expected }) =>
        `ledger: ${what} is ${booked} ${currency} (minor units), the refunds say ${expected}`,
    ),
    ...differing.rows.map(({ id }) => `ledger: what is booked of refund ${id} is not what the refund says`),
    ...overcharged.rows.map((row) => `order ${row.order_id} is refunded beyond its charge`),
    ...overpaid.rows.map((row) => `order line ${row.order_line_id} is refunded beyond its charge`),
  ]
}
