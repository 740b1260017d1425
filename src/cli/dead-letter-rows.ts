import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { reviveDeadLetter } from '../store/dead-letters.ts'
import { UsageError } from './command.ts'

/** Who the audit log says it was: whoever may run commands on the machine. */
const ACTOR = 'cli'

/** Dead letters after `afterId`, the oldest first. */
export function listDeadLetters(store: Store, afterId: number, limit: number) {
  return store
    .selectFrom('dead_letters')
    .selectAll()
    .where('state', '=', 'dead')
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Marks one for another try. @returns the job to queue, or null where it is not dead (any more) */
export function retryDeadLetter(store: Store, id: number): Promise<{ queue: string; ref: string } | null> {
  return store.transaction().execute(async (trx) => {
    const job = await reviveDeadLetter(trx, id)
    if (job) await audit(trx, ACTOR, 'dead-letter.retried', `dead-letter:${id}`, job)
    return job
  })
}

/** Gives one up for good. @returns what it was, or null where it is not dead (any more) */
export function dropDeadLetter(store: Store, id: number): Promise<{ queue: string; ref: string } | null> {
  return store.transaction().execute(async (trx) => {
    const job = await trx
      .updateTable('dead_letters')
      .set({ state: 'dropped' })
      .where('id', '=', id)
      .where('state', '=', 'dead')
      .returning(['queue', 'ref'])
      .executeTakeFirst()
    if (!job) return null
    await audit(trx, ACTOR, 'dead-letter.dropped', `dead-letter:${id}`, job)
    return job
  })
}

/** @throws UsageError */
export function readId(typed: string | undefined): number {
  const id = Number(typed)
  if (typed === undefined || !Number.isSafeInteger(id) || id < 1) {
    throw new UsageError('Give the ID that "dead-letters list" shows, such as 12')
  }
  return id
}

/** For an ID that is not in the list. */
export function notDead(id: number): string {
  return `There is no dead letter ${id}: "dead-letters list" shows those there are.`
}
