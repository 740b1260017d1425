import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { lockDraftToDecide } from '../store/decisions.ts'
import { lockHolder, takeLock as writeLock } from '../store/presence.ts'
import { type Conflict, conflict, type Locked } from './decision.ts'

/**
 * Takes the lock on a draft for somebody who begins to write.
 * @param input.takeOver takes it from a colleague, which is audited
 * @param input.forMs how long it holds without a sign of life
 */
export async function takeLock(
  store: Store,
  input: { draftId: number; userId: number; takeOver: boolean; forMs: number },
): Promise<{ outcome: 'taken' } | Locked | Conflict> {
  const { draftId, userId, takeOver, forMs } = input
  // Signs of life of whoever writes come often: they need not hold up the case.
  const mine = (await lockHolder(store, draftId))?.userId === userId
  if (mine && (await writeLock(store, draftId, userId, { forMs }))) return { outcome: 'taken' }
  return store.transaction().execute(async (trx) => {
    await lockDraftToDecide(trx, draftId)
    const holder = await lockHolder(trx, draftId)
    const theirs = holder && holder.userId !== userId ? holder : null
    if (theirs && !takeOver) return { outcome: 'locked', by: theirs.name }
    if (!(await writeLock(trx, draftId, userId, { forMs, fromOthers: takeOver })))
      return conflict(trx, draftId)
    if (theirs) {
      await audit(trx, `user:${userId}`, 'draft.lock-taken-over', `draft:${draftId}`, { from: theirs.userId })
    }
    return { outcome: 'taken' }
  })
}
