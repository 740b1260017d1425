import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Where a case stands in the inbox: the keys that a list is sorted by, of the last row shown. */
export interface Place {
  severity: number
  /** The minute in which the answer is due, or in lists of the latest first when the last post came; Postgres's text. */
  at: string
  reach: number
  id: number
}

/** The minute in which a case's answer is due, as the index `cases_urgent` has it. */
export const dueMinute = sql<Date>`date_bin('1 minute', cases.due_at, '2000-01-01 00:00:00+00')`

/** Severity, then how close the target is or how long past, then reach; ids tell equals apart. */
export const byUrgency = sql`3 - cases.severity, ${dueMinute}, - cases.reach, cases.id`
export const byUrgencyReversed = sql`3 - cases.severity desc, ${dueMinute} desc, - cases.reach desc, cases.id desc`

const key = sql`(3 - cases.severity, ${dueMinute}, - cases.reach, cases.id)`

/** True of cases less urgent than a place. */
export function lessUrgent(place: Place) {
  return sql<boolean>`${key} > ${rowOf(place)}`
}

/** True of cases more urgent than a place. */
export function moreUrgent(place: Place) {
  return sql<boolean>`${key} < ${rowOf(place)}`
}

function rowOf({ severity, at, reach, id }: Place) {
  return sql`(3 - ${severity}::int, ${at}::timestamptz, - ${reach}::int, ${id}::bigint)`
}

/** Where a case stands; undefined where there is no such case. */
export function urgencyOf(db: Db, caseId: number): Promise<Place | undefined> {
  return db
    .selectFrom('cases')
    .select(['id', 'severity', 'reach', sql<string>`${dueMinute}::text`.as('at')])
    .where('id', '=', caseId)
    .executeTakeFirst()
}
