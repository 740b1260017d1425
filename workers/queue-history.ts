import type { WorkerName } from '../src/config.ts'
import { rowsDone } from '../src/metrics.ts'
import { STAGES } from '../src/queue/index.ts'
import { forgetQueueHistory, longestSilence, recordDone, recordQueues } from '../src/store/queue-history.ts'
import { findSilentSessions, SWEPT_STAGES, waitingOf } from '../src/store/sweep.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 60_000

/**
 * Writes down, for the charts of the desk, what this process got done and, where it sweeps, how the queues stand by
 * the tables.
 */
export function startQueueHistory(parts: Parts, workers: readonly WorkerName[]): RunningWorker {
  const { store, config } = parts
  const told = new Map<string, number>()
  return startLoop('queue-history', EVERY_MS, async () => {
    const done = await doneSince(told)
    await recordDone(store, done)
    for (const [queue, count] of done) told.set(queue, (told.get(queue) ?? 0) + count)
    if (!workers.includes('sweep')) return false
    const swept = await Promise.all(
      SWEPT_STAGES.map(async (queue) => {
        const { count, oldest } = await waitingOf(store, queue)
        return { queue, waiting: count, oldestSeconds: secondsSince(oldest) }
      }),
    )
    const sessions = await findSilentSessions(store, config.sessionIdleMs)
    await recordQueues(store, [
      ...swept,
      { queue: 'quality', waiting: sessions.length, oldestSeconds: 0 },
      { queue: 'listen', waiting: 0, oldestSeconds: await longestSilence(store) },
    ])
    await forgetQueueHistory(store)
    return false
  })
}

async function doneSince(told: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const { values } = await rowsDone.get()
  return new Map(
    STAGES.map((stage) => {
      const all = values.find(({ labels }) => labels.queue === stage)?.value ?? 0
      return [stage, all - (told.get(stage) ?? 0)]
    }),
  )
}

function secondsSince(time: Date | null): number {
  return time === null ? 0 : Math.max(0, (Date.now() - time.getTime()) / 1000)
}
