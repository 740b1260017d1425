import { sql } from 'kysely'
import type { Db } from './database.ts'
import { WAITING_DRAFT } from './draft-states.ts'

/** The cases before and after one in the inbox's own order of urgency, for walking through it. */
export async function neighbours(db: Db, place: { severity: number; dueAt: Date; id: number }) {
  const open = () =>
    db
      .selectFrom('cases')
      .innerJoin('drafts as d', 'd.case_id', 'cases.id')
      .where('d.state', 'in', WAITING_DRAFT)
      .where('cases.state', '=', 'open')
      .where('cases.id', '<>', place.id)
      .select('cases.id')
  const { severity, id } = place
  const due = place.dueAt.toISOString()
  // Milliseconds are all that a Date keeps: compared at that grain, with ids to tell equals apart.
  const key = sql`(date_trunc('milliseconds', cases.due_at), cases.id)`
  const [next, previous] = await Promise.all([
    open()
      .where(
        sql<boolean>`(cases.severity < ${severity} or (cases.severity = ${severity}
          and ${key} > (${due}::timestamptz, ${id}::bigint)))`,
      )
      .orderBy('cases.severity', 'desc')
      .orderBy('cases.due_at')
      .orderBy('cases.id')
      .limit(1)
      .executeTakeFirst(),
    open()
      .where(
        sql<boolean>`(cases.severity > ${severity} or (cases.severity = ${severity}
          and ${key} < (${due}::timestamptz, ${id}::bigint)))`,
      )
      .orderBy('cases.severity')
      .orderBy('cases.due_at', 'desc')
      .orderBy('cases.id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  ])
  return { next: next?.id ?? null, previous: previous?.id ?? null }
}

/** Where a draft belongs, and what its answer would be sent to; null where there is no such draft. */
export async function draftPlace(db: Db, draftId: number) {
  const found = await db
    .selectFrom('drafts')
    .innerJoin('posts', 'posts.id', 'drafts.post_id')
    .select(['drafts.case_id', 'drafts.delivery', 'posts.external_id', 'posts.network', 'posts.summoned'])
    .where('drafts.id', '=', draftId)
    .executeTakeFirst()
  return found ?? null
}

/** Where a case stands in the order of urgency; null where there is no such case. */
export async function casePlace(db: Db, caseId: number) {
  const found = await db
    .selectFrom('cases')
    .select(['id', 'severity', 'due_at as dueAt'])
    .where('id', '=', caseId)
    .executeTakeFirst()
  return found ?? null
}
