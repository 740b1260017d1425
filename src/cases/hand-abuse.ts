import { leadToSpare } from '../store/abuse.ts'
import { setAssignee, setEscalation } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Db } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import { ABUSE } from '../triage/index.ts'

/** Who may let words out answers for what those who write them have to read. */
export const LEAD_ROLES: readonly Role[] = ['approver', 'admin']

/** A case as far as it says that somebody is abused in it. */
interface Coded {
  state: string
  codes: readonly string[]
}

/** Whether a case holds what nobody should read by accident. */
export function isAbusive(codes: readonly string[]): boolean {
  return codes.includes(ABUSE)
}

/**
 * Hands a case that has just become one of abuse to a lead: it is theirs, and they are asked to look. Once, however
 * many such posts follow, until it is closed and opened again; in the transaction that codes it.
 * @param before the case as it was; null: it is new
 */
export async function handAbuse(
  trx: Db,
  row: Coded & { id: number; language: string; assignee_id: number | null; escalated_at: Date | null },
  before: Coded | null,
): Promise<void> {
  const already = before?.state === 'open' && isAbusive(before.codes)
  if (row.state !== 'open' || !isAbusive(row.codes) || already || row.escalated_at !== null) return
  const to = await leadToSpare(trx, LEAD_ROLES, row.language)
  await setEscalation(trx, row.id, { by: null, to, reason: ABUSE })
  if (to !== null) await setAssignee(trx, row.id, to)
  const detail = { to, reason: ABUSE, before: row.assignee_id, after: to ?? row.assignee_id }
  await audit(trx, 'policy', 'case.escalated', `case:${row.id}`, detail)
}
