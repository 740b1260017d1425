import { sql } from 'kysely'
import type { Db } from './database.ts'

const BATCH = 1000

export interface AuditFilter {
  /** 'user:7', 'policy', or all workers by 'worker'. */
  actor?: string | null
  action?: string | null
  /** 'draft:12', or all of a kind by 'draft'. */
  subject?: string | null
  /** Days of UTC, YYYY-MM-DD, both counted. */
  from?: string | null
  to?: string | null
}

export interface AuditRow {
  id: number
  at: Date
  actor: string
  /** Null for what no person did. */
  actorName: string | null
  action: string
  subject: string
  /** Where it is about a person. */
  subjectName: string | null
  detail: Record<string, unknown>
}

/** The latest entries below `before`, newest first. */
export async function auditPage(
  db: Db,
  filter: AuditFilter,
  before: number | null,
  limit: number,
): Promise<AuditRow[]> {
  const conditions = [
    before === null ? null : sql`l.id < ${before}`,
    filter.actor ? inKind('actor', filter.actor) : null,
    filter.action ? sql`l.action = ${filter.action}` : null,
    filter.subject ? inKind('subject', filter.subject) : null,
    filter.from ? sql`l.at >= ${filter.from}::date at time zone 'UTC'` : null,
    filter.to ? sql`l.at < (${filter.to}::date + 1) at time zone 'UTC'` : null,
  ].filter((condition) => condition !== null)
  const { rows } = await sql<AuditRow>`
    select l.id, l.at, l.actor, u.name as "actorName", l.action, l.subject,
      s.name as "subjectName", l.detail
    from audit_log l
    left join users u on l.actor = 'user:' || u.id
    left join users s on l.subject = 'user:' || s.id
    ${conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``}
    order by l.id desc limit ${limit}`.execute(db)
  return rows
}

/** All entries that fit, newest first, in batches. */
export async function* auditRows(db: Db, filter: AuditFilter): AsyncGenerator<AuditRow> {
  for (let before: number | null = null; ; ) {
    const rows: AuditRow[] = await auditPage(db, filter, before, BATCH)
    yield* rows
    const last = rows.at(-1)
    if (rows.length < BATCH || !last) return
    before = last.id
  }
}

/** Every action that was ever written down, by skipping from one to the next along the index. */
export async function auditActions(db: Db): Promise<string[]> {
  const { rows } = await sql<{ action: string }>`
    with recursive each as (
      (select action from audit_log order by action limit 1)
      union all
      select (select l.action from audit_log l where l.action > each.action order by l.action limit 1)
      from each where each.action is not null
    )
    select action from each where action is not null`.execute(db)
  return rows.map(({ action }) => action)
}

/** 'draft:12' is one, 'draft' all of its kind: a range, so that an index serves both. */
function inKind(column: 'actor' | 'subject', wanted: string) {
  const name = sql.ref(`l.${column}`)
  if (wanted.includes(':')) return sql`${name} = ${wanted}`
  return sql`(${name} = ${wanted} or ${name} like ${`${wanted.replace(/[\\%_]/g, '\\$&')}:%`})`
}
