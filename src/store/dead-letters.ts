import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

/** Keeps what failed for good; the sweep leaves it alone until a person has it tried again. */
export async function bury(
  db: Db,
  queue: string,
  ref: string,
  error: unknown,
  attempts: number,
): Promise<void> {
  const message = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 2000)
  await db
    .insertInto('dead_letters')
    .values({ queue, ref, error: message, attempts })
    .onConflict((conflict) =>
      conflict.columns(['queue', 'ref']).doUpdateSet((eb) => ({
        error: message,
        attempts: eb('dead_letters.attempts', '+', attempts),
        last_failed_at: sql<Date>`now()`,
        state: 'dead',
      })),
    )
    .execute()
}

/** Dead letters a queue has, and since when the oldest is dead. */
export function countDeadLetters(db: Db) {
  return db
    .selectFrom('dead_letters')
    .select((eb) => [
      'queue',
      eb.fn.countAll<number>().as('count'),
      eb.fn.min('first_failed_at').as('oldest'),
    ])
    .where('state', '=', 'dead')
    .groupBy('queue')
    .execute()
}

/** Dead letters after `afterId`, the oldest first. */
export function listDeadLetters(db: Db, afterId: number, limit: number) {
  return db
    .selectFrom('dead_letters')
    .selectAll()
    .where('state', '=', 'dead')
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** What is dead or is being tried again, the latest failure first. */
export function listUnsettled(db: Db, limit: number) {
  return db
    .selectFrom('dead_letters')
    .selectAll()
    .where('state', 'in', ['dead', 'retrying'])
    .orderBy('last_failed_at', 'desc')
    .limit(limit)
    .execute()
}

/** The job that failed. */
export interface DeadJob {
  queue: string
  ref: string
}

/**
 * Marks a dead letter for another try; the caller queues its job.
 * @param actor 'user:7' or 'cli', for the audit log
 * @returns null where it is not dead (any more)
 */
export function retryDeadLetter(store: Store, id: number, actor: string): Promise<DeadJob | null> {
  return settle(store, id, actor, 'retrying', 'dead-letter.retried')
}

/**
 * Marks all dead letters of a queue for another try; the caller queues their jobs.
 * @param actor 'user:7' or 'cli', for the audit log
 * @returns the refs of their jobs
 */
export function retryDeadLetters(store: Store, queue: string, actor: string): Promise<string[]> {
  return store.transaction().execute(async (trx) => {
    const jobs = await trx
      .updateTable('dead_letters')
      .set({ state: 'retrying' })
      .where('queue', '=', queue)
      .where('state', '=', 'dead')
      .returning('ref')
      .execute()
    if (jobs.length > 0) {
      await audit(trx, actor, 'dead-letter.retried', `dead-letters:${queue}`, { count: jobs.length })
    }
    return jobs.map((job) => job.ref)
  })
}

/**
 * Gives a dead letter up for good.
 * @param actor 'user:7' or 'cli', for the audit log
 * @returns null where it is not dead (any more)
 */
export function dropDeadLetter(store: Store, id: number, actor: string): Promise<DeadJob | null> {
  return settle(store, id, actor, 'dropped', 'dead-letter.dropped')
}

function settle(
  store: Store,
  id: number,
  actor: string,
  state: 'retrying' | 'dropped',
  action: string,
): Promise<DeadJob | null> {
  return store.transaction().execute(async (trx) => {
    const job = await trx
      .updateTable('dead_letters')
      .set({ state })
      .where('id', '=', id)
      .where('state', '=', 'dead')
      .returning(['queue', 'ref'])
      .executeTakeFirst()
    if (!job) return null
    await audit(trx, actor, action, `dead-letter:${id}`, { ...job })
    return job
  })
}

/** What was tried again and did not fail for a while is settled. */
export async function settleRetried(db: Db): Promise<void> {
  await sql`
    update dead_letters set state = 'resolved'
    where state = 'retrying' and last_failed_at < now() - interval '10 minutes'`.execute(db)
}
