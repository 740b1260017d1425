import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'
import type { SessionVerdict } from './schema.ts'

export interface SessionRegistration {
  sid: string
  customerId: string
  orderId: string
  orderLineId: string
  title: string
  /** Where it is watched, and with what; as far as the shop says. */
  region?: string | null
  network?: string | null
  player?: string | null
  /** A keyed hash of the device's id, never the id. */
  deviceHash?: string | null
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
      region: session.region ?? null,
      network: session.network ?? null,
      player: session.player ?? null,
      device_hash: session.deviceHash ?? null,
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

export function findSession(db: Db, sid: string) {
  return db.selectFrom('streaming_sessions').selectAll().where('sid', '=', sid).executeTakeFirst()
}
export type SessionRow = NonNullable<Awaited<ReturnType<typeof findSession>>>

/**
 * Writes a measurement down; a session that was decided stays decided.
 * @param session as it was before its reports were read
 * @param verdict what it says for the rolling view; null: nothing
 */
export async function storeQuality(
  db: Db,
  session: Pick<SessionRow, 'sid' | 'reports'>,
  quality: Record<string, unknown>,
  state: 'open' | 'ended',
  verdict: SessionVerdict | null = null,
): Promise<void> {
  await db
    .updateTable('streaming_sessions')
    .set({
      quality: JSON.stringify(quality),
      measured_at: sql<Date>`now()`,
      measured_reports: session.reports,
      state,
      verdict,
    })
    .where('sid', '=', session.sid)
    .where('state', '<>', 'decided')
    .execute()
}

/**
 * Since when the session that waits longest is over and not decided; null where none waits. Those whose customer
 * watches on, or may try again, are not waiting yet.
 */
export async function oldestUndecidedSession(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom('streaming_sessions')
    .select((eb) => eb.fn.min('measured_at').as('since'))
    .where('state', '=', 'ended')
    .where(
      sql<SqlBool>`not exists (
        select 1 from refund_events
        where key = 'playback:' || streaming_sessions.order_line_id and refund_events.state = 'new' and due_since > now())`,
    )
    .executeTakeFirst()
  return row?.since ?? null
}
