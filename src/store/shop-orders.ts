import { sql } from 'kysely'
import type { Db, Store } from './database.ts'

/** Orders of one of the company's days. */
export interface OrderDay {
  day: string
  /** By country (ISO 3166-1). */
  orders: { country: string; orders: number }[]
}

/** Keeps what the shop told of days that are over; what it told before of them is gone. */
export async function storeOrderDays(store: Store, days: readonly OrderDay[]): Promise<void> {
  if (days.length === 0) return
  await store.transaction().execute(async (trx) => {
    const names = days.map(({ day }) => day)
    await sql`delete from shop_order_days where day = any(${names}::date[])`.execute(trx)
    await sql`insert into shop_order_days (day) select unnest(${names}::date[])`.execute(trx)
    const rows = days.flatMap(({ day, orders }) => orders.map((each) => ({ day, ...each })))
    await sql`
      insert into shop_orders (day, country, orders)
      select day::date, country, orders
      from json_to_recordset(${JSON.stringify(rows)}::json) as r (day text, country text, orders int)`.execute(
      trx,
    )
  })
}

/** Days of a span, both ends counted, that the shop did not tell of. */
export async function untoldDays(db: Db, from: string, to: string): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select day::date::text as day from generate_series(${from}::date, ${to}::date, '1 day') as day
    where not exists (select from shop_order_days t where t.day = day.day::date) order by 1`.execute(db)
  return rows.map(({ day }) => day)
}

/** Orders within a span of days, both ends counted; null where any of them is unknown. */
export async function ordersWithin(
  db: Db,
  from: string,
  to: string,
  country: string | null,
): Promise<number | null> {
  const { rows } = await sql<{ orders: number; untold: boolean }>`
    select coalesce(sum(o.orders) filter (where ${country}::text is null or o.country = ${country}), 0)::int as orders,
      (select count(*) from shop_order_days t where t.day between ${from}::date and ${to}::date)
        < (${to}::date - ${from}::date + 1) as untold
    from shop_orders o where o.day between ${from}::date and ${to}::date`.execute(db)
  return rows[0] && !rows[0].untold ? rows[0].orders : null
}
