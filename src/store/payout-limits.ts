import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** States in which a refund's money is set aside or gone. */
export const SET_ASIDE = ['reserved', 'sending', 'pending', 'paid', 'unknown'] as const
/** The same, and what a person is still to decide about. */
export const COUNTS_AS_REFUNDED = ['asked', ...SET_ASIDE] as const

/**
 * Until the end of this transaction nobody else sets money aside: every budget and limit that is looked at in between
 * holds when it ends. One lock for all, because one budget is shared by all.
 */
export async function lockReservations(trx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('refund-decisions', 0))`.execute(trx)
}

/** What is set aside or gone of a day's budgets, minor units: in one currency, and of all in that of the budgets. */
export async function reservedOn(trx: Db, day: string, currency: string) {
  const row = await trx
    .selectFrom('refunds')
    .select([
      sql<number>`coalesce(sum(amount_minor) filter (where currency = ${currency}), 0)::bigint`.as('minor'),
      sql<number>`coalesce(sum(base_minor), 0)::bigint`.as('baseMinor'),
    ])
    .where('reserved_on', '=', day)
    .where('state', 'in', SET_ASIDE)
    .executeTakeFirstOrThrow()
  return { minor: Number(row.minor), baseMinor: Number(row.baseMinor) }
}

/** What is set aside or gone of one order line, without the refund `except`; minor units. */
export async function reservedOnLine(trx: Db, orderLineId: string, except: number | null): Promise<number> {
  let query = trx
    .selectFrom('refunds')
    .select(sql<number>`coalesce(sum(amount_minor), 0)::bigint`.as('minor'))
    .where('order_line_id', '=', orderLineId)
    .where('state', 'in', SET_ASIDE)
  if (except !== null) query = query.where('id', '<>', except)
  return Number((await query.executeTakeFirstOrThrow()).minor)
}

/** What is set aside or gone of an order's payment, without the refund `except`; minor units. Coupons are of none. */
export async function reservedOnOrder(trx: Db, orderId: string, except: number | null): Promise<number> {
  let query = trx
    .selectFrom('refunds')
    .select(sql<number>`coalesce(sum(amount_minor), 0)::bigint`.as('minor'))
    .where('order_id', '=', orderId)
    .where('method', '=', 'payment')
    .where('state', 'in', SET_ASIDE)
  if (except !== null) query = query.where('id', '<>', except)
  return Number((await query.executeTakeFirstOrThrow()).minor)
}

/** Marks a refund's money as set aside on a day. */
export async function markReserved(
  trx: Db,
  id: number,
  reserved: { day: string; baseMinor: number },
): Promise<void> {
  await trx
    .updateTable('refunds')
    .set({
      state: 'reserved',
      reserved_at: sql<Date>`clock_timestamp()`,
      reserved_on: reserved.day,
      base_minor: reserved.baseMinor,
      waiting_since: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id)
    .execute()
}

/** What a person gave as goodwill on a day, minor units of one currency. */
export async function goodwillGiven(db: Db, userId: number, day: string, currency: string): Promise<number> {
  const row = await db
    .selectFrom('refunds')
    .select(sql<number>`coalesce(sum(amount_minor), 0)::bigint`.as('minor'))
    .where('granted_by', '=', userId)
    .where('reserved_on', '=', day)
    .where('currency', '=', currency)
    .where('state', 'in', SET_ASIDE)
    .executeTakeFirstOrThrow()
  return Number(row.minor)
}

/** Whose refunds a limit counts: all there are to a customer, an order or a product, or those of a rule. */
export type UsageScope = 'perCustomer' | 'perOrder' | 'perTitle' | 'perRule'

export interface UsageOf {
  customerId: string
  orderId: string
  sku: string | null
  title: string
  currency: string
}

/** The company's days: a window of one day begins where its books closed last. */
export interface Days {
  today: string
  timeZone: string
  closesAt: string
}

/** What was given in a window of days that ends today: refunds and replacements, and money in one currency. */
export async function usageIn(
  trx: Db,
  window: { scope: UsageScope; ruleId: string | null; days: number },
  of: UsageOf,
  days: Days,
): Promise<{ count: number; minor: number }> {
  const since = startOf(days, window.days)
  const refunds = await trx
    .selectFrom('refunds')
    .select([
      sql<number>`count(*)`.as('count'),
      sql<number>`coalesce(sum(amount_minor) filter (where currency = ${of.currency}), 0)::bigint`.as(
        'minor',
      ),
    ])
    .where('state', 'in', COUNTS_AS_REFUNDED)
    .where('created_at', '>=', since)
    .where(sql<SqlBool>`${inScope('refunds', window, of)}`)
    .executeTakeFirstOrThrow()
  const replacements = await trx
    .selectFrom('replacements')
    .select(sql<number>`count(*)`.as('count'))
    .where('state', 'not in', ['failed', 'denied'])
    .where('created_at', '>=', since)
    .where(sql<SqlBool>`${inScope('replacements', window, of)}`)
    .executeTakeFirstOrThrow()
  return { count: Number(refunds.count) + Number(replacements.count), minor: Number(refunds.minor) }
}

function inScope(
  table: 'refunds' | 'replacements',
  window: { scope: UsageScope; ruleId: string | null },
  of: UsageOf,
) {
  const column = (name: string) => sql.ref(`${table}.${name}`)
  if (window.scope === 'perCustomer') return sql`${column('customer_id')} = ${of.customerId}`
  if (window.scope === 'perOrder') return sql`${column('order_id')} = ${of.orderId}`
  if (window.scope === 'perTitle') {
    return sql`(${column('sku')} = ${of.sku} or (${column('sku')} is null and ${column('title')} = ${of.title}))`
  }
  if (table === 'refunds') return sql`${column('rule_id')} = ${window.ruleId}`
  return sql`${column('decision_id')} in (select id from refund_decisions where rule_id = ${window.ruleId})`
}

/** When the window of so many company days that ends with today began. */
function startOf(days: Days, count: number) {
  return sql<Date>`
    ((${days.today}::date - ${count - 1}::int) + ${days.closesAt}::time) at time zone ${days.timeZone}`
}

/** How much an order line got so far, what a person is to decide about included; minor units. */
export async function refundedOnLine(trx: Db, orderLineId: string): Promise<number> {
  const row = await trx
    .selectFrom('refunds')
    .select(sql<number>`coalesce(sum(amount_minor), 0)::bigint`.as('minor'))
    .where('order_line_id', '=', orderLineId)
    .where('state', 'in', COUNTS_AS_REFUNDED)
    .executeTakeFirstOrThrow()
  return Number(row.minor)
}

/** Refunds of the last hour that no person agreed to, since a person last let such a rush go on. */
export async function automaticLastHour(db: Db): Promise<number> {
  const row = await db
    .selectFrom('refunds')
    .select(sql<number>`count(*)`.as('count'))
    .where(
      'reserved_at',
      '>',
      sql<Date>`greatest(now() - interval '1 hour',
        (select max(ended_at) from payout_stops where kind = 'unusual-rate'))`,
    )
    .where('approved_by', 'is', null)
    .where('granted_by', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/**
 * How many such refunds this hour of the day brought on average in the weeks before; days before the first refund
 * ever are not counted.
 */
export async function usualForTheHour(db: Db, weeks: number): Promise<number> {
  const { rows } = await sql<{ count: number; days: number }>`
    select count(*) filter (where extract(epoch from now() - reserved_at)::bigint % 86400 < 3600) as count,
      greatest(1, ceil(extract(epoch from now() - min(reserved_at)) / 86400) - 1) as days
    from refunds
    where reserved_at > now() - ${weeks * 7} * interval '1 day' - interval '1 hour'
      and reserved_at <= now() - interval '1 hour'
      and approved_by is null and granted_by is null`.execute(db)
  const row = rows[0]
  return row ? Number(row.count) / Number(row.days ?? 1) : 0
}
