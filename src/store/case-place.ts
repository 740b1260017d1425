import { isAwake } from './assignments.ts'
import type { Db } from './database.ts'
import { WAITING_DRAFT } from './draft-states.ts'
import { isReadable } from './readers.ts'
import { byUrgency, byUrgencyReversed, lessUrgent, moreUrgent, urgencyOf } from './urgency.ts'

/**
 * The cases before and after one in the inbox's own order of urgency, for walking through it.
 * @param languages of the person who walks; none: all
 */
export async function neighbours(db: Db, { id }: { id: number }, languages: readonly string[] | null) {
  const waiting = () =>
    db
      .selectFrom('cases')
      .innerJoin('drafts as d', (join) =>
        join.onRef('d.case_id', '=', 'cases.id').on('d.state', 'in', WAITING_DRAFT),
      )
      .where('cases.state', '=', 'open')
      .where(isAwake)
      .where(isReadable(languages))
      .select('cases.id')
      .limit(1)
  const place = await urgencyOf(db, id)
  if (!place) return { next: null, previous: null }
  const [next, previous] = await Promise.all([
    waiting().where(lessUrgent(place)).orderBy(byUrgency).executeTakeFirst(),
    waiting().where(moreUrgent(place)).orderBy(byUrgencyReversed).executeTakeFirst(),
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
