import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { hasLeft, lockDraftToDecide, markApprovalUndone } from '../store/decisions.ts'
import { type Conflict, conflict } from './decision.ts'

/**
 * Takes a person's approval back: the draft is pending again, with the text that was approved, and its intent is
 * called off. Holds the locks that sending takes, so that one of the two wins.
 */
export async function undoApproval(
  store: Store,
  { draftId, userId }: { draftId: number; userId: number },
): Promise<{ outcome: 'undone'; caseId: number } | { outcome: 'too-late' } | Conflict> {
  return store.transaction().execute(async (trx) => {
    const draft = await lockDraftToDecide(trx, draftId)
    if (draft?.state === 'published') return { outcome: 'too-late' }
    if (draft?.state !== 'approved' || draft.auto || draft.case_state !== 'open')
      return conflict(trx, draftId)
    if (await hasLeft(trx, draftId)) return { outcome: 'too-late' }
    await markApprovalUndone(trx, draft)
    await audit(trx, `user:${userId}`, 'draft.approval-undone', `draft:${draftId}`, {
      case: draft.case_id,
      version: draft.version,
    })
    return { outcome: 'undone', caseId: draft.case_id }
  })
}
