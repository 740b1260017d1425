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
 * @returns false where the sid belongs to another customer, order or line already
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
    .select(['customer_id', 'order_id', 'order_line_id'])
    .where('sid', '=', session.sid)
    .executeTakeFirst()
  return (
    stored?.customer_id === session.customerId &&
    stored.order_id === session.orderId &&
    stored.order_line_id === session.orderLineId
  )
}

export interface NewReport {
  mode: 'query' | 'header' | 'event'
  /** Sequence number, where the player sends one: a repeated report is stored once. */
  sn: number | null
  cmcd: string
}

/** A session takes this many reports and no more: enough for a day of five-second intervals. */
const MAX_REPORTS = 20_000
/** A two-hour film in five-second intervals, every request of it told, is about a quarter of this. */
const MAX_REPORT_BYTES = 2_000_000
/** Bodies of one session that are put aside because they could not be read. */
const MAX_QUARANTINED = 20

/**
 * Stores reports of a registered session. One for which no rule spoke is open again when new ones come.
 * @returns how many were new; null where the session is not registered; 'full' where it has sent too much
 */
export async function storeReports(
  store: Store,
  sid: string,
  reports: readonly NewReport[],
): Promise<number | null | 'full'> {
  const bytes = reports.reduce((sum, { cmcd }) => sum + Buffer.byteLength(cmcd), 0)
  return store.transaction().execute(async (trx) => {
    const session = await trx
      .updateTable('streaming_sessions')
      .set((eb) => ({
        last_report_at: sql<Date>`now()`,
        reports: eb('reports', '+', reports.length),
        report_bytes: eb('report_bytes', '+', bytes),
      }))
      .where('sid', '=', sid)
      .where('reports', '<=', MAX_REPORTS - reports.length)
      .where('report_bytes', '<=', MAX_REPORT_BYTES - bytes)
      .returning(['state'])
      .executeTakeFirst()
    if (!session) return (await isRegistered(trx, sid)) ? 'full' : null
    const stored = await trx
      .insertInto('cmcd_reports')
      .values(reports.map((report) => ({ sid, mode: report.mode, sn: report.sn, cmcd: report.cmcd })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    if (session.state === 'decided' && stored.length > 0) await reopen(trx, sid)
    return stored.length
  })
}

async function isRegistered(trx: Db, sid: string): Promise<boolean> {
  const row = await trx
    .selectFrom('streaming_sessions')
    .select('sid')
    .where('sid', '=', sid)
    .executeTakeFirst()
  return row !== undefined
}

async function reopen(trx: Db, sid: string): Promise<void> {
  await trx
    .updateTable('streaming_sessions')
    .set({ state: 'open' })
    .where('sid', '=', sid)
    .where('sid', 'in', (eb) =>
      eb.selectFrom('refund_decisions').select('sid').where('outcome', '=', 'no-rule').where('sid', '=', sid),
    )
    .execute()
}

/** Takes one of the places for what a session sent and could not be read. @returns false where all are taken */
export async function takeQuarantinePlace(db: Db, sid: string): Promise<boolean> {
  const row = await db
    .updateTable('streaming_sessions')
    .set((eb) => ({ quarantined: eb('quarantined', '+', 1) }))
    .where('sid', '=', sid)
    .where('quarantined', '<', MAX_QUARANTINED)
    .returning('sid')
    .executeTakeFirst()
  return row !== undefined
}

export function findSession(db: Db, sid: string) {
  return db.selectFrom('streaming_sessions').selectAll().where('sid', '=', sid).executeTakeFirst()
}
export type SessionRow = NonNullable<Awaited<ReturnType<typeof findSession>>>

/** The reports of a session in the order of their arrival. */
export function sessionReports(db: Db, sid: string) {
  return db
    .selectFrom('cmcd_reports')
    .select(['received_at as at', 'mode', 'cmcd'])
    .where('sid', '=', sid)
    .orderBy('id')
    .execute()
}

/**
 * Writes a measurement down; a session that was decided stays decided.
 * @param session as it was before its reports were read
 */
export async function storeQuality(
  db: Db,
  session: Pick<SessionRow, 'sid' | 'reports'>,
  quality: Record<string, unknown>,
  state: 'open' | 'ended',
): Promise<void> {
  await db
    .updateTable('streaming_sessions')
    .set({
      quality: JSON.stringify(quality),
      measured_at: sql<Date>`now()`,
      measured_reports: session.reports,
      state,
    })
    .where('sid', '=', session.sid)
    .where('state', '<>', 'decided')
    .execute()
}

/** Since when the session that waits longest is over and not decided; null where none waits. */
export async function oldestUndecidedSession(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom('streaming_sessions')
    .select((eb) => eb.fn.min('measured_at').as('since'))
    .where('state', '=', 'ended')
    .executeTakeFirst()
  return row?.since ?? null
}

/**
 * What was to be decided about a session is decided. Where no rule spoke and reports came that the measurement did
 * not see, it is open again.
 */
export async function markDecided(trx: Db, sid: string, outcome: string): Promise<void> {
  const unseen = sql`${outcome} = 'no-rule' and reports > measured_reports`
  await trx
    .updateTable('streaming_sessions')
    .set({
      state: sql<'open' | 'decided'>`case when ${unseen} then 'open' else 'decided' end`,
      decided_at: sql<Date>`now()`,
    })
    .where('sid', '=', sid)
    .execute()
}

/** The latest streaming sessions with what was made of them. */
export async function recentSessions(db: Db, limit: number) {
  return db
    .selectFrom('streaming_sessions')
    .leftJoin('refund_decisions', 'refund_decisions.sid', 'streaming_sessions.sid')
    .select([
      'streaming_sessions.sid',
      'streaming_sessions.title',
      'streaming_sessions.customer_id',
      'streaming_sessions.registered_at',
      'streaming_sessions.last_report_at',
      'streaming_sessions.reports',
      'streaming_sessions.state',
      'streaming_sessions.quality',
      'refund_decisions.outcome',
      'refund_decisions.sentence',
    ])
    .orderBy('streaming_sessions.registered_at', 'desc')
    .limit(limit)
    .execute()
}
