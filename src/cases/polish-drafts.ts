import { type Replies, wantsPolish } from '../replies/index.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { storeEdit } from '../store/decisions.ts'
import { draftsToPolish, noteSource } from '../store/draft-source.ts'
import { othersOn } from '../store/presence.ts'
import { lockAsSeen, sha256 } from './decision.ts'
import { polish, type Rewording, type Writer } from './reword-draft.ts'

/** Nobody's: no colleague has this id. */
const NOBODY = 0

/**
 * Words the waiting drafts of cases anew where policy wants it. What goes out without a person is left as its template
 * has it, and so is what a person has open or has touched, and where the model does not do it well.
 * @returns how many drafts were worded anew
 */
export async function polishDrafts(
  store: Store,
  writer: Writer & { replies: Pick<Replies, 'policy'> },
  caseIds: readonly number[],
): Promise<number> {
  const { policy } = writer.replies
  if (writer.model.name === null || policy.polish.codes.length === 0 || caseIds.length === 0) return 0
  const drafts = (await draftsToPolish(store, caseIds)).filter(({ codes }) => wantsPolish(policy, codes))
  const polished = await Promise.all(
    drafts.map(async (draft) => {
      const done = await polish(store, writer, draft.id)
      // No person has looked yet: even a soft warning is one too many.
      const good = done?.outcome === 'reworded' && done.report.checks.every(({ ok }) => ok)
      return good && (await put(store, draft, done))
    }),
  )
  return polished.filter(Boolean).length
}

async function put(
  store: Store,
  { id, version }: { id: number; version: number },
  { text, model, report }: Extract<Rewording, { outcome: 'reworded' }>,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const seen = await lockAsSeen(trx, { draftId: id, version, userId: NOBODY }, ['pending'])
    if (seen.outcome !== 'seen') return false
    const { draft } = seen
    // Nobody's page changes under their eyes.
    if ((await othersOn(trx, draft.case_id, NOBODY)).length > 0) return false
    const { locale, delivery } = draft
    await storeEdit(trx, draft, { text, ...report }, { locale: locale ?? draft.language, delivery })
    await noteSource(trx, id, { model, edited: false })
    await audit(trx, 'worker:draft', 'draft.polished', `draft:${id}`, {
      case: draft.case_id,
      version: version + 1,
      model,
      before: sha256(draft.text),
      after: sha256(text),
    })
    return true
  })
}
