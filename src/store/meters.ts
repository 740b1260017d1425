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
  const byResource = new Map(charges.map((charge) => [charge.resource, charge]))
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

/** Spend in millionths of a US dollar per kind since a UTC day. */
export function spendSince(db: Db, day: Date) {
  return db
    .selectFrom('api_charges')
    .select((eb) => [
      'network',
      'kind',
      eb.fn.countAll<number>().as('units'),
      eb.fn.sum<number>('micro_usd').as('microUsd'),
    ])
    .where('day', '>=', day)
    .groupBy(['network', 'kind'])
    .orderBy('kind')
    .execute()
}

/**
 * Takes one call from the shared budget of an endpoint, before the call is made.
 * @returns null where there is room, else the time at which there will be
 */
export async function takeCall(db: Db, network: string, endpoint: string): Promise<Date | null> {
  const taken = await db
    .updateTable('rate_limits')
    .set((eb) => ({ remaining: eb('remaining', '-', 1) }))
    .where('network', '=', network)
    .where('endpoint', '=', endpoint)
    .where('remaining', '>', 0)
    .where('reset_at', '>', sql<Date>`now()`)
    .returning('remaining')
    .executeTakeFirst()
  if (taken) return null
  const row = await db
    .selectFrom('rate_limits')
    .select('reset_at')
    .where('network', '=', network)
    .where('endpoint', '=', endpoint)
    .where('reset_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  return row?.reset_at ?? null
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
      conflict.columns(['network', 'endpoint']).doUpdateSet((eb) => ({
        max_calls: eb.ref('excluded.max_calls'),
        // Answers overtake each other: within one window the lowest figure is the latest.
        remaining: sql<number>`case when rate_limits.reset_at = excluded.reset_at
          then least(rate_limits.remaining, excluded.remaining) else excluded.remaining end`,
        reset_at: eb.ref('excluded.reset_at'),
      })),
    )
    .execute()
}

/** The budgets as last told. */
export function listRateLimits(db: Db) {
  return db.selectFrom('rate_limits').selectAll().orderBy('network').orderBy('endpoint').execute()
}
