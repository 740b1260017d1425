import { type DraftOptions, draftCases, polishDrafts } from '../src/cases/index.ts'
import { inviteUnlinked } from '../src/linking/index.ts'
import { caseLog } from '../src/log.ts'
import { draftsTotal } from '../src/metrics.ts'
import { claimsWanted } from '../src/store/refund-events.ts'
import type { Parts } from './parts.ts'

/** Whoever holds a case does so for the length of a transaction. */
const HELD_AGAIN_MS = 300

/** Writes drafts; those that policy lets go out by themselves go to publishing. */
export function draftWorker({ store, replies, model, queues, linking }: Parts) {
  const invite = inviteUnlinked(linking)
  const claimUrlsFor: DraftOptions['claimUrlsFor'] = async (cases, trx) => {
    const ids = cases.map(({ id }) => id)
    const wanted = await claimsWanted(trx, ids)
    const urls = new Map<number, string>()
    for (const each of cases) {
      const url = wanted.has(each.id) ? await invite(each, trx) : null
      if (url !== null) urls.set(each.id, url)
    }
    return urls
  }
  return async (ids: string[]) => {
    const { drafts, approved, held } = await draftCases(store, replies, ids.map(Number), { claimUrlsFor })
    await queues.enqueue('draft', held, { delayMs: HELD_AGAIN_MS })
    for (const draft of drafts) {
      draftsTotal.inc({ outcome: draft.outcome, locale: draft.locale ?? 'none' })
      caseLog.info(draft, 'drafted')
    }
    for (const draft of approved) {
      const delayMs = Math.max(0, draft.publishAt.getTime() - Date.now())
      await queues.enqueue('publish', [draft.id], { severity: draft.severity, delayMs })
    }
    const waiting = drafts.filter(({ outcome }) => outcome === 'pending').map(({ caseId }) => caseId)
    const polished = await polishDrafts(store, { model, replies }, waiting)
    if (polished > 0) caseLog.info({ drafts: polished, model: model.name }, 'worded anew')
  }
}
