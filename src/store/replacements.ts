import { type Insertable, type Selectable, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { NewMail } from './mails.ts'
import { lockReservations } from './payout-limits.ts'
import type { Database, ReplacementState } from './schema.ts'

export type ReplacementRow = Selectable<Database['replacements']>

/**
 * Writes the intent to send a piece again down under its key, that of the refund it stands for. Call it under
 * `lockReservations`, as whoever writes a refund does: so a replacement never follows a refund of the same order line
 * and cause.
 * @returns null where a replacement or a refund has the key
 */
export async function insertReplacement(
  trx: Db,
  replacement: Insertable<Database['replacements']>,
): Promise<number | null> {
  if (await isRefunded(trx, replacement.key)) return null
  const row = await trx
    .insertInto('replacements')
    .values(replacement)
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

async function isRefunded(trx: Db, key: string): Promise<boolean> {
  const refund = await trx.selectFrom('refunds').select('id').where('key', '=', key).executeTakeFirst()
  return refund !== undefined
}

export async function findReplacement(db: Db, id: number): Promise<ReplacementRow | null> {
  const row = await db.selectFrom('replacements').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** Marks that the shop is being asked. @returns false where it is not to be */
export async function beginReplacement(db: Db, id: number): Promise<boolean> {
  const row = await db
    .updateTable('replacements')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'intent')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** The shop took it: mark and mail intent in one transaction. @returns the mail's id */
export async function markReplaced(
  store: Store,
  replacement: ReplacementRow,
  providerId: string,
  mail: NewMail | null,
): Promise<number | null> {
  return store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('replacements')
      .set({ state: 'sent', provider_id: providerId, sent_at: sql<Date>`now()`, error: null })
      .where('id', '=', replacement.id)
      .where('state', '=', 'intent')
      .returning('id')
      .executeTakeFirst()
    if (!marked) return null
    await audit(trx, 'worker:replace', 'replacement.sent', `replacement:${replacement.id}`, { providerId })
    if (!mail) return null
    const row = await trx
      .insertInto('mails')
      .values(mail)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('id')
      .executeTakeFirst()
    return row?.id ?? null
  })
}

/** The shop said no, or nobody can tell: a person sees why. */
export async function failReplacement(store: Store, id: number, problem: string): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('replacements')
      .set({ state: 'failed', error: problem })
      .where('id', '=', id)
      .where('state', '=', 'intent')
      .returning('id')
      .executeTakeFirst()
    if (marked) await audit(trx, 'worker:replace', 'replacement.failed', `replacement:${id}`)
    return marked !== undefined
  })
}

/** Writes down what a replacement waits for. */
export async function noteReplacement(db: Db, id: number, error: string): Promise<void> {
  await db
    .updateTable('replacements')
    .set({ error })
    .where('id', '=', id)
    .where('state', '=', 'intent')
    .execute()
}

/** How a person's decision on a replacement moves it. */
const MOVES = {
  approved: { from: 'asked', to: 'intent' },
  denied: { from: 'asked', to: 'denied' },
  retried: { from: 'failed', to: 'intent' },
  'given-up': { from: 'failed', to: 'denied' },
} as const
export type ReplacementMove = keyof typeof MOVES

export type ReplacementMoved =
  | { outcome: 'moved' }
  | { outcome: 'refunded' }
  | { outcome: 'conflict'; state: ReplacementState | 'gone' }

/**
 * A person decides: an asked one is approved or denied, a failed one sent again (a new round, under a new key) or
 * given up. The caller queues 'replace' for what is to be sent.
 * @returns how it stands now where somebody was quicker, 'gone' where there is none; `refunded` where the money went
 * back instead meanwhile, so that nothing is sent
 */
export async function moveReplacement(
  store: Store,
  { id, move, userId }: { id: number; move: ReplacementMove; userId: number },
): Promise<ReplacementMoved> {
  const { from, to } = MOVES[move]
  return store.transaction().execute(async (trx) => {
    if (to === 'intent') {
      await lockReservations(trx)
      const now = await findReplacement(trx, id)
      if (now && (await isRefunded(trx, now.key))) return { outcome: 'refunded' }
    }
    const moved = await trx
      .updateTable('replacements')
      .set((eb) => ({
        state: to,
        approved_by: userId,
        waiting_since: sql<Date>`now()`,
        ...(move === 'retried' ? { round: eb('round', '+', 1), error: null } : {}),
      }))
      .where('id', '=', id)
      .where('state', '=', from)
      .returning('id')
      .executeTakeFirst()
    if (!moved) return { outcome: 'conflict', state: (await findReplacement(trx, id))?.state ?? 'gone' }
    await audit(trx, `user:${userId}`, `replacement.${move}`, `replacement:${id}`)
    return { outcome: 'moved' }
  })
}

/** Replacements that wait for a person, the oldest first, and the latest others. */
export async function listReplacements(db: Db, limit = 50) {
  const query = () =>
    db
      .selectFrom('replacements')
      .innerJoin('refund_decisions', 'refund_decisions.id', 'replacements.decision_id')
      .leftJoin('users', 'users.id', 'replacements.approved_by')
      .selectAll('replacements')
      .select(['refund_decisions.sentence', 'users.name as person'])
      .limit(limit)
  const [waiting, others] = await Promise.all([
    query().where('replacements.state', 'in', ['asked', 'failed']).orderBy('replacements.id').execute(),
    query()
      .where('replacements.state', 'not in', ['asked', 'failed'])
      .orderBy('replacements.id', 'desc')
      .execute(),
  ])
  return { waiting, others }
}

/** Replacements that wait for a person. */
export async function countWaitingReplacements(db: Db): Promise<number> {
  const row = await db
    .selectFrom('replacements')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', 'in', ['asked', 'failed'])
    .executeTakeFirstOrThrow()
  return row.count
}
