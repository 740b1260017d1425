import { audit } from '../store/audit.ts'
import { markAnswered } from '../store/cases.ts'
import type { Store } from '../store/database.ts'
import { markDraftPosted } from '../store/decisions.ts'
import { dropLock } from '../store/presence.ts'
import { contextOf, judge } from './checked-text.ts'
import {
  type CheckedDecision,
  type Conflict,
  conflict,
  type FourEyes,
  isOwnEdit,
  type Locked,
  lockAsSeen,
  logOverride,
  type Refused,
  sha256,
  type WantsFourEyes,
} from './decision.ts'

/**
 * Notes that a person posted the answer from the network's own composer (posts that X lets nobody answer through
 * the API). What was saved is what counts as sent. Where the customer has written again meanwhile the words still
 * count, and the case stays open for the newer post.
 */
export async function markPostedByHand(
  store: Store,
  input: CheckedDecision & { fourEyes?: WantsFourEyes; override?: string },
): Promise<
  { outcome: 'posted'; caseId: number; answered: boolean } | Conflict | FourEyes | Locked | Refused
> {
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, input, ['pending'])
    if (seen.outcome !== 'seen') return seen
    const { draft } = seen
    if (draft.delivery !== 'manual') return conflict(trx, input.draftId)
    const report = input.check(draft.text ?? '', await contextOf(trx, draft))
    const judged = judge(report, input.override)
    if (!judged.out) return { outcome: 'refused', report }
    if (await isOwnEdit(trx, draft, { ...input, changesText: false })) return { outcome: 'four-eyes' }
    const reply = await markDraftPosted(trx, draft, input.userId)
    if (reply === null) return conflict(trx, draft.id)
    await dropLock(trx, draft.id, input.userId)
    const answered = await markAnswered(trx, draft.case_id)
    await audit(trx, `user:${input.userId}`, 'draft.posted-by-hand', `draft:${draft.id}`, {
      case: draft.case_id,
      reply,
      version: draft.version,
      text: sha256(draft.text),
      ...(judged.overridden ? await logOverride(trx, draft.id, judged.overridden) : {}),
    })
    return { outcome: 'posted', caseId: draft.case_id, answered }
  })
}
