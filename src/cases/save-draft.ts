import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { noteEditor, storeEdit } from '../store/decisions.ts'
import { pauseLock } from '../store/presence.ts'
import type { Delivery } from '../store/schema.ts'
import { contextOf, type TextReport, tidy } from './checked-text.ts'
import { type CheckedDecision, type Conflict, type Locked, lockAsSeen, sha256 } from './decision.ts'

/**
 * Stores a person's wording. The draft stays (or, where it had no text or came back, becomes) pending; a text that
 * breaks hard checks may be saved, it can not be approved.
 * @param input.enterprise X lets this account answer posts that did not summon it
 */
export async function saveDraft(
  store: Store,
  input: CheckedDecision & { text: string; enterprise?: boolean },
): Promise<{ outcome: 'saved'; version: number; report: TextReport } | Conflict | Locked> {
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, input)
    if (seen.outcome !== 'seen') return seen
    const { draft } = seen
    const text = tidy(input.text)
    const context = await contextOf(trx, draft)
    const report = input.check(text, context)
    await pauseLock(trx, draft.id, input.userId)
    if (text === draft.text && draft.state === 'pending') {
      return { outcome: 'saved', version: draft.version, report }
    }
    const version = draft.version + 1
    const delivery = draft.delivery === 'none' ? deliveryOf(draft, input.enterprise ?? false) : draft.delivery
    await storeEdit(trx, draft, { text, ...report }, { locale: context.locale, delivery })
    await noteEditor(trx, draft.id, input.userId)
    await audit(trx, `user:${input.userId}`, 'draft.edited', `draft:${draft.id}`, {
      case: draft.case_id,
      version,
      before: sha256(draft.text),
      after: sha256(text),
    })
    return { outcome: 'saved', version, report }
  })
}

/** Who can send a text for a draft that had none. */
export function deliveryOf(post: { network: string; summoned: boolean }, enterprise: boolean): Delivery {
  return post.network === 'x' && !post.summoned && !enterprise ? 'manual' : 'api'
}
