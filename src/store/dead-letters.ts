import { sql } from 'kysely'
import type { Db } from './database.ts'

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

/** Marks a dead letter for another try. @returns what to queue again, or null where it is not dead any more */
export async function reviveDeadLetter(db: Db, id: number): Promise<{ queue: string; ref: string } | null> {
  const row = await db
    .updateTable('dead_letters')
    .set({ state: 'retrying' })
    .where('id', '=', id)
    .where('state', '=', 'dead')
    .returning(['queue', 'ref'])
    .executeTakeFirst()
  return row ?? null
}

/** What was tried again and did not fail for a while is settled. */
export async function settleRetried(db: Db): Promise<void> {
  await sql`
    update dead_letters set state = 'resolved'
    where state = 'retrying' and last_failed_at < now() - interval '10 minutes'`.execute(db)
}
