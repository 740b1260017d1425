import { audit } from '../store/audit.ts'
import { onlyPost } from '../store/case-code.ts'
import { lockCase, supersedeDrafts, closeCase as writeClosed } from '../store/cases.ts'
import type { Store } from '../store/database.ts'
import { lockCurrentDraft, newestPostId } from '../store/decisions.ts'
import { storeLabel } from '../store/labels.ts'
import { type Conflict, conflict, type Locked, lockedBy, sha256 } from './decision.ts'

/**
 * Closes a case without answering, which confirms its code where it has one post; a reply that is on its way already
 * can not be called back from here, and nobody's words are taken from under their hands.
 * @param input.seenPostId the newest post that the person saw; a case that waits for a draft is closed only by
 * somebody who saw all of its posts
 */
export async function closeCase(
  store: Store,
  input: { caseId: number; userId: number; reason: string; seenPostId?: number },
): Promise<{ outcome: 'closed' } | Conflict | Locked> {
  const { caseId, userId, reason, seenPostId = 0 } = input
  return store.transaction().execute(async (trx) => {
    const found = await lockCase(trx, caseId)
    const draft = await lockCurrentDraft(trx, caseId)
    if (!found || found.state === 'closed' || draft?.state === 'approved') {
      return conflict(trx, draft?.id ?? null)
    }
    if (found.needs_draft_since !== null && seenPostId < (await newestPostId(trx, caseId))) {
      return conflict(trx, draft?.id ?? null, true)
    }
    const locked = draft && (await lockedBy(trx, draft.id, userId))
    if (locked) return locked
    if (draft) await supersedeDrafts(trx, [caseId], userId)
    await writeClosed(trx, caseId, reason)
    const postId = await onlyPost(trx, caseId)
    if (postId !== null) {
      const { code, codes } = found
      await storeLabel(trx, { postId, code, codes, source: 'confirmed', userId })
    }
    await audit(trx, `user:${userId}`, 'case.closed', `case:${caseId}`, {
      ...(draft ? { draft: draft.id } : {}),
      reason: sha256(reason),
    })
    return { outcome: 'closed' }
  })
}
