import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { noteEditor, storeEdit } from '../store/decisions.ts'
import { type DraftSource, noteSource } from '../store/draft-source.ts'
import { pauseLock } from '../store/presence.ts'
import { contextOf, tidy } from './checked-text.ts'
import { type CheckedDecision, type Conflict, type Locked, lockAsSeen, sha256 } from './decision.ts'
import { deliveryOf } from './save-draft.ts'

/** A text that somebody else wrote for the draft: a template, or a model. */
export interface TextToTake {
  text: string
  source: DraftSource
  /** What stood in the editor when it was made; left out: the draft as it is stored. */
  base?: string
}

/**
 * Puts another text in a draft's place. Words in the editor that it was not made from are never overwritten unless
 * `replace` says so: 'unsaved'.
 * @param input.take null: there is no such text (any more), which an outdated page explains best; else 'gone'
 * @param input.typed what stands in the editor
 */
export async function takeText(
  store: Store,
  input: CheckedDecision & { typed: string; take: TextToTake | null; replace: boolean; enterprise?: boolean },
): Promise<{ outcome: 'taken' } | { outcome: 'unsaved' } | { outcome: 'gone' } | Conflict | Locked> {
  const { take, userId } = input
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, input)
    if (seen.outcome !== 'seen') return seen
    const { draft } = seen
    if (!take) return { outcome: 'gone' }
    const base = tidy(take.base ?? draft.text ?? '')
    const typed = tidy(input.typed)
    if (!input.replace && typed !== base && typed !== '') return { outcome: 'unsaved' }
    const text = tidy(take.text)
    const context = await contextOf(trx, draft)
    const report = input.check(text, context)
    const delivery = draft.delivery === 'none' ? deliveryOf(draft, input.enterprise ?? false) : draft.delivery
    await storeEdit(trx, draft, { text, ...report }, { locale: context.locale, delivery })
    await noteSource(trx, draft.id, take.source)
    await noteEditor(trx, draft.id, userId)
    await pauseLock(trx, draft.id, userId)
    const { template, model } = take.source
    const action = model === null ? 'draft.text-chosen' : 'draft.model-text-taken'
    await audit(trx, `user:${userId}`, action, `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version + 1,
      ...(model === null ? { template } : { model }),
      before: sha256(draft.text),
      after: sha256(text),
    })
    return { outcome: 'taken' }
  })
}
