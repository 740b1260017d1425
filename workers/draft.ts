import { draftCases } from '../src/cases/index.ts'
import { caseLog } from '../src/log.ts'
import { draftsTotal } from '../src/metrics.ts'
import type { Parts } from './parts.ts'

/** Writes drafts; those that policy lets go out by themselves go to publishing. */
export function draftWorker({ store, replies, queues }: Parts) {
  return async (ids: string[]) => {
    const { drafts, approved } = await draftCases(store, replies, ids.map(Number))
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
