import { isColleague, lockWork, setEscalation } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import { sha256 } from './decision.ts'

/**
 * Asks a lead to look at an open case; asking again changes whom, and why.
 * @param input.leads roles that a lead may have
 */
export async function escalateCase(
  store: Store,
  input: { caseId: number; userId: number; to: number; reason: string; leads: readonly Role[] },
): Promise<{ outcome: 'escalated' } | { outcome: 'not-open' } | { outcome: 'no-lead' }> {
  const { caseId, userId, to, reason, leads } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (found?.state !== 'open') return { outcome: 'not-open' }
    if (!(await isColleague(trx, to, leads))) return { outcome: 'no-lead' }
    await setEscalation(trx, caseId, { by: userId, to, reason })
    const detail = { to, reason: sha256(reason) }
    await audit(trx, `user:${userId}`, 'case.escalated', `case:${caseId}`, detail)
    return { outcome: 'escalated' }
  })
}

/** A lead has looked. @returns false where nobody had asked */
export async function settleEscalation(
  store: Store,
  { caseId, userId }: { caseId: number; userId: number },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (!found?.escalated_at) return false
    await setEscalation(trx, caseId, null)
    await audit(trx, `user:${userId}`, 'case.escalation-settled', `case:${caseId}`)
    return true
  })
}
