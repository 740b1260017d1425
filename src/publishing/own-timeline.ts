import type { Network, OwnReply } from '../listening/network.ts'
import type { Store } from '../store/database.ts'
import {
  databaseNow,
  lockTimeline,
  ownRepliesTo,
  saveTimeline,
  type TimelineState,
  timelineState,
} from '../store/own-timeline.ts'

export interface AskTimeline {
  inReplyTo: string
  /** Where our reply may stand at the earliest, by our clock. */
  since: Date
  /** How old the reading may be, in milliseconds; 0: it must begin now. */
  maxAgeMs: number
  /** It must have seen what the network showed late, too. */
  thorough?: boolean
}

/** The network's clock and ours may differ a little. */
const CLOCKS_MS = 60_000
/** A quick reading begins so long before the newest post that is known: its neighbours may come in another order. */
const OVERLAP_MS = 3_000

/**
 * Our reply to a post on its network, by whatever hand. The timeline is read once for all who ask at the same time, and
 * only from where the last reading ended. Now and then, and where it is asked for, a thorough reading begins as much
 * earlier as a reply may show up late.
 * @throws NetworkError
 */
export async function findOwnReply(
  store: Store,
  network: Network,
  { inReplyTo, since, maxAgeMs, thorough = false }: AskTimeline,
): Promise<OwnReply | null> {
  const now = await databaseNow(store)
  const wanted = { since, freshFrom: new Date(now.getTime() - maxAgeMs), thorough }
  const state = await timelineState(store, network.name)
  if (!answers(state, wanted)) await readOnce(store, network, { ...wanted, now })
  const [reply] = await ownRepliesTo(store, network.name, inReplyTo)
  return reply ?? null
}

interface Wanted {
  since: Date
  freshFrom: Date
  thorough: boolean
}

function answers(state: TimelineState | null, { since, freshFrom, thorough }: Wanted): boolean {
  const readAt = thorough ? state?.deep_at : state?.read_at
  return state !== null && state.covered_from <= since && readAt != null && readAt >= freshFrom
}

interface Reading extends Wanted {
  /** By the database's clock: it begins no earlier than that; null while it waits for the one before it. */
  beganAfter: Date | null
  done: Promise<void>
}

/** The last reading of this process that others may wait for, by network. */
const underWay = new WeakMap<Store, Map<string, Reading>>()

/**
 * Joins a reading that will do, or begins one when the last of this process is through: of those who wait, only one
 * holds a connection.
 */
async function readOnce(store: Store, network: Network, ask: Wanted & { now: Date }): Promise<void> {
  const readings = underWay.get(store) ?? new Map<string, Reading>()
  underWay.set(store, readings)
  const last = readings.get(network.name)
  if (last && last.since <= ask.since && (last.thorough || !ask.thorough)) {
    if (last.beganAfter === null) {
      if (ask.freshFrom > last.freshFrom) last.freshFrom = ask.freshFrom
      return last.done
    }
    if (last.beganAfter >= ask.freshFrom) return last.done
  }
  const { since, freshFrom, thorough } = ask
  const mine: Reading = {
    since,
    freshFrom,
    thorough,
    beganAfter: last ? null : ask.now,
    done: Promise.resolve(),
  }
  readings.set(network.name, mine)
  mine.done = readAfter(last, mine, store, network)
  try {
    await mine.done
  } finally {
    if (readings.get(network.name) === mine) readings.delete(network.name)
  }
}

async function readAfter(
  last: Reading | undefined,
  mine: Reading,
  store: Store,
  network: Network,
): Promise<void> {
  if (last) {
    await last.done.catch(() => {})
    mine.beganAfter = mine.freshFrom
  }
  await readTimeline(store, network, mine)
}

async function readTimeline(store: Store, network: Network, wanted: Wanted): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await lockTimeline(trx, network.name)
    const state = await timelineState(trx, network.name)
    if (answers(state, wanted)) return
    const readAt = await databaseNow(trx)
    const reaches = state !== null && state.covered_from <= wanted.since
    const lateMs = network.readbackMs
    const deep =
      wanted.thorough ||
      !reaches ||
      state.deep_at === null ||
      readAt.getTime() - state.deep_at.getTime() > lateMs
    const covered_from = reaches ? state.covered_from : wanted.since
    const known = !reaches ? null : deep ? state.deep_newest_at : state.newest_at
    const from = known ? known.getTime() - (deep ? lateMs : OVERLAP_MS) : covered_from.getTime() - CLOCKS_MS
    const replies = await network.ownReplies(new Date(from))
    const newest_at = latest([state?.newest_at, ...replies.map(({ postedAt }) => postedAt)])
    await saveTimeline(trx, network.name, replies, {
      covered_from,
      read_at: readAt,
      newest_at,
      deep_at: deep ? readAt : (state?.deep_at ?? null),
      deep_newest_at: deep ? newest_at : (state?.deep_newest_at ?? null),
    })
  })
}

function latest(times: readonly (Date | null | undefined)[]): Date | null {
  return times.reduce<Date | null>((found, time) => (time && (!found || time > found) ? time : found), null)
}
