import { playbackEvent, type SessionQuality } from './quality.ts'
import { readQuality } from './stored-quality.ts'
import type { Span } from './timeline.ts'

/** How the playback of one order line went, over all its sessions. Null is "not known", and never pays. */
export interface OrderQuality {
  /** Of the last session. */
  sid: string
  sessions: number
  /** The longest that anybody waited for a session that did start. */
  startupMs: number | null
  playedMs: number | null
  stalls: number | null
  stalledMs: number | null
  rebufferRatio: number | null
  avgBitrateKbps: number | null
  switches: number | null
  /** The error that playing never came back from, in that session or a later one. */
  error: string | null
  survivedErrors: number | null
  ended: boolean
  started: boolean | null
  exitBeforeStart: boolean | null
  backgroundMs: number | null
  lostReports: number
  implausible: string[]
  lastEventAt: Date | null
}

/** Two sessions that play at once for longer than this are two screens, not a slow clock. */
const MAX_TOGETHER_MS = 60_000

/**
 * Adds the sessions of one order line up, in whatever order they are given: times and counts are summed, the ratio is
 * that of the sums (CTA-2066: stalled / (played + stalled)), the bitrate is weighted by played time. An error counts
 * until playing came back in a later session, as within one: a first try that fails and a second that plays to the
 * end leave nothing failed. Sessions that played at the same time are noted as implausible, for a person.
 * @throws RangeError without sessions
 */
export function sumOrderQuality(sessions: readonly SessionQuality[]): OrderQuality {
  const ordered = sessions.toSorted(byTime)
  const last = ordered.at(-1)
  if (!last) throw new RangeError('an order line is summed from its measured sessions, and there are none')
  const playedMs = sum(ordered, 'playedMs')
  const stalledMs = sum(ordered, 'stalledMs')
  const together = (playedMs ?? 0) + (stalledMs ?? 0)
  const started = anyStarted(ordered)
  const error = lastingError(ordered)
  const implausible = new Set(ordered.flatMap((session) => session.implausible))
  const bothMs = longestTogether(ordered)
  if (bothMs > MAX_TOGETHER_MS) {
    implausible.add(`two sessions of this order played at the same time for ${Math.round(bothMs / 1000)} s`)
  }
  return {
    sid: last.sid,
    sessions: ordered.length,
    startupMs: worstStartup(ordered),
    playedMs,
    stalls: sum(ordered, 'stalls'),
    stalledMs,
    rebufferRatio: playedMs === null || stalledMs === null || together === 0 ? null : stalledMs / together,
    avgBitrateKbps: bitrate(ordered),
    switches: sum(ordered, 'switches'),
    error,
    survivedErrors: sum(ordered, 'survivedErrors'),
    ended: ordered.every((session) => session.ended),
    started,
    exitBeforeStart:
      started === null
        ? null
        : !started && error === null && ordered.some((session) => session.exitBeforeStart === true),
    backgroundMs: sum(ordered, 'backgroundMs'),
    lostReports: ordered.reduce((total, session) => total + session.lostReports, 0),
    implausible: [...implausible].sort(),
    lastEventAt: last.lastEventAt,
  }
}

function byTime(a: SessionQuality, b: SessionQuality): number {
  const difference = (a.lastEventAt?.getTime() ?? 0) - (b.lastEventAt?.getTime() ?? 0)
  return difference || (a.sid < b.sid ? -1 : a.sid > b.sid ? 1 : 0)
}

type Summed = 'playedMs' | 'stalledMs' | 'stalls' | 'switches' | 'survivedErrors' | 'backgroundMs'

function sum(sessions: readonly SessionQuality[], key: Summed): number | null {
  return sessions.reduce<number | null>((total, { [key]: value }) => {
    return total === null || value === null ? null : total + value
  }, 0)
}

function anyStarted(sessions: readonly SessionQuality[]): boolean | null {
  if (sessions.some((session) => session.started === true)) return true
  return sessions.some((session) => session.started === null) ? null : false
}

/** Where nobody can tell whether a later session played, it may have: nothing is known to have failed. */
function lastingError(sessions: readonly SessionQuality[]): string | null {
  return sessions.reduce<string | null>(
    (error, session) => session.error ?? (session.started === false ? error : null),
    null,
  )
}

function worstStartup(sessions: readonly SessionQuality[]): number | null {
  return sessions
    .filter((session) => session.started !== false)
    .reduce<number | null>((worst, { startupMs }, index) => {
      if (startupMs === null || (index > 0 && worst === null)) return null
      return Math.max(worst ?? 0, startupMs)
    }, null)
}

function bitrate(sessions: readonly SessionQuality[]): number | null {
  const played = sessions.filter((session) => session.playedMs !== 0)
  if (played.length === 1) return played[0]?.avgBitrateKbps ?? null
  let [weighted, weight] = [0, 0]
  for (const { avgBitrateKbps, playedMs } of played) {
    if (avgBitrateKbps === null || playedMs === null) return null
    weighted += avgBitrateKbps * playedMs
    weight += playedMs
  }
  return weight === 0 ? null : Math.round(weighted / weight)
}

/** The longest time, ms, for which any two sessions played at once. */
function longestTogether(sessions: readonly SessionQuality[]): number {
  let longest = 0
  for (const [index, one] of sessions.entries()) {
    for (const other of sessions.slice(index + 1))
      longest = Math.max(longest, shared(one.watched, other.watched))
  }
  return longest
}

function shared(one: readonly Span[], other: readonly Span[]): number {
  let total = 0
  for (const [from, to] of one) {
    for (const [start, end] of other) total += Math.max(0, Math.min(to, end) - Math.max(from, start))
  }
  return total
}

/**
 * What the stored sessions of one order line come to: which event it is, and their sum. Sessions that were never
 * measured (nothing came of them) do not count.
 * @returns null where none was measured
 */
export function linePlayback(sessions: readonly { quality: Record<string, unknown> | null }[]) {
  const measured = sessions.flatMap(({ quality }) => readQuality(quality) ?? [])
  if (measured.length === 0) return null
  const session = sumOrderQuality(measured)
  return { kind: playbackEvent(session), session }
}
