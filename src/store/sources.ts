import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Gap, SourceState } from './schema.ts'

export interface SourceRow {
  id: string
  network: string
  kind: string
  query: string | null
  since_id: string | null
  gap: Gap | null
  failures: number
  /** The pause before the last look, in milliseconds; null: the usual one. */
  interval_ms: number | null
}

/** Makes the sources of a network known; one that is no longer configured is kept, switched off. */
export async function registerSources(
  db: Db,
  network: string,
  sources: readonly { id: string; kind: string; query: string | null }[],
): Promise<void> {
  await db
    .updateTable('sources')
    .set({ enabled: false })
    .where('network', '=', network)
    .where('enabled', '=', true)
    .$if(sources.length > 0, (query) =>
      query.where(
        'id',
        'not in',
        sources.map((source) => source.id),
      ),
    )
    .execute()
  const known = await db.selectFrom('sources').selectAll().where('network', '=', network).execute()
  for (const source of sources) {
    // A poll in another process holds its row for as long as the network takes: wait for it only where need be.
    const same = known.some(
      (row) => row.id === source.id && row.enabled && row.kind === source.kind && row.query === source.query,
    )
    if (same) continue
    await db
      .insertInto('sources')
      .values({ id: source.id, network, kind: source.kind, query: source.query })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ enabled: true, kind: source.kind, query: source.query }),
      )
      .execute()
  }
}

/** Ids of the sources of these networks that are due. */
export async function dueSources(db: Db, networks: readonly string[]): Promise<string[]> {
  if (networks.length === 0) return []
  const rows = await db
    .selectFrom('sources')
    .select('id')
    .where('network', 'in', networks)
    .where('enabled', '=', true)
    .where('state', '<>', 'ended')
    .where('next_poll_at', '<=', sql<Date>`now()`)
    .orderBy('next_poll_at')
    .execute()
  return rows.map((row) => row.id)
}

/** Takes a due source for this transaction; null where another poller has it, or it is not due any more. */
export async function takeSource(trx: Db, id: string): Promise<SourceRow | null> {
  const row = await trx
    .selectFrom('sources')
    .select(['id', 'network', 'kind', 'query', 'since_id', 'gap', 'failures', 'interval_ms'])
    .where('id', '=', id)
    .where('enabled', '=', true)
    .where('next_poll_at', '<=', sql<Date>`now()`)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  return row ?? null
}

export interface SourceProgress {
  sinceId: string | null
  gap: Gap | null
  ended: boolean
  warning: string | null
  intervalMs: number
  againInMs: number
}

/** Moves the cursor; belongs in the transaction that stored the posts it covers. */
export async function advanceSource(trx: Db, id: string, progress: SourceProgress): Promise<void> {
  await trx
    .updateTable('sources')
    .set({
      since_id: progress.sinceId,
      gap: progress.gap === null ? null : JSON.stringify(progress.gap),
      state: progress.ended ? 'ended' : 'ok',
      problem: null,
      failures: 0,
      interval_ms: progress.intervalMs,
      polled_at: sql<Date>`now()`,
      ok_at: sql<Date>`now()`,
      next_poll_at: sql<Date>`clock_timestamp() + ${progress.againInMs} * interval '1 millisecond'`,
      ...(progress.warning === null ? {} : { warning: progress.warning }),
    })
    .where('id', '=', id)
    .execute()
}

/** Writes down why a poll did not work and when the next one is worth it; the cursor stays. */
export async function postponeSource(
  db: Db,
  id: string,
  state: SourceState,
  problem: string,
  againAt: Date,
): Promise<void> {
  await db
    .updateTable('sources')
    .set((eb) => ({
      state,
      problem,
      // A full window is no failure: the next hiccup backs off from the beginning.
      failures: state === 'limited' ? eb.ref('failures') : eb('failures', '+', 1),
      polled_at: sql<Date>`now()`,
      next_poll_at: againAt,
    }))
    .where('id', '=', id)
    .execute()
}

/** Sources that are listened to, with what is wrong with them. */
export function listSources(db: Db) {
  return db.selectFrom('sources').selectAll().where('enabled', '=', true).orderBy('id').execute()
}
