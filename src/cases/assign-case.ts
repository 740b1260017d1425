import { isColleague, lockWork, setAssignee } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import type { Role } from '../store/schema.ts'

/**
 * Gives a case to somebody, or (null) to nobody.
 * @param input.seen whose it was when the person looked; somebody quicker is never overwritten
 * @param input.roles who can be given cases
 */
export async function assignCase(
  store: Store,
  input: { caseId: number; userId: number; to: number | null; seen: number | null; roles: readonly Role[] },
): Promise<{ outcome: 'assigned' } | { outcome: 'changed' } | { outcome: 'nobody' }> {
  const { caseId, userId, to, seen, roles } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (!found) return { outcome: 'changed' }
    if (found.assignee_id === to) return { outcome: 'assigned' }
    if (found.assignee_id !== seen) return { outcome: 'changed' }
    if (to !== null && !(await isColleague(trx, to, roles))) return { outcome: 'nobody' }
    await setAssignee(trx, caseId, to)
    await audit(trx, `user:${userId}`, 'case.assigned', `case:${caseId}`, { from: found.assignee_id, to })
    return { outcome: 'assigned' }
  })
}
