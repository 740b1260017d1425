import { lookAgain, NetworkError } from '../src/listening/index.ts'
import { listenLog, queueLog } from '../src/log.ts'
import { withLock } from '../src/store/database.ts'
import { forgetBatch, type Kept } from '../src/store/retention.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 60 * 60_000
/** The pipeline comes first. */
const BREATH_MS = 50

/** Forgets what is over its time, and what is not there any more on the network; one process at a time. */
export function startForget(parts: Parts): RunningWorker {
  const { store } = parts
  const suspects = new Map([...parts.networks.keys()].map((name) => [name, new Set<number>()]))
  return startLoop('forget', EVERY_MS, async (signal) => {
    await withLock(store, 'forget', async () => {
      for (const [what, days] of Object.entries(parts.retention.days) as [Kept, number | null][]) {
        if (days !== null) await forgetAll(parts, what, days, signal)
      }
      for (const network of parts.networks.values()) {
        const { lookAgain: options } = parts.retention
        if (signal.aborted || options.dailyMicroUsd === 0) break
        try {
          await lookAgain(store, network, {
            ...options,
            priceMicroUsd: parts.replies.prices.priceMicroUsd('post.read'),
            suspects: suspects.get(network.name) as Set<number>,
            signal,
          })
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error
          listenLog.warn({ err: error, network: network.name }, 'stored posts are looked at again later')
        }
      }
    })
    return false
  })
}

async function forgetAll({ store }: Parts, what: Kept, days: number, signal: AbortSignal): Promise<void> {
  let total = 0
  while (!signal.aborted) {
    const rows = await forgetBatch(store, what, days)
    if (rows === 0) break
    total += rows
    await new Promise((wake) => setTimeout(wake, BREATH_MS))
  }
  if (total > 0) queueLog.info({ what, count: total }, 'forgotten, its time was over')
}
