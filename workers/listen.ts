import { countPosts, pollSource, rereadQuarantined } from '../src/listening/index.ts'
import { listenLog } from '../src/log.ts'
import { dueSources } from '../src/store/sources.ts'
import { startLoop } from './loop.ts'
import { findOwnReplies } from './own-replies.ts'
import type { Parts, RunningWorker } from './parts.ts'

const TICK_MS = 500
const REST_MS = 60_000

/**
 * Polls the sources that are due, reads again what people asked for, and looks for what they posted by hand; what was
 * stored goes to triage.
 */
export function startListen(parts: Parts): RunningWorker {
  const { store, networks, config } = parts
  const rereadAll = createReread(parts)
  return startLoop('listen', TICK_MS, async (signal) => {
    await rereadAll()
    await findOwnReplies(parts)
    const due = await dueSources(store, [...networks.keys()])
    const results = await Promise.all(
      due.map(async (sourceId) => {
        const network = networks.get(sourceId.split(':')[0] as string)
        if (!network || signal.aborted) return null
        const result = await pollSource(store, network, sourceId, config.xPollMs)
        if (!result) return null
        await handOver(parts, network.name, result.posts)
        return result
      }),
    )
    return results.some((result) => result?.more)
  })
}

/**
 * Reads again, on every network, what people asked for. One that does not answer keeps its entries waiting, nobody
 * from listening, and is not asked again at once.
 */
function createReread(parts: Parts): () => Promise<void> {
  const { store, networks } = parts
  const restUntil = new Map<string, number>()
  return async () => {
    for (const network of networks.values()) {
      if ((restUntil.get(network.name) ?? 0) > Date.now()) continue
      try {
        await handOver(parts, network.name, await rereadQuarantined(store, network))
      } catch (error) {
        listenLog.warn({ err: error, network: network.name }, 'what was put aside can not be read again now')
        restUntil.set(network.name, Date.now() + REST_MS)
      }
    }
  }
}

/** What was stored goes to triage. */
async function handOver(
  { queues }: Parts,
  network: string,
  posts: Awaited<ReturnType<typeof rereadQuarantined>>,
): Promise<void> {
  countPosts(network, posts)
  await queues.enqueue(
    'triage',
    posts.map((post) => post.id),
  )
}
