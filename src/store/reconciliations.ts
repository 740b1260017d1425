import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'
import type { Days } from './payout-limits.ts'

/** When a company's day began and ended. */
export async function dayBounds(
  db: Db,
  day: string,
  { timeZone, closesAt }: Omit<Days, 'today'>,
): Promise<{ from: Date; to: Date }> {
  const { rows } = await sql<{ from: Date; to: Date }>`
    select (${day}::date + ${closesAt}::time) at time zone ${timeZone} as from,
      ((${day}::date + 1) + ${closesAt}::time) at time zone ${timeZone} as to`.execute(db)
  return rows[0] as { from: Date; to: Date }
}

/** Refunds that a provider should list under one of these keys or payments. */
export async function refundsByKeys(db: Db, keys: readonly string[]) {
  if (keys.length === 0) return []
  // As one array: a busy day has more keys than a statement has room for.
  return db
    .selectFrom('refunds')
    .selectAll()
    .where(sql<SqlBool>`key = any(${[...keys]}::text[])`)
    .execute()
}

/** The provider does not stand by a refund that we have as paid: payout asks it, and books what it says. */
export async function askAgain(db: Db, id: number): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ recheck_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', '=', 'paid')
    .execute()
}

/** Refunds that were paid through a provider within a span of time. */
export function paidBetween(db: Db, provider: string, from: Date, to: Date) {
  return db
    .selectFrom('refunds')
    .selectAll()
    .where('state', '=', 'paid')
    .where('provider', '=', provider)
    .where('paid_at', '>=', from)
    .where('paid_at', '<', to)
    .orderBy('id')
    .execute()
}

export interface Reconciliation {
  day: string
  provider: string
  matched: number
  faults: { en: string; ja: string }[]
  /** Refunds that others made at the provider. */
  others: { id: string; paymentId: string; amountMinor: number; currency: string }[]
}

export async function storeReconciliation(db: Db, result: Reconciliation): Promise<void> {
  const values = {
    ...result,
    faults: JSON.stringify(result.faults),
    others: JSON.stringify(result.others),
  }
  await db
    .insertInto('reconciliations')
    .values(values)
    .onConflict((conflict) =>
      conflict.columns(['day', 'provider']).doUpdateSet({
        matched: values.matched,
        faults: values.faults,
        others: values.others,
        at: sql<Date>`now()`,
      }),
    )
    .execute()
}

/** Days since its first refund that a provider has not been held against, the oldest first; at most a month's. */
export async function unreconciledDays(db: Db, provider: string, today: string): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select day::date::text as day
    from (select min(reserved_on) as first from refunds where provider = ${provider}) as ours,
      generate_series(greatest(${today}::date - 31, first), ${today}::date - 1, interval '1 day') as day
    where first is not null and not exists (select 1 from reconciliations r where r.day = day::date and r.provider = ${provider})
    order by day`.execute(db)
  return rows.map((row) => row.day)
}

/** The latest reconciliations, for people. */
export function listReconciliations(db: Db, limit: number) {
  return db
    .selectFrom('reconciliations')
    .select([sql<string>`day::text`.as('day'), 'provider', 'matched', 'faults', 'others', 'at'])
    .orderBy('day', 'desc')
    .orderBy('provider')
    .limit(limit)
    .execute()
}
