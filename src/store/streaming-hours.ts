import { sql } from 'kysely'
import type { Db } from './database.ts'

/** What was measured within one hour. */
export interface StreamingHour {
  at: Date
  good: number
  poor: number
  neverStarted: number
  playedMs: number
  stalledMs: number
}

/** The hours from `from` on that have measured sessions, the earliest first. */
export async function streamingHours(db: Db, from: Date): Promise<StreamingHour[]> {
  const { rows } = await sql<StreamingHour>`
    select date_bin(interval '1 hour', verdict_at, 'epoch') as at,
      count(*) filter (where verdict = 'good')::int as good,
      count(*) filter (where verdict = 'poor')::int as poor,
      count(*) filter (where verdict = 'never-started')::int as "neverStarted",
      coalesce(sum((quality->>'playedMs')::float8), 0) as "playedMs",
      coalesce(sum((quality->>'stalledMs')::float8), 0) as "stalledMs"
    from streaming_sessions where verdict is not null and verdict_at >= ${from}
    group by 1 order by 1`.execute(db)
  return rows
}

/** Incidents that were open at any time since `from`. */
export function incidentsSince(db: Db, from: Date) {
  return db
    .selectFrom('incidents')
    .select(['id', 'dimension', 'value', 'began_at', 'closed_at'])
    .where((eb) => eb.or([eb('closed_at', 'is', null), eb('closed_at', '>=', from)]))
    .orderBy('began_at')
    .limit(50)
    .execute()
}
