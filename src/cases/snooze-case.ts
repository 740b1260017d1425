import { lockWork, setSnooze, wakeDue } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { sha256 } from './decision.ts'

/**
 * Lets an open case rest until a time (null: wakes it now). It comes back by itself, or at once when the customer
 * writes again.
 * @returns false where the case is not open
 */
export async function snoozeCase(
  store: Store,
  input: { caseId: number; userId: number; until: Date | null; note: string | null },
): Promise<boolean> {
  const { caseId, userId, until, note } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (found?.state !== 'open') return false
    await setSnooze(trx, caseId, until && { until, by: userId, note })
    await audit(trx, `user:${userId}`, until ? 'case.snoozed' : 'case.woken', `case:${caseId}`, {
      ...(until ? { until: until.toISOString() } : {}),
      ...(note ? { note: sha256(note) } : {}),
    })
    return true
  })
}

/** Wakes the cases whose rest is over, so that open pages hear of it. Lists show them in time without this. */
export async function wakeCases(store: Store): Promise<number[]> {
  return store.transaction().execute(async (trx) => {
    const ids = await wakeDue(trx)
    for (const id of ids) await audit(trx, 'system', 'case.woken', `case:${id}`)
    return ids
  })
}
