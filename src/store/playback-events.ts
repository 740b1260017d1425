import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * Raises the one event of an order line whose sessions are all over: of a first try that failed and a second one that
 * played to the end, the sum is decided. A line for which no rule spoke is decided again after it was watched on.
 * Where a rule spoke, its decision stands for further sessions too. Ask after the session's own end is committed; of
 * two that end at once, the later one raises it.
 * @param graceMs so long a line that failed is not decided: most customers try again, and may see their film. It runs
 * from the first failure on, for a player that is left open goes on telling of it
 * @returns the event's id, or null where another session of the line goes on, or nothing is left to decide
 */
export async function raisePlaybackEvent(
  db: Db,
  orderLineId: string,
  graceMs: number,
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    insert into refund_events (key, kind, customer_id, order_id, order_line_id, due_since)
    select 'playback:' || order_line_id, 'playback', customer_id, order_id, order_line_id,
      now() + case when exists (
        select 1 from streaming_sessions where order_line_id = ${orderLineId} and quality ->> 'error' is not null)
        then ${graceMs} * interval '1 millisecond' else interval '0' end
    from streaming_sessions
    where order_line_id = ${orderLineId} and state = 'ended'
      and not exists (
        select 1 from streaming_sessions where order_line_id = ${orderLineId} and state = 'open'
          and last_report_at is not null)
    limit 1
    on conflict (key) do update set state = 'new', decided_at = null,
      due_since = case when refund_events.state = 'new'
        then least(refund_events.due_since, excluded.due_since) else excluded.due_since end
      where refund_events.state = 'new' or refund_events.state = 'decided' and exists (
        select 1 from refund_decisions where event_id = refund_events.id and outcome = 'no-rule')
    returning id`.execute(db)
  if (rows[0]) return rows[0].id
  await sql`
    update streaming_sessions set state = 'decided', decided_at = now()
    where order_line_id = ${orderLineId} and state = 'ended' and exists (
      select 1 from refund_events join refund_decisions on refund_decisions.event_id = refund_events.id
      where key = 'playback:' || ${orderLineId}::text and refund_events.state = 'decided'
        and outcome <> 'no-rule')`.execute(db)
  return null
}

/** Whether a session of an order line goes on. */
export async function hasOpenSession(db: Db, orderLineId: string): Promise<boolean> {
  const row = await db
    .selectFrom('streaming_sessions')
    .select('sid')
    .where('order_line_id', '=', orderLineId)
    .where('state', '=', 'open')
    .where('last_report_at', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** An event waits for a session that goes on; the end of that session raises it anew, this is for when it does not. */
export async function postponeEvent(db: Db, id: number, ms: number): Promise<void> {
  await db
    .updateTable('refund_events')
    .set({ due_since: sql<Date>`now() + ${ms} * interval '1 millisecond'` })
    .where('id', '=', id)
    .where('state', '=', 'new')
    .execute()
}

/** The sessions of an order line that ever reported, the oldest first. */
export function sessionsOfLine(db: Db, orderLineId: string) {
  return db
    .selectFrom('streaming_sessions')
    .selectAll()
    .where('order_line_id', '=', orderLineId)
    .where('last_report_at', 'is not', null)
    .orderBy('registered_at')
    .orderBy('sid')
    .execute()
}

/**
 * What was to be decided about a line's sessions is decided. Where no rule spoke and reports came that the
 * measurement did not see, a session is open again.
 */
export async function markSessionsDecided(trx: Db, orderLineId: string, outcome: string): Promise<void> {
  const unseen = sql`${outcome} = 'no-rule' and reports > measured_reports`
  await trx
    .updateTable('streaming_sessions')
    .set({
      state: sql<'open' | 'decided'>`case when ${unseen} then 'open' else 'decided' end`,
      decided_at: sql<Date>`now()`,
    })
    .where('order_line_id', '=', orderLineId)
    .where('state', '=', 'ended')
    .execute()
}

/** Sessions that are over and whose line waits for its event, such as after a crash between the two. */
export async function findUnraisedSessions(db: Db): Promise<string[]> {
  const { rows } = await sql<{ sid: string }>`
    select sid from streaming_sessions
    where state = 'ended' and measured_at < now() - interval '10 seconds'
      and not exists (
        select 1 from refund_events where key = 'playback:' || streaming_sessions.order_line_id and refund_events.state = 'new')
    order by measured_at limit 2000`.execute(db)
  return rows.map((row) => row.sid)
}
