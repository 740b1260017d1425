import { audit } from '../store/audit.ts'
import { caseToCorrect, lockAuthorOfCase, recodeCase } from '../store/case-code.ts'
import { supersedeDrafts, closeCase as writeClosed } from '../store/cases.ts'
import type { Store } from '../store/database.ts'
import { lockCurrentDraft, newestPostId } from '../store/decisions.ts'
import { storeLabel } from '../store/labels.ts'
import { matterOf } from './choose-case.ts'
import { type Conflict, conflict, type Locked, lockedBy } from './decision.ts'
import { type Claims, correctClaim } from './raise-claim.ts'

/** The taxonomy's code for what needs no answer. */
const NONE = 'none'

/**
 * A person says that a case is nothing for us: it gets the code 'none', which is kept as a labelled example, and is
 * closed. Where somebody may be in danger it is not: such a case is closed by itself, with a reason.
 * @param input.seenPostId the newest post that the person saw
 * @param claims where complaints may become refunds: one that is not decided is dropped
 */
export async function markNotForUs(
  store: Store,
  input: { caseId: number; userId: number; seenPostId: number },
  claims?: Claims,
): Promise<{ outcome: 'closed' } | { outcome: 'danger' } | Conflict | Locked> {
  const { caseId, userId, seenPostId } = input
  return store.transaction().execute(async (trx) => {
    if (claims) await lockAuthorOfCase(trx, caseId)
    const found = await caseToCorrect(trx, caseId)
    const draft = await lockCurrentDraft(trx, caseId)
    if (found?.state !== 'open' || draft?.state === 'approved') return conflict(trx, draft?.id ?? null)
    if (seenPostId < (await newestPostId(trx, caseId))) return conflict(trx, draft?.id ?? null, true)
    const locked = draft && (await lockedBy(trx, draft.id, userId))
    if (locked) return locked
    if (found.needs_person === 'danger') return { outcome: 'danger' }
    await recodeCase(trx, caseId, {
      code: NONE,
      codes: [NONE],
      severity: 0,
      matter: matterOf(NONE),
      needs_person: null,
      userId,
      redraft: false,
    })
    if (found.postId !== null) {
      await storeLabel(trx, { postId: found.postId, code: NONE, codes: [NONE], source: 'corrected', userId })
    }
    if (claims) await correctClaim(trx, claims, caseId, found.postId)
    if (draft) await supersedeDrafts(trx, [caseId], userId)
    await writeClosed(trx, caseId, 'not for us')
    await audit(trx, `user:${userId}`, 'case.not-for-us', `case:${caseId}`, {
      post: found.postId,
      ...(draft ? { draft: draft.id } : {}),
      before: { codes: found.codes, severity: found.severity },
    })
    return { outcome: 'closed' }
  })
}
