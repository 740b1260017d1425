import { indexPosts } from '../src/store/post-words.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 1_000
/** Posts that wait for triage are more urgent, for so long. */
const PATIENCE_MS = 20_000
const BUSY_JOBS = 4

/** Makes the words of new posts known to the search, where the pipeline leaves time for it. */
export function startSearchIndex({ store, queues }: Parts): RunningWorker {
  let idleSince = Date.now()
  return startLoop('search', EVERY_MS, async (signal) => {
    const patient = Date.now() - idleSince < PATIENCE_MS
    if (patient && (await queues.counts('triage')).waiting > BUSY_JOBS) return false
    const { more } = await indexPosts(store)
    idleSince = Date.now()
    return more && !signal.aborted
  })
}
