import { audit } from '../store/audit.ts'
import { noteComposer } from '../store/composers.ts'
import type { Store } from '../store/database.ts'
import { COMPOSER_MS, takeLock } from '../store/presence.ts'
import { contextOf, mayGoOut, tidy } from './checked-text.ts'
import {
  type CheckedDecision,
  type Conflict,
  conflict,
  type FourEyes,
  isOwnEdit,
  type Locked,
  lockAsSeen,
  type Refused,
  sha256,
  type WantsFourEyes,
} from './decision.ts'

/**
 * Somebody is about to post a draft's text from the network's own composer: the same checks as for an approval, and
 * the draft is locked for everybody else. Its words stay as they are; what counts is what will stand in public.
 */
export async function openComposer(
  store: Store,
  input: CheckedDecision & { text: string; fourEyes?: WantsFourEyes },
): Promise<{ outcome: 'opened'; caseId: number; text: string } | Conflict | FourEyes | Locked | Refused> {
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, input)
    if (seen.outcome !== 'seen') return seen
    const { draft } = seen
    if (draft.delivery !== 'manual') return conflict(trx, input.draftId)
    const text = tidy(input.text)
    const report = input.check(text, await contextOf(trx, draft))
    if (!mayGoOut(report)) return { outcome: 'refused', report }
    if (await isOwnEdit(trx, draft, { ...input, changesText: text !== draft.text })) {
      return { outcome: 'four-eyes' }
    }
    await takeLock(trx, draft.id, input.userId, { forMs: COMPOSER_MS })
    await noteComposer(trx, draft.id, input.userId)
    await audit(trx, `user:${input.userId}`, 'draft.composer-opened', `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version,
      text: sha256(text),
    })
    return { outcome: 'opened', caseId: draft.case_id, text }
  })
}
