import { audit } from '../store/audit.ts'
import { reopenCase as writeOpen } from '../store/cases.ts'
import type { Store } from '../store/database.ts'
import { type Conflict, conflict } from './decision.ts'

/** Opens a closed or answered case again and asks for a new draft; the caller queues 'draft' with the case's id. */
export async function reopenCase(
  store: Store,
  { caseId, userId }: { caseId: number; userId: number },
): Promise<{ outcome: 'reopened' } | Conflict> {
  return store.transaction().execute(async (trx) => {
    if (!(await writeOpen(trx, caseId))) return conflict(trx, null)
    await audit(trx, `user:${userId}`, 'case.reopened', `case:${caseId}`)
    return { outcome: 'reopened' }
  })
}
