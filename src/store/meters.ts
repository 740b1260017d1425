import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface Charge {
  /** Kind of unit in the price table, 'mention.read'. */
  kind: string
  /** What was charged for, 'post:123'; charged once within a UTC day. */
  resource: string
  microUsd: number
}

/** Writes down what a call cost. @returns the charges that were new today */
export async function recordCharges(db: Db, network: string, charges: readonly Charge[]): Promise<Charge[]> {
  if (charges.length === 0) return []
  // The first price of a resource is the one that counts: a mention that another one quotes stays a mention.
  const byResource = new Map(charges.toReversed().map((charge) => [charge.resource, charge]))
  const rows = await db
    .insertInto('api_charges')
    .values(
      [...byResource.values()].map((charge) => ({
        day: sql<string>`(now() at time zone 'utc')::date`,
        network,
        kind: charge.kind,
        resource: charge.resource,
        micro_usd: charge.microUsd,
      })),
    )
    .onConflict((conflict) => conflict.columns(['day', 'network', 'resource']).doNothing())
    .returning(['kind', 'resource', 'micro_usd'])
    .execute()
  return rows.map((row) => ({ kind: row.kind, resource: row.resource, microUsd: row.micro_usd }))
}

/**
 * Every call takes and tells its limit: the commit of that need not wait for the disk. What a crash of Postgres forgets
 * of it, the next answer tells again.
 */
const UNHURRIED = sql`select set_config('synchronous_commit', 'off', true)`

/** X's windows; until its answer says when a new one really ends. */
const WINDOW = sql`interval '15 minutes'`

/**
 * Takes one call from the shared budget of an endpoint, before the call is made.
 * The first call after a window opens the next one for everybody, so that the last few of many processes do not
 * all believe to have it for themselves.
 * @param keepFree share of the window, 0 to 1, that this call leaves to more urgent ones
 * @returns null where there is room, else the time at which there will be
 */
export async function takeCall(
  db: Db,
  network: string,
  endpoint: string,
  keepFree = 0,
): Promise<Date | null> {
  const now = sql<Date>`clock_timestamp()`
  const kept = sql`floor(max_calls * ${keepFree}::float8)`
  const { rows } = await sql<{ remaining: number }>`
    with unhurried as materialized (${UNHURRIED})
    update rate_limits set
      remaining = case when reset_at > ${now} then remaining - 1 else greatest(max_calls - 1, 0) end,
      reset_at = case when reset_at > ${now} then reset_at else ${now} + ${WINDOW} end
    from unhurried
    where network = ${network} and endpoint = ${endpoint} and (remaining > ${kept} or reset_at <= ${now})
    returning remaining`.execute(db)
  if (rows.length > 0) return null
  const row = await db
    .selectFrom('rate_limits')
    .select(['reset_at', sql<boolean>`remaining <= ${kept} and reset_at > ${now}`.as('full')])
    .where('network', '=', network)
    .where('endpoint', '=', endpoint)
    .executeTakeFirst()
  if (!row) return null
  // Between the two statements it was told for the first time, or its window ended.
  return row.full ? row.reset_at : takeCall(db, network, endpoint, keepFree)
}

export interface CallRoom {
  /** Calls that `takeCall` would grant in this window; 0 or less: none. */
  calls: number
  /** When the window ends. */
  until: Date
}

/** How many calls `takeCall` would find room for, without taking one. @returns null where no limit is known yet */
export async function callRoom(
  db: Db,
  network: string,
  endpoint: string,
  keepFree = 0,
): Promise<CallRoom | null> {
  const now = sql<Date>`clock_timestamp()`
  const row = await db
    .selectFrom('rate_limits')
    .select([
      // A window that is over has room for one at least, which tells how the next one is.
      sql<number>`(case when reset_at > ${now} then remaining - floor(max_calls * ${keepFree}::float8)
        else greatest(max_calls - floor(max_calls * ${keepFree}::float8), 1) end)::int`.as('calls'),
      sql<Date>`case when reset_at > ${now} then reset_at else ${now} + ${WINDOW} end`.as('until'),
    ])
    .where('network', '=', network)
    .where('endpoint', '=', endpoint)
    .executeTakeFirst()
  return row ?? null
}

/** Takes over what the network's headers said last. */
export async function recordRateLimit(
  db: Db,
  network: string,
  endpoint: string,
  limit: { limit: number; remaining: number; resetAt: Date },
): Promise<void> {
  await sql`
    with unhurried as materialized (${UNHURRIED})
    insert into rate_limits (network, endpoint, max_calls, remaining, reset_at)
    select ${network}, ${endpoint}, ${limit.limit}::int, ${limit.remaining}::int, ${limit.resetAt}::timestamptz
    from unhurried
    on conflict (network, endpoint) do update set
      max_calls = excluded.max_calls,
      -- Answers overtake each other: within one window (or where we only guessed its end, which is then later than what
      -- we are told) the lowest figure is the latest.
      remaining = case when rate_limits.reset_at >= excluded.reset_at
        then least(rate_limits.remaining, excluded.remaining) else excluded.remaining end,
      reset_at = excluded.reset_at
    -- An answer that was under way while its window ended tells nothing about the next one.
    where excluded.reset_at > clock_timestamp()`.execute(db)
}

/** The budgets as last told. */
export function listRateLimits(db: Db) {
  return db.selectFrom('rate_limits').selectAll().orderBy('network').orderBy('endpoint').execute()
}
