import { sql } from 'kysely'
import type { Db } from './database.ts'
import { SET_ASIDE } from './payout-limits.ts'

/** What is set aside or gone of a day's budgets: in each currency, and of all in that of the budgets; minor units. */
export async function usedOn(
  db: Db,
  day: string,
): Promise<{ byCurrency: Map<string, number>; baseMinor: number }> {
  const rows = await db
    .selectFrom('refunds')
    .select([
      'currency',
      sql<number>`sum(amount_minor)::bigint`.as('minor'),
      sql<number>`coalesce(sum(base_minor), 0)::bigint`.as('base'),
    ])
    .where('reserved_on', '=', day)
    .where('state', 'in', SET_ASIDE)
    .groupBy('currency')
    .orderBy('currency')
    .execute()
  return {
    byCurrency: new Map(rows.map(({ currency, minor }) => [currency, Number(minor)])),
    baseMinor: rows.reduce((sum, { base }) => sum + Number(base), 0),
  }
}

/**
 * What was set aside or went out each day by rule, in the currency of the budget for all; a rule of null is a person's.
 * @param from first and `to` last of the company's days, YYYY-MM-DD
 */
export async function usedByRule(
  db: Db,
  from: string,
  to: string,
): Promise<{ day: string; ruleId: string | null; baseMinor: number }[]> {
  const rows = await db
    .selectFrom('refunds')
    .select([
      sql<string>`reserved_on::text`.as('day'),
      'rule_id as ruleId',
      sql<number>`coalesce(sum(base_minor), 0)::bigint`.as('base'),
    ])
    .where('reserved_on', '>=', from)
    .where('reserved_on', '<=', to)
    .where('state', 'in', SET_ASIDE)
    .groupBy(['reserved_on', 'rule_id'])
    .orderBy('reserved_on')
    .execute()
  return rows.map(({ base, ...row }) => ({ ...row, baseMinor: Number(base) }))
}

/** How many refunds are in each state that is not the end of it. */
export async function countOpenRefunds(db: Db) {
  const rows = await db
    .selectFrom('refunds')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('state', 'in', ['asked', 'reserved', 'sending', 'pending', 'failed', 'unknown'])
    .groupBy('state')
    .execute()
  const of = (...states: string[]) =>
    rows.reduce((sum, row) => sum + (states.includes(row.state) ? Number(row.count) : 0), 0)
  return {
    asked: of('asked'),
    waiting: of('reserved', 'sending', 'pending'),
    failed: of('failed'),
    unknown: of('unknown'),
  }
}

/**
 * Payment providers that are left alone after failures (their circuit is not closed), as far as refunds that wait for
 * them tell; whichever process it was that asked.
 */
export async function gatewaysLeftAlone(
  db: Db,
): Promise<{ gateway: string; waiting: number; reason: string }[]> {
  const { rows } = await sql<{ gateway: string; waiting: number; reason: string }>`
    select substring(error from '^the gateway (\\S+) is left alone') as gateway, count(*) as waiting,
      (array_agg(error order by waiting_since desc))[1] as reason
    from refunds
    where state in ('reserved', 'sending', 'pending') and error like 'the gateway % is left alone%'
    group by 1 order by 1`.execute(db)
  return rows.map((row) => ({ ...row, waiting: Number(row.waiting) }))
}
