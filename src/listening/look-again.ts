import { listenLog } from '../log.ts'
import type { Store } from '../store/database.ts'
import {
  lookedForMicroUsd,
  noteWaitingLooks,
  type PostToLookAt,
  postsToLookAt,
  recordLook,
} from '../store/looks-again.ts'
import type { Network } from './network.ts'

const AT_ONCE = 100
/** Batches of one turn. */
const MOST_BATCHES = 200
/** Where so many of a batch are gone at once, the network may have a fault: it is asked a second time, a turn later. */
const SUSPICIOUS_SHARE = 0.5
const SUSPICIOUS_FROM = 10

export interface LookAgainOptions {
  afterMs: number
  /** null: whatever it costs. */
  dailyMicroUsd: number | null
  /** What a post costs that is still there. */
  priceMicroUsd: number
  /** Posts that looked gone in a suspicious crowd; the caller keeps it from turn to turn. */
  suspects: Set<number>
  signal?: AbortSignal
}

/**
 * Looks at stored posts again, in batches, as far as the day's money goes. What was deleted on the network, or belongs to
 * an account that is protected or suspended now, loses its words here as well.
 * @throws NetworkError; what was seen before is written down
 */
export async function lookAgain(
  store: Store,
  network: Network,
  options: LookAgainOptions,
): Promise<{ looked: number; gone: number }> {
  const total = { looked: 0, gone: 0 }
  if (!network.lookUpMany) return total
  try {
    for (let batch = 0; batch < MOST_BATCHES && !options.signal?.aborted; batch++) {
      const posts = await postsToLookAt(
        store,
        network.name,
        options.afterMs,
        await affordable(store, network, options),
      )
      if (posts.length === 0) break
      const { present, gone } = await network.lookUpMany(posts.map(({ externalId }) => externalId))
      const believed = believe(posts, new Set(gone), options.suspects)
      await recordLook(store, network.name, {
        looked: posts.map(({ id }) => id).filter((id) => !believed.doubtful.includes(id)),
        gone: believed.gone,
        microUsd: present.length * options.priceMicroUsd,
      })
      total.looked += posts.length
      total.gone += believed.gone.length
      if (believed.doubtful.length > 0) {
        listenLog.warn(
          { network: network.name, count: believed.doubtful.length },
          'so many posts are gone at once that the network is asked again before their words go',
        )
        break
      }
    }
  } finally {
    await noteWaitingLooks(store, network.name)
  }
  return total
}

async function affordable(store: Store, network: Network, options: LookAgainOptions): Promise<number> {
  const { dailyMicroUsd, priceMicroUsd } = options
  if (dailyMicroUsd === null || priceMicroUsd === 0) return AT_ONCE
  const left = dailyMicroUsd - (await lookedForMicroUsd(store, network.name))
  return Math.max(0, Math.min(AT_ONCE, Math.floor(left / priceMicroUsd)))
}

/** A crowd that vanished at once is believed at the second look. */
function believe(posts: readonly PostToLookAt[], missing: ReadonlySet<string>, suspects: Set<number>) {
  const gone = posts.filter(({ externalId }) => missing.has(externalId)).map(({ id }) => id)
  for (const { id, externalId } of posts) if (!missing.has(externalId)) suspects.delete(id)
  const crowd = gone.length >= SUSPICIOUS_FROM && gone.length > posts.length * SUSPICIOUS_SHARE
  const doubtful = crowd ? gone.filter((id) => !suspects.has(id)) : []
  const sure = gone.filter((id) => !doubtful.includes(id))
  for (const id of doubtful) suspects.add(id)
  for (const id of sure) suspects.delete(id)
  return { gone: sure, doubtful }
}
