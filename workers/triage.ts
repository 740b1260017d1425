import { triagePosts } from '../src/cases/index.ts'
import { caseLog } from '../src/log.ts'
import type { Parts } from './parts.ts'

/** Classifies posts and joins them into cases; cases that want an answer go to drafting. */
export function triageWorker({ store, triage, queues }: Parts) {
  return async (ids: string[]) => {
    const touched = await triagePosts(store, triage, ids.map(Number))
    for (const { id: caseId, ...about } of touched) caseLog.info({ caseId, ...about }, 'triaged')
    for (const severity of [3, 2, 1, 0]) {
      const cases = touched.filter((each) => each.severity === severity)
      await queues.enqueue(
        'draft',
        cases.map((each) => each.id),
        { severity },
      )
    }
  }
}
