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

/** X's windows; until its answer says when a new one really ends. */
const WINDOW = sql`interval '15 minutes'`

/**
 * Takes one call from the shared budget of an endpoint, before the call is made.
 * The first call after a window opens the next one for everybody, so that the last few of many processes do not
 * all believe to have it for themselves.
 * @returns null where there is room, else the time at which there will be
 */
export async function takeCall(db: Db, network: string, endpoint: string): Promise<Date | null> {
  const now = sql<Date>`clock_timestamp()`
  const { rows } = await sql<{ remaining: number }>`
    update rate_limits set
      remaining = case when reset_at > ${now} then remaining - 1 else greatest(max_calls - 1, 0) end,
      reset_at = case when reset_at > ${now} then reset_at else ${now} + ${WINDOW} end
    where network = ${network} and endpoint = ${endpoint} and (remaining > 0 or reset_at <= ${now})
    returning remaining`.execute(db)
  if (rows.length > 0) return null
  const row = await db
    .selectFrom('rate_limits')
    .select(['reset_at', sql<boolean>`remaining <= 0 and reset_at > ${now}`.as('full')])
    .where('network', '=', network)
    .where('endpoint', '=', endpoint)
    .executeTakeFirst()
  if (!row) return null
  // Between the two statements it was told for the first time, or its window ended.
  return row.full ? row.reset_at : takeCall(db, network, endpoint)
}

/** Takes over what the network's headers said last. */
export async function recordRateLimit(
  db: Db,
  network: string,
  endpoint: string,
  limit: { limit: number; remaining: number; resetAt: Date },
): Promise<void> {
  await db
    .insertInto('rate_limits')
    .values({
      network,
      endpoint,
      max_calls: limit.limit,
      remaining: limit.remaining,
      reset_at: limit.resetAt,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['network', 'endpoint'])
        .doUpdateSet((eb) => ({
          max_calls: eb.ref('excluded.max_calls'),
          // Answers overtake each other: within one window (or where we only guessed its end, which is then later
          // than what we are told) the lowest figure is the latest.
          remaining: sql<number>`case when rate_limits.reset_at >= excluded.reset_at
          then least(rate_limits.remaining, excluded.remaining) else excluded.remaining end`,
          reset_at: eb.ref('excluded.reset_at'),
        }))
        // An answer that was under way while its window ended tells nothing about the next one.
        .where(sql<boolean>`excluded.reset_at > clock_timestamp()`),
    )
    .execute()
}

/** The budgets as last told. */
export function listRateLimits(db: Db) {
  return db.selectFrom('rate_limits').selectAll().orderBy('network').orderBy('endpoint').execute()
}
