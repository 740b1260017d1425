import { countPosts, pollSource } from '../src/listening/index.ts'
import { dueSources } from '../src/store/sources.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const TICK_MS = 500

/** Polls the sources that are due; what was stored goes to triage. */
export function startListen(parts: Parts): RunningWorker {
  const { store, queues, networks, config } = parts
  return startLoop('listen', TICK_MS, async (signal) => {
    const due = await dueSources(store, [...networks.keys()])
    const results = await Promise.all(
      due.map(async (sourceId) => {
        const network = networks.get(sourceId.split(':')[0] as string)
        if (!network || signal.aborted) return null
        const result = await pollSource(store, network, sourceId, config.xPollMs)
        if (!result) return null
        countPosts(network.name, result.posts)
        await queues.enqueue(
          'triage',
          result.posts.map((post) => post.id),
        )
        return result
      }),
    )
    return results.some((result) => result?.more)
  })
}
