import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { markDraftApproved, noteEditor } from '../store/decisions.ts'
import { dropLock } from '../store/presence.ts'
import { contextOf, judge, tidy } from './checked-text.ts'
import {
  type CheckedDecision,
  type Conflict,
  type FourEyes,
  isOwnEdit,
  type Locked,
  lockAsSeen,
  logOverride,
  type Refused,
  sha256,
  type WantsFourEyes,
} from './decision.ts'

/** How long a person's approval can be undone before it leaves the house. */
export const UNDO_MS = 10_000

/**
 * Lets a draft go out through the network's API: state 'approved', due when it can not be undone any more; the caller
 * queues 'publish' for then (`dueInMs`).
 * A changed text is checked again and stored as an edit. Where X lets only a person answer (delivery 'manual')
 * nothing changes: see `markPostedByHand`.
 * @param input.sign closes the text with the mark of who approves it; as it stands unless told
 * @param input.fourEyes where policy wants edits let out by somebody else; nowhere unless told
 */
export async function approveDraft(
  store: Store,
  input: CheckedDecision & {
    text?: string
    fourEyes?: WantsFourEyes
    undoMs?: number
    sign?: (text: string, locale: string) => string
    /** Why it goes out although it breaks hard rules. */
    override?: string
  },
): Promise<
  | { outcome: 'approved'; caseId: number; severity: number; dueInMs: number }
  | { outcome: 'by-hand' }
  | Conflict
  | FourEyes
  | Locked
  | Refused
> {
  const { userId, fourEyes, undoMs = UNDO_MS } = input
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, input, ['pending'])
    if (seen.outcome !== 'seen') return seen
    const { draft } = seen
    if (draft.delivery !== 'api') return { outcome: 'by-hand' }
    const bare = tidy(input.text ?? draft.text ?? '')
    const context = await contextOf(trx, draft)
    const text = input.sign?.(bare, context.locale) ?? bare
    const report = input.check(text, context)
    const judged = judge(report, input.override)
    if (!judged.out) return { outcome: 'refused', report }
    const edited = bare !== draft.text
    if (await isOwnEdit(trx, draft, { userId, fourEyes, changesText: edited }))
      return { outcome: 'four-eyes' }
    await markDraftApproved(trx, draft, userId, { text, edited, ...report }, undoMs)
    if (edited) await noteEditor(trx, draft.id, userId)
    await dropLock(trx, draft.id, userId)
    await audit(trx, `user:${userId}`, 'draft.approved', `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version,
      edited,
      before: sha256(draft.text),
      after: sha256(text),
      ...(judged.overridden ? await logOverride(trx, draft.id, judged.overridden) : {}),
    })
    return { outcome: 'approved', caseId: draft.case_id, severity: draft.severity, dueInMs: undoMs }
  })
}
