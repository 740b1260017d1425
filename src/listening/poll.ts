import pLimit from 'p-limit'
import { listenLog } from '../log.ts'
import { postsTotal } from '../metrics.ts'
import type { Store } from '../store/database.ts'
import { quarantine, type StoredPost, storePosts } from '../store/posts.ts'
import {
  advanceSource,
  postponeSource,
  type SourceProgress,
  type SourceRow,
  takeSource,
} from '../store/sources.ts'
import { type Network, NetworkError, type Page, type Source } from './network.ts'
import { nextPauseMs } from './pace.ts'

export interface PollResult {
  posts: StoredPost[]
  /** More is there to be read at once. */
  more: boolean
}

const MAX_BACKOFF_MS = 5 * 60_000
/** Keys that were revoked and accounts that are blocked are mended by people: look once in a while. */
const BROKEN_AGAIN_MS = 60_000
/** A limit that is over by our clock may not be over by the network's. */
const LEAST_WAIT_MS = 1000
/**
 * Deleted posts count towards a network's reach without being shown, and what comes during a walk moves it: a walk
 * that got nearly that far may have missed some.
 */
const NEARLY = 0.9
/** Each poll holds one connection and asks for more: as many as searches would starve the pool. */
const atOnce = pLimit(3)

/**
 * Reads one page of a source and stores its posts, moving the cursor in the same transaction.
 * The source's row is locked meanwhile, so that of several pollers one works on it and a killed one lets go.
 * @returns null where somebody else has the source
 */
export async function pollSource(
  store: Store,
  network: Network,
  sourceId: string,
  usualMs: number,
): Promise<PollResult | null> {
  return atOnce(() => poll(store, network, sourceId, usualMs))
}

async function poll(
  store: Store,
  network: Network,
  sourceId: string,
  usualMs: number,
): Promise<PollResult | null> {
  let failures = 0
  try {
    return await store.transaction().execute(async (trx) => {
      const source = await takeSource(trx, sourceId)
      if (!source) return null
      failures = source.failures
      const page = await network.readPage(asSource(source), {
        sinceId: source.since_id,
        untilId: source.gap?.untilId ?? null,
      })
      const posts = await storePosts(trx, network.name, source.id, page.posts)
      await quarantine(trx, source.id, page.malformed)
      const progress = progressOf(source, page, usualMs)
      await advanceSource(trx, source.id, progress)
      return { posts, more: page.more }
    })
  } catch (error) {
    await postpone(store, sourceId, error, failures)
    return { posts: [], more: false }
  }
}

/** Where the cursor stands after a page. */
function progressOf(
  source: Pick<SourceRow, 'since_id' | 'gap' | 'interval_ms'>,
  page: Page,
  usualMs: number,
): SourceProgress {
  const intervalMs = nextPauseMs(usualMs, source.interval_ms, page.posts.length)
  const done = {
    ended: page.ended,
    intervalMs,
    // A walk goes on at once: what lies far back is out of reach soon.
    againInMs: page.more ? 0 : Math.max(page.leastPauseMs ?? 0, page.againInMs ?? intervalMs),
  }
  if (page.order === 'oldest-first') {
    return { ...done, sinceId: page.newestId ?? source.since_id, gap: null, warning: page.warning }
  }
  const newestId = source.gap?.newestId ?? page.newestId
  const walked = (source.gap?.walked ?? 0) + page.posts.length + page.malformed.length
  if (page.more) {
    if (newestId === null || page.oldestId === null || page.oldestId === source.gap?.untilId) {
      throw new NetworkError('unavailable', 'The network promises more posts but does not lead any further')
    }
    // The cursor stays behind the gap until the walk has closed it: a crash goes on where it stood.
    const gap = { newestId, untilId: page.oldestId, walked }
    return { ...done, sinceId: source.since_id, gap, warning: page.warning }
  }
  const outOfReach = page.reach !== null && walked >= page.reach * NEARLY && source.since_id !== null
  return {
    ...done,
    sinceId: newestId ?? source.since_id,
    gap: null,
    warning: outOfReach
      ? `${walked} posts came while nobody listened, and the network reaches back ${page.reach}: older ones may be lost; look for them in its app`
      : page.warning,
  }
}

async function postpone(store: Store, sourceId: string, error: unknown, failures: number): Promise<void> {
  const backoffMs = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** Math.min(failures, 12))
  const jittered = backoffMs * (0.5 + Math.random() / 2)
  if (!(error instanceof NetworkError)) {
    listenLog.error({ err: error, sourceId }, 'poll failed')
    await postponeSource(store, sourceId, 'retrying', (error as Error).message, inMs(jittered))
    return
  }
  listenLog.warn({ sourceId, kind: error.kind, problem: error.message }, 'poll did not work')
  switch (error.kind) {
    case 'rate-limited':
      return postponeSource(store, sourceId, 'limited', error.message, later(error.retryAt ?? inMs(60_000)))
    case 'unauthorized':
      return postponeSource(store, sourceId, 'revoked', error.message, inMs(BROKEN_AGAIN_MS))
    case 'blocked':
    case 'forbidden':
    case 'invalid':
      return postponeSource(store, sourceId, 'blocked', error.message, inMs(BROKEN_AGAIN_MS))
    default:
      return postponeSource(store, sourceId, 'retrying', error.message, inMs(jittered))
  }
}

function later(at: Date): Date {
  return new Date(Math.max(at.getTime(), Date.now() + LEAST_WAIT_MS))
}

function inMs(ms: number): Date {
  return new Date(Date.now() + ms)
}

function asSource(row: SourceRow): Source {
  return { id: row.id, network: row.network, kind: row.kind as Source['kind'], query: row.query }
}

/** Counts what was stored, by kind. */
export function countPosts(network: string, posts: readonly StoredPost[]): void {
  for (const post of posts) {
    postsTotal.inc({ network, kind: post.own ? 'own' : post.repost ? 'repost' : 'heard' })
  }
}
