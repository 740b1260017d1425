import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Rows are five minutes apart. */
const STEP = sql`interval '5 minutes'`
const NOW = sql<Date>`date_bin(${STEP}, now(), 'epoch')`

/** How a queue stands at one moment; of several within five minutes the worst counts. */
export interface QueueSample {
  queue: string
  waiting: number
  oldestSeconds: number
}

export async function recordQueues(db: Db, samples: readonly QueueSample[]): Promise<void> {
  if (samples.length === 0) return
  await db
    .insertInto('queue_history')
    .values(
      samples.map(({ queue, waiting, oldestSeconds }) => ({
        at: NOW,
        queue,
        waiting,
        oldest_seconds: Math.round(oldestSeconds),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['at', 'queue']).doUpdateSet({
        waiting: sql<number>`greatest(queue_history.waiting, excluded.waiting)`,
        oldest_seconds: sql<number>`greatest(queue_history.oldest_seconds, excluded.oldest_seconds)`,
      }),
    )
    .execute()
}

/** Adds what a process got done since it told last. */
export async function recordDone(db: Db, done: ReadonlyMap<string, number>): Promise<void> {
  const counted = [...done].filter(([, count]) => count > 0).toSorted(([a], [b]) => a.localeCompare(b))
  if (counted.length === 0) return
  await db
    .insertInto('queue_history')
    .values(counted.map(([queue, count]) => ({ at: NOW, queue, done: count })))
    .onConflict((conflict) =>
      conflict
        .columns(['at', 'queue'])
        .doUpdateSet({ done: sql<number>`queue_history.done + excluded.done` }),
    )
    .execute()
}

/** The last 24 hours of all queues in steps of `minutes`, the earliest first; steps without a row were not seen. */
export async function queueHistory(db: Db, minutes: number) {
  const step = sql`${minutes} * interval '1 minute'`
  const { rows } = await sql<{
    at: Date
    queue: string
    waiting: number
    oldest_seconds: number
    done: number
  }>`
    select date_bin(${step}, at, 'epoch') as at, queue, max(waiting) as waiting,
      max(oldest_seconds) as oldest_seconds, sum(done)::int as done
    from queue_history where at > date_bin(${step}, now(), 'epoch') - interval '24 hours'
    group by 1, 2 order by 1, 2`.execute(db)
  return rows
}
export type QueueHistory = Awaited<ReturnType<typeof queueHistory>>

/** The longest time that a source which is listened to has not been heard; 0 where there is none. */
export async function longestSilence(db: Db): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select coalesce(max(extract(epoch from now() - ok_at)), 0)::int as seconds
    from sources where enabled and state <> 'ended'`.execute(db)
  return rows[0]?.seconds ?? 0
}

/** Forgets what is older than thirty days. */
export async function forgetQueueHistory(db: Db): Promise<void> {
  await db.deleteFrom('queue_history').where('at', '<', sql<Date>`now() - interval '30 days'`).execute()
}
