import { lockWork, setAssignee } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { findColleague } from '../store/readers.ts'
import type { Role } from '../store/schema.ts'
import { type Unread, unreadBy } from './can-read.ts'

/**
 * Gives a case to somebody, or (null) to nobody.
 * @param input.seen whose it was when the person looked; somebody quicker is never overwritten
 * @param input.roles who can be given cases
 * @param input.insists also to somebody who does not read its language
 */
export async function assignCase(
  store: Store,
  input: {
    caseId: number
    userId: number
    to: number | null
    seen: number | null
    roles: readonly Role[]
    insists?: boolean
  },
): Promise<{ outcome: 'assigned' } | { outcome: 'changed' } | { outcome: 'nobody' } | Unread> {
  const { caseId, userId, to, seen, roles, insists = false } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (!found) return { outcome: 'changed' }
    if (found.assignee_id === to) return { outcome: 'assigned' }
    if (found.assignee_id !== seen) return { outcome: 'changed' }
    if (to !== null) {
      const person = await findColleague(trx, to, roles)
      if (!person) return { outcome: 'nobody' }
      const unread = unreadBy(person, found.language, insists)
      if (unread) return unread
    }
    await setAssignee(trx, caseId, to)
    await audit(trx, `user:${userId}`, 'case.assigned', `case:${caseId}`, { from: found.assignee_id, to })
    return { outcome: 'assigned' }
  })
}
