import { publishDraft } from '../src/publishing/index.ts'
import { ComeBackLater } from '../src/queue/index.ts'
import { wantsDraft } from '../src/store/cases.ts'
import type { Parts } from './parts.ts'

/** Sends approved drafts as replies. */
export function publishWorker({ store, networks, queues }: Parts) {
  return async (ids: string[]) => {
    for (const id of ids) {
      const result = await publishDraft(store, networks, Number(id))
      if (result.outcome === 'later') throw new ComeBackLater(result.reason, result.delayMs)
      if (result.editedPostId !== undefined) await queues.enqueue('triage', [result.editedPostId])
      // A post that came while the reply was on its way has waited for this moment.
      if (result.caseId !== undefined && (await wantsDraft(store, result.caseId))) {
        await queues.enqueue('draft', [result.caseId])
      }
    }
  }
}
