import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { markDraftApproved } from '../store/decisions.ts'
import { contextOf, mayGoOut, tidy } from './checked-text.ts'
import {
  type CheckedDecision,
  type Conflict,
  conflict,
  lockAsSeen,
  type Refused,
  sha256,
} from './decision.ts'

/**
 * Lets a draft go out through the network's API: state 'approved', due now; the caller queues 'publish'.
 * A changed text is checked again and stored as an edit. Where X lets only a person answer (delivery 'manual')
 * nothing changes: see `markPostedByHand`.
 */
export async function approveDraft(
  store: Store,
  input: CheckedDecision & { text?: string },
): Promise<
  { outcome: 'approved'; caseId: number; severity: number } | { outcome: 'by-hand' } | Conflict | Refused
> {
  return store.transaction().execute(async (trx) => {
    const draft = await lockAsSeen(trx, input, ['pending'])
    if (!draft) return conflict(trx, input.draftId)
    if (draft.delivery !== 'api') return { outcome: 'by-hand' }
    const text = tidy(input.text ?? draft.text ?? '')
    const report = input.check(text, await contextOf(trx, draft))
    if (!mayGoOut(report)) return { outcome: 'refused', report }
    await markDraftApproved(trx, draft, input.userId, { text, ...report })
    await audit(trx, `user:${input.userId}`, 'draft.approved', `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version,
      edited: text !== draft.text,
      before: sha256(draft.text),
      after: sha256(text),
    })
    return { outcome: 'approved', caseId: draft.case_id, severity: draft.severity }
  })
}
