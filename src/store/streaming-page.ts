import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** A place in the list of sessions: the last one shown. The time is Postgres' own, so that no microsecond is lost. */
export interface SessionCursor {
  at: string
  sid: string
}

/** Sessions with what was made of them, the latest registered first. */
export async function recentSessions(db: Db, after: SessionCursor | null, limit: number) {
  const found = await withDecision(db)
    .select(sql<string>`streaming_sessions.registered_at::text`.as('place'))
    .$if(after !== null, (query) =>
      query.where(
        sql<SqlBool>`(streaming_sessions.registered_at, streaming_sessions.sid) <
          (${after?.at}::timestamptz, ${after?.sid})`,
      ),
    )
    .orderBy('streaming_sessions.registered_at', 'desc')
    .orderBy('streaming_sessions.sid', 'desc')
    .limit(limit + 1)
    .execute()
  const rows = found.slice(0, limit)
  const last = found.length > limit ? rows.at(-1) : undefined
  return { rows, next: last ? { at: last.place, sid: last.sid } : null }
}

/** One session, with what was decided about its order line. */
export function sessionWithDecision(db: Db, sid: string) {
  return withDecision(db)
    .select([
      'streaming_sessions.order_id',
      'streaming_sessions.order_line_id',
      'streaming_sessions.region',
      'streaming_sessions.network',
      'streaming_sessions.player',
      'streaming_sessions.report_bytes',
      'streaming_sessions.quarantined',
      'streaming_sessions.measured_at',
      'streaming_sessions.decided_at',
      sql<boolean>`streaming_sessions.device_hash is not null`.as('device_known'),
    ])
    .where('streaming_sessions.sid', '=', sid)
    .executeTakeFirst()
}

/** The latest decision about its order line's playback: sessions of one line share one. */
function withDecision(db: Db) {
  return db
    .selectFrom('streaming_sessions')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('refund_decisions')
          .select(['id', 'outcome', 'sentence'])
          .whereRef('refund_decisions.order_line_id', '=', 'streaming_sessions.order_line_id')
          .where('refund_decisions.kind', 'like', 'playback.%')
          .orderBy('id', 'desc')
          .limit(1)
          .as('decision'),
      (join) => join.onTrue(),
    )
    .select([
      'streaming_sessions.sid',
      'streaming_sessions.title',
      'streaming_sessions.customer_id',
      'streaming_sessions.registered_at',
      'streaming_sessions.last_report_at',
      'streaming_sessions.reports',
      'streaming_sessions.state',
      'streaming_sessions.quality',
      'streaming_sessions.verdict',
      'decision.id as decision_id',
      'decision.outcome',
      'decision.sentence',
    ])
}
