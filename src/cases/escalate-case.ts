import { lockWork, setEscalation, setSnooze } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { findColleague } from '../store/readers.ts'
import type { Role } from '../store/schema.ts'
import { type Unread, unreadBy } from './can-read.ts'
import { sha256 } from './decision.ts'

/**
 * Asks a lead to look at an open case; asking again changes whom, and why. A case that rests is woken: nobody looks at
 * what is in no list.
 * @param input.leads roles that a lead may have
 * @param input.insists also a lead who does not read its language
 */
export async function escalateCase(
  store: Store,
  input: {
    caseId: number
    userId: number
    to: number
    reason: string
    leads: readonly Role[]
    insists?: boolean
  },
): Promise<{ outcome: 'escalated' } | { outcome: 'not-open' } | { outcome: 'no-lead' } | Unread> {
  const { caseId, userId, to, reason, leads, insists = false } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (found?.state !== 'open') return { outcome: 'not-open' }
    const lead = await findColleague(trx, to, leads)
    if (!lead) return { outcome: 'no-lead' }
    const unread = unreadBy(lead, found.language, insists)
    if (unread) return unread
    await setEscalation(trx, caseId, { by: userId, to, reason })
    if (found.snoozed_until) {
      await setSnooze(trx, caseId, null)
      await audit(trx, `user:${userId}`, 'case.woken', `case:${caseId}`)
    }
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
