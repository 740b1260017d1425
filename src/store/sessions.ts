import { sql } from 'kysely'
import type { Db, Store } from './database.ts'

export interface SessionRegistration {
  sid: string
  customerId: string
  orderId: string
  orderLineId: string
  title: string
}

/**
 * Registers a playback session for the shop; registering the same one again changes nothing.
 * @returns false where the sid belongs to another order already
 */
export async function registerSession(db: Db, session: SessionRegistration): Promise<boolean> {
  await db
    .insertInto('streaming_sessions')
    .values({
      sid: session.sid,
      customer_id: session.customerId,
      order_id: session.orderId,
      order_line_id: session.orderLineId,
      title: session.title,
    })
    .onConflict((conflict) => conflict.column('sid').doNothing())
    .execute()
  const stored = await db
    .selectFrom('streaming_sessions')
    .select(['customer_id', 'order_line_id'])
    .where('sid', '=', session.sid)
    .executeTakeFirst()
  return stored?.customer_id === session.customerId && stored.order_line_id === session.orderLineId
}

export interface NewReport {
  mode: 'query' | 'header' | 'event'
  /** Sequence number, where the player sends one: a repeated report is stored once. */
  sn: number | null
  cmcd: string
}

/** A session takes this many reports and no more: enough for a day of five-second intervals. */
const MAX_REPORTS = 20_000

/**
 * Stores reports of a registered session.
 * @returns how many were new; null where the session is not registered; 'full' where it has sent too much
 */
export async function storeReports(
  store: Store,
  sid: string,
  reports: readonly NewReport[],
): Promise<number | null | 'full'> {
  return store.transaction().execute(async (trx) => {
    const session = await trx
      .updateTable('streaming_sessions')
      .set((eb) => ({
        last_report_at: sql<Date>`now()`,
        reports: eb('reports', '+', reports.length),
      }))
      .where('sid', '=', sid)
      .returning(['reports'])
      .executeTakeFirst()
    if (!session) return null
    if (session.reports > MAX_REPORTS) return 'full'
    const stored = await trx
      .insertInto('cmcd_reports')
      .values(reports.map((report) => ({ sid, mode: report.mode, sn: report.sn, cmcd: report.cmcd })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    return stored.length
  })
}

/** A session and its reports, oldest first. */
export async function findSession(db: Db, sid: string) {
  const session = await db
    .selectFrom('streaming_sessions')
    .selectAll()
    .where('sid', '=', sid)
    .executeTakeFirst()
  if (!session) return null
  const reports = await db
    .selectFrom('cmcd_reports')
    .select(['received_at as at', 'mode', 'cmcd'])
    .where('sid', '=', sid)
    .orderBy('id')
    .execute()
  return { session, reports }
}

/** Writes a measurement down; a session that was decided stays decided. */
export async function storeQuality(
  db: Db,
  sid: string,
  quality: Record<string, unknown>,
  state: 'open' | 'ended',
): Promise<void> {
  await db
    .updateTable('streaming_sessions')
    .set({ quality: JSON.stringify(quality), measured_at: sql<Date>`now()`, state })
    .where('sid', '=', sid)
    .where('state', '<>', 'decided')
    .execute()
}
