import { publishDraft, type StillAllowed } from '../src/publishing/index.ts'
import { ComeBackLater } from '../src/queue/index.ts'
import type { Replies } from '../src/replies/index.ts'
import { wantsDraft } from '../src/store/cases.ts'
import type { Parts } from './parts.ts'

/** Sends approved drafts as replies. */
export function publishWorker({ store, networks, queues, replies }: Parts) {
  const stillAllowed = askPolicy(replies)
  return async (ids: string[]) => {
    for (const id of ids) {
      const result = await publishDraft(store, networks, Number(id), stillAllowed)
      if (result.outcome === 'later') throw new ComeBackLater(result.reason, result.delayMs)
      if (result.editedPostId !== undefined) await queues.enqueue('triage', [result.editedPostId])
      // A post that came while the reply was on its way has waited for this moment.
      if (result.caseId !== undefined && (await wantsDraft(store, result.caseId))) {
        await queues.enqueue('draft', [result.caseId])
      }
    }
  }
}

function askPolicy(replies: Replies): StillAllowed {
  return (draft) =>
    replies.decidePublication({
      code: draft.code,
      codes: draft.codes,
      severity: draft.severity,
      confidence: draft.confidence,
      language: draft.language,
      needsPerson: draft.needs_person,
      delivery: draft.delivery,
      checks: draft.checks,
      authorOptedOut: draft.opted_out_at !== null,
      authorUsername: draft.username,
      postText: draft.postText,
      network: draft.network,
      now: new Date(),
    })
}
