import { draftCases } from '../src/cases/index.ts'
import { inviteUnlinked } from '../src/linking/index.ts'
import { caseLog } from '../src/log.ts'
import { draftsTotal } from '../src/metrics.ts'
import { claimWanted } from '../src/store/refund-events.ts'
import type { Parts } from './parts.ts'

/** Writes drafts; those that policy lets go out by themselves go to publishing. */
export function draftWorker({ store, replies, queues, linking }: Parts) {
  const invite = inviteUnlinked(linking)
  const claimUrlFor: typeof invite = async (subject, trx) =>
    (await claimWanted(trx, subject.id)) ? invite(subject, trx) : null
  return async (ids: string[]) => {
    const { drafts, approved } = await draftCases(store, replies, ids.map(Number), { claimUrlFor })
    for (const draft of drafts) {
      draftsTotal.inc({ outcome: draft.outcome, locale: draft.locale ?? 'none' })
      caseLog.info(draft, 'drafted')
    }
    for (const draft of approved) {
      const delayMs = Math.max(0, draft.publishAt.getTime() - Date.now())
      await queues.enqueue('publish', [draft.id], { severity: draft.severity, delayMs })
    }
  }
}
