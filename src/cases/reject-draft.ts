import { audit } from '../store/audit.ts'
import { closeCase } from '../store/cases.ts'
import type { Store } from '../store/database.ts'
import { markDraftRejected } from '../store/decisions.ts'
import { dropLock } from '../store/presence.ts'
import { type Conflict, conflict, type DraftDecision, type Locked, lockAsSeen, sha256 } from './decision.ts'

/**
 * Throws a draft away and closes its case; `note` says why, in a person's words. A case whose customer has written
 * again is left alone: the new draft comes first.
 */
export async function rejectDraft(
  store: Store,
  input: DraftDecision & { note: string },
): Promise<{ outcome: 'rejected'; caseId: number } | Conflict | Locked> {
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, input)
    if (seen.outcome !== 'seen') return seen
    const { draft } = seen
    if (draft.needs_draft_since !== null) return conflict(trx, draft.id, true)
    await markDraftRejected(trx, draft, input.userId, input.note)
    await dropLock(trx, draft.id, input.userId)
    await closeCase(trx, draft.case_id, input.note)
    await audit(trx, `user:${input.userId}`, 'draft.rejected', `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version,
      text: sha256(draft.text),
      note: sha256(input.note),
    })
    return { outcome: 'rejected', caseId: draft.case_id }
  })
}
