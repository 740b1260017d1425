import { sql } from 'kysely'
import type { Db } from './database.ts'

/** A row that waits for a stage: its id, and since when. */
export interface Waiting {
  id: string
  since: Date
}

const LIMIT = 2000

/** What each stage should be working on, by the tables alone; in the order of the flow. */
const QUERIES = {
  triage: sql`select id::text, received_at as since from posts where state = 'new'`,
  draft: sql`select id::text, needs_draft_since as since from cases where needs_draft_since is not null`,
  publish: sql`
    select id::text, greatest(publish_at, decided_at) as since from drafts
    where state = 'approved' and publish_at <= now()
    union
    select draft_id::text, sending_at from replies where state = 'sending'`,
  refund: sql`
    select id::text, due_since as since from refund_events
    where (state = 'new' and due_since <= now()) or (state = 'waiting' and waits_for = 'order' and person_since is null)`,
  payout: sql`
    select id::text, coalesce(sending_at, created_at) as since from refunds
    where state in ('reserved', 'sending', 'pending') or untold or recheck_at is not null`,
  replace: sql`select id::text, waiting_since as since from replacements where state = 'intent'`,
  mail: sql`select id::text, created_at as since from mails where state = 'intent'`,
} as const
export type SweptStage = keyof typeof QUERIES
export const SWEPT_STAGES = Object.keys(QUERIES) as SweptStage[]

/** Rows that wait for a stage and are not dead letters, the oldest first. */
export async function findWaiting(db: Db, stage: SweptStage): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select waiting.* from (${QUERIES[stage]}) as waiting
    where not exists (
      select 1 from dead_letters where queue = ${stage} and ref = waiting.id and state in ('dead', 'dropped'))
    order by since limit ${LIMIT}`.execute(db)
  return rows
}

/** How many rows wait for a stage (LIMIT stands for that many or more), and since when the oldest does. */
export async function waitingOf(db: Db, stage: SweptStage): Promise<{ count: number; oldest: Date | null }> {
  const rows = await findWaiting(db, stage)
  return { count: rows.length, oldest: rows[0]?.since ?? null }
}

/** A dead letter whose row does not wait any more (it went through after all) is settled. */
export async function settleDeadLetters(db: Db, stage: SweptStage): Promise<void> {
  await sql`
    update dead_letters set state = 'resolved'
    where queue = ${stage} and state in ('dead', 'retrying')
      and not exists (select 1 from (${QUERIES[stage]}) as waiting where waiting.id = dead_letters.ref)`.execute(
    db,
  )
}

/** Sessions that fell silent, or said that they ended, and were not measured since. */
export async function findSilentSessions(db: Db, idleMs: number): Promise<string[]> {
  const { rows } = await sql<{ sid: string }>`
    select sid from streaming_sessions
    where state = 'open' and reporting and last_report_at < now() - ${idleMs} * interval '1 millisecond'
      and not exists (
        select 1 from dead_letters where queue = 'quality' and ref = sid and state in ('dead', 'dropped'))
    order by last_report_at limit ${LIMIT}`.execute(db)
  return rows.map((row) => row.sid)
}

/** Signs of life of this process's workers; old processes are forgotten. */
export async function beat(db: Db, process: string, workers: readonly string[]): Promise<void> {
  if (workers.length > 0) {
    await db
      .insertInto('heartbeats')
      .values(workers.map((worker) => ({ process, worker, at: sql<Date>`now()` })))
      .onConflict((conflict) => conflict.columns(['process', 'worker']).doUpdateSet({ at: sql<Date>`now()` }))
      .execute()
  }
  await db.deleteFrom('heartbeats').where('at', '<', sql<Date>`now() - interval '1 hour'`).execute()
}
