import { sql } from 'kysely'
import type { Db } from './database.ts'

/** What the networks charged for one kind of call on one UTC day. */
export interface SpendRow {
  /** YYYY-MM-DD */
  day: string
  network: string
  kind: string
  charges: number
  microUsd: number
}

/** Charges by UTC day and kind. @param from first and `to` last day, YYYY-MM-DD */
export async function spendByDay(db: Db, from: string, to: string): Promise<SpendRow[]> {
  const rows = await db
    .selectFrom('api_spend')
    .select([sql<string>`day::text`.as('day'), 'network', 'kind', 'charges', 'micro_usd'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('api_spend.day')
    .orderBy('network')
    .orderBy('kind')
    .execute()
  return rows.map(({ micro_usd, charges, ...row }) => ({
    ...row,
    charges: Number(charges),
    microUsd: Number(micro_usd),
  }))
}

/** What the language model cost by UTC day. */
export async function modelSpendByDay(db: Db, from: string, to: string) {
  const rows = await db
    .selectFrom('model_spend')
    .select([sql<string>`day::text`.as('day'), 'micro_usd', 'calls'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('model_spend.day')
    .execute()
  return rows.map((row) => ({ day: row.day, microUsd: Number(row.micro_usd), calls: Number(row.calls) }))
}

/** Replies that went out by UTC day, and the complaints (cases) that got their first one then. */
export async function answeredByDay(
  db: Db,
  from: string,
  to: string,
): Promise<{ day: string; replies: number; answered: number }[]> {
  const { rows } = await sql<{ day: string; replies: number; answered: number }>`
    select (r.sent_at at time zone 'utc')::date::text as day, count(*)::int as replies,
      count(*) filter (where not exists (
        select 1 from replies earlier
        where earlier.case_id = r.case_id and earlier.state = 'sent'
          and (earlier.sent_at, earlier.id) < (r.sent_at, r.id)))::int as answered
    from replies r
    where r.sent_at >= ${from}::date::timestamp at time zone 'utc'
      and r.sent_at < (${to}::date + 1)::timestamp at time zone 'utc' and r.state = 'sent'
    group by 1 order by 1`.execute(db)
  return rows
}

/** What a network cost on the UTC day and in the UTC month of `now`, in millionths of a US dollar. */
export async function spentBy(
  db: Db,
  network: string,
  now: Date,
): Promise<{ dayMicroUsd: number; monthMicroUsd: number }> {
  const today = now.toISOString().slice(0, 10)
  const row = await db
    .selectFrom('api_spend')
    .select([
      sql<number>`coalesce(sum(micro_usd), 0)::bigint`.as('month'),
      sql<number>`coalesce(sum(micro_usd) filter (where day = ${today}::date), 0)::bigint`.as('today'),
    ])
    .where('network', '=', network)
    .where('day', '>=', `${today.slice(0, 7)}-01`)
    .executeTakeFirstOrThrow()
  return { dayMicroUsd: row.today, monthMicroUsd: row.month }
}
