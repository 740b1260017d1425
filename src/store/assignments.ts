import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Role } from './schema.ts'

/** People of these roles who can sign in, by name. */
export function listColleagues(db: Db, roles: readonly Role[]) {
  return db
    .selectFrom('users')
    .select(['id', 'name', 'login', 'role', 'languages'])
    .where('disabled_at', 'is', null)
    .where('role', 'in', roles)
    .orderBy('name')
    .orderBy('id')
    .execute()
}

/** Whose a case is and whether it rests, locked; the rest as `Date` or null. */
export function lockWork(trx: Db, caseId: number) {
  return trx
    .selectFrom('cases')
    .select(['state', 'language', 'assignee_id', 'snoozed_until', 'escalated_at', 'escalated_to'])
    .where('id', '=', caseId)
    .forUpdate()
    .executeTakeFirst()
}

/** True of cases that do not rest: nobody snoozed them, or their time has come. */
export const isAwake = sql<boolean>`(cases.snoozed_until is null or cases.snoozed_until <= now())`

export async function setAssignee(trx: Db, caseId: number, userId: number | null): Promise<void> {
  await trx.updateTable('cases').set({ assignee_id: userId }).where('id', '=', caseId).execute()
}

/** Lets a case rest, or (null) wakes it. */
export async function setSnooze(
  trx: Db,
  caseId: number,
  snooze: { until: Date; by: number; note: string | null } | null,
): Promise<void> {
  await trx
    .updateTable('cases')
    .set({
      snoozed_until: snooze?.until ?? null,
      snoozed_by: snooze?.by ?? null,
      snooze_note: snooze?.note ?? null,
    })
    .where('id', '=', caseId)
    .execute()
}

/** Cases whose rest is over are like any other again. @returns their ids */
export async function wakeDue(trx: Db): Promise<number[]> {
  const rows = await trx
    .updateTable('cases')
    .set({ snoozed_until: null })
    .where('snoozed_until', '<=', sql<Date>`now()`)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

/** Asks a lead (to null: any of them) to look, on behalf of a person or (by null) of itself, or (null) says that one has. */
export async function setEscalation(
  trx: Db,
  caseId: number,
  escalation: { by: number | null; to: number | null; reason: string } | null,
): Promise<void> {
  await trx
    .updateTable('cases')
    .set({
      escalated_at: escalation ? sql<Date>`now()` : null,
      escalated_by: escalation?.by ?? null,
      escalated_to: escalation?.to ?? null,
      escalation_reason: escalation?.reason ?? null,
    })
    .where('id', '=', caseId)
    .execute()
}
