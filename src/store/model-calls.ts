import { sql } from 'kysely'
import type { ModelBudget, ModelCache, ModelState } from '../language-model/index.ts'
import type { Db } from './database.ts'
import { storableJson } from './posts.ts'

/** The day's budget of all processes together. */
export function createModelBudget(db: Db, dailyMicroUsd: number): ModelBudget {
  return {
    async reserve(microUsd) {
      // One statement on one row: whoever comes second sees what the first has set aside.
      const { rows } = await sql<{ day: string }>`
        insert into model_spend as spend (day, micro_usd, calls)
        select (now() at time zone 'utc')::date, ${microUsd}::bigint, 1 where ${microUsd}::bigint <= ${dailyMicroUsd}::bigint
        on conflict (day) do update set micro_usd = spend.micro_usd + excluded.micro_usd, calls = spend.calls + 1
        where spend.micro_usd + excluded.micro_usd <= ${dailyMicroUsd}::bigint
        returning day::text`.execute(db)
      return rows[0] ? { day: rows[0].day, microUsd } : null
    },
    async settle(reservation, microUsd) {
      await sql`
        update model_spend set micro_usd = greatest(0, micro_usd + ${microUsd - reservation.microUsd}::bigint)
        where day = ${reservation.day}::date`.execute(db)
    },
  }
}

/** Answers that any process was given. */
export function createModelCache(db: Db): ModelCache {
  return {
    async find(key) {
      const row = await db
        .selectFrom('model_answers')
        .select('answer')
        .where('key', '=', key)
        .executeTakeFirst()
      return row?.answer
    },
    async keep(key, { purpose, model }, answer) {
      await db
        .insertInto('model_answers')
        .values({ key, purpose, model, answer: storableJson(answer) })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
    },
  }
}

/** Tells the other processes how the model does, seen from this one. */
export async function reportModel(
  db: Db,
  process: string,
  { model, circuit, failure }: ModelState,
  budgetMicroUsd: number,
): Promise<void> {
  const now = sql<Date>`now()`
  const seen = {
    model,
    circuit,
    budget_micro_usd: budgetMicroUsd,
    failure: failure?.reason ?? null,
    failed_at: failure?.at ?? null,
    at: now,
  }
  await db
    .insertInto('model_states')
    .values({ process, ...seen })
    .onConflict((conflict) => conflict.column('process').doUpdateSet(seen))
    .execute()
  await db.deleteFrom('model_states').where('at', '<', sql<Date>`now() - interval '1 hour'`).execute()
}

/** How the model does, over all processes that gave a sign of life within the last minute. */
export interface ModelReport {
  /** False: no process asks a model. */
  on: boolean
  model: string | null
  /** The worst that any process sees. */
  circuit: 'closed' | 'half-open' | 'open' | null
  todayMicroUsd: number
  budgetMicroUsd: number | null
  /** Calls of today (UTC). */
  calls: number
  failure: { reason: string; at: Date } | null
}

const WORST = ['closed', 'half-open', 'open'] as const

export async function readModelReport(db: Db): Promise<ModelReport> {
  const [states, spend] = await Promise.all([
    db
      .selectFrom('model_states')
      .selectAll()
      .where('at', '>', sql<Date>`now() - interval '1 minute'`)
      .orderBy('failed_at', (order) => order.desc().nullsLast())
      .execute(),
    db
      .selectFrom('model_spend')
      .select(['micro_usd', 'calls'])
      .where('day', '=', sql<string>`(now() at time zone 'utc')::date`)
      .executeTakeFirst(),
  ])
  const [latest] = states
  const worst = Math.max(...states.map((state) => WORST.indexOf(state.circuit)))
  return {
    on: latest !== undefined,
    model: latest?.model ?? null,
    circuit: WORST[worst] ?? null,
    todayMicroUsd: spend?.micro_usd ?? 0,
    budgetMicroUsd: latest ? Math.max(...states.map((state) => state.budget_micro_usd)) : null,
    calls: spend?.calls ?? 0,
    failure: latest?.failure && latest.failed_at ? { reason: latest.failure, at: latest.failed_at } : null,
  }
}
