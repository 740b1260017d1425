import { listenLog } from '../log.ts'
import type { Store } from '../store/database.ts'
import { type StoredPost, storable, storePosts } from '../store/posts.ts'
import { settleQuarantined, takeQuarantined } from '../store/quarantine.ts'
import { heardPostSchema, type Network } from './network.ts'

const AT_ONCE = 50

/**
 * Reads what was put aside and is to be tried again: posts that can be read now are stored, the others are kept with
 * the new reason.
 * @returns the posts that were new, for triage
 * @throws NetworkError where the network must be asked first who we are; the entries wait for the next time
 */
export async function rereadQuarantined(store: Store, network: Network): Promise<StoredPost[]> {
  const { reread } = network
  if (!reread) return []
  return store.transaction().execute(async (trx) => {
    const stored: StoredPost[] = []
    for (const entry of await takeQuarantined(trx, network.name, AT_ONCE)) {
      const post = readStored(entry.payload) ?? (await reread(entry.payload))
      if ('fault' in post) {
        await settleQuarantined(trx, entry.id, storable(post.fault))
        continue
      }
      // What can be read and still not be stored is put aside anew, with its reason.
      stored.push(...(await storePosts(trx, network.name, entry.source, [post])))
      await settleQuarantined(trx, entry.id, null)
      listenLog.info({ quarantineId: entry.id }, 'read again')
    }
    return stored
  })
}

/** A post that could be read and not be stored is kept in our own form, not in its network's. */
function readStored(payload: string) {
  try {
    return heardPostSchema.safeParse(JSON.parse(payload)).data ?? null
  } catch {
    return null
  }
}
