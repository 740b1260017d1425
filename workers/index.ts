import type { WorkerName } from '../src/config.ts'
import type { Handler, Stage } from '../src/queue/index.ts'
import { bury } from '../src/store/dead-letters.ts'
import { startAndon } from './andon.ts'
import { startChat } from './chat.ts'
import { startContacts } from './contacts.ts'
import { draftWorker } from './draft.ts'
import { startForget } from './forget.ts'
import { startLetters } from './letters.ts'
import { startListen } from './listen.ts'
import { mailWorker } from './mail.ts'
import type { Parts, RunningWorker } from './parts.ts'
import { payoutWorker } from './payout.ts'
import { publishWorker } from './publish.ts'
import { qualityWorker } from './quality.ts'
import { startQueueHistory } from './queue-history.ts'
import { refundWorker } from './refund.ts'
import { replaceWorker } from './replace.ts'
import { startReviews } from './reviews.ts'
import { startSearchIndex } from './search.ts'
import { startSuggestions } from './suggestions.ts'
import { startHeartbeat, startSweep } from './sweep.ts'
import { triageWorker } from './triage.ts'

export type { Parts, RunningWorker } from './parts.ts'

const STAGE_WORKERS: Record<Stage, (parts: Parts) => Handler> = {
  triage: triageWorker,
  draft: draftWorker,
  publish: publishWorker,
  quality: qualityWorker,
  refund: refundWorker,
  payout: payoutWorker,
  replace: replaceWorker,
  mail: mailWorker,
}

/** How long what is in hand may take once the process is told to stop. */
const GRACE_MS = 5_000

/** Starts some or all workers of this process. */
export function startWorkers(parts: Parts, names: readonly WorkerName[]): RunningWorker[] {
  const running = names.flatMap((name): RunningWorker[] => {
    if (name === 'listen') return [startListen(parts)]
    if (name === 'sweep')
      return [
        startSweep(parts),
        startSearchIndex(parts),
        startContacts(parts),
        startChat(parts),
        startAndon(parts),
        startLetters(parts),
        startReviews(parts),
        startForget(parts),
        startSuggestions(parts),
      ]
    return [startStage(parts, name)]
  })
  return [...running, startHeartbeat(parts, running), startQueueHistory(parts, names)]
}

function startStage(parts: Parts, stage: Stage): RunningWorker {
  const worker = parts.queues.work(stage, STAGE_WORKERS[stage](parts), (queue, ref, error, attempts) =>
    bury(parts.store, queue, ref, error, attempts),
  )
  return {
    name: stage,
    health: () => (worker.isRunning() ? { ok: true } : { ok: false, reason: `${stage}: takes no jobs` }),
    stop: () => worker.close(GRACE_MS),
  }
}
