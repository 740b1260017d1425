import { CRISIS_REASON } from '../src/cases/index.ts'
import { publishDraft, type StillAllowed } from '../src/publishing/index.ts'
import { ComeBackLater } from '../src/queue/index.ts'
import type { Replies } from '../src/replies/index.ts'
import { wantsDraft } from '../src/store/cases.ts'
import { openCrisis } from '../src/store/crises.ts'
import type { Store } from '../src/store/database.ts'
import { STOPPED, stoppedAmong } from '../src/store/stopped-cases.ts'
import type { Parts } from './parts.ts'

const STOPPED_REASON = 'we have stopped selling what it is about: it is written anew'
/** Longer than that takes. */
const REWRITTEN_MS = 15_000

/** Sends approved drafts as replies. */
export function publishWorker({ store, networks, queues, replies }: Parts) {
  const stillAllowed = askPolicy(store, replies)
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

function askPolicy(store: Store, replies: Replies): StillAllowed {
  return async (draft) => {
    // Drafting takes this one back and writes another.
    const isOld =
      !draft.template?.startsWith(`${STOPPED}/`) && (await stoppedAmong(store, [draft.case_id])).size > 0
    if (isOld)
      return { outcome: 'auto', reason: STOPPED_REASON, notBefore: new Date(Date.now() + REWRITTEN_MS) }
    if (await openCrisis(store)) return { outcome: 'person', reason: CRISIS_REASON }
    return replies.decidePublication({
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
}
