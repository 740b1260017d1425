import { audit } from '../store/audit.ts'
import { lockCase, supersedeDrafts, closeCase as writeClosed } from '../store/cases.ts'
import type { Store } from '../store/database.ts'
import { lockCurrentDraft } from '../store/decisions.ts'
import { type Conflict, conflict, sha256 } from './decision.ts'

/** Closes a case without answering; a reply that is on its way already can not be called back from here. */
export async function closeCase(
  store: Store,
  { caseId, userId, reason }: { caseId: number; userId: number; reason: string },
): Promise<{ outcome: 'closed' } | Conflict> {
  return store.transaction().execute(async (trx) => {
    const found = await lockCase(trx, caseId)
    const draft = await lockCurrentDraft(trx, caseId)
    if (!found || found.state === 'closed' || draft?.state === 'approved') {
      return conflict(trx, draft?.id ?? null)
    }
    if (draft) await supersedeDrafts(trx, [caseId], userId)
    await writeClosed(trx, caseId, reason)
    await audit(trx, `user:${userId}`, 'case.closed', `case:${caseId}`, {
      ...(draft ? { draft: draft.id } : {}),
      reason: sha256(reason),
    })
    return { outcome: 'closed' }
  })
}
