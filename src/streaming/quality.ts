import { inOrder } from './order.ts'
import {
  MAX_CLOCK_AHEAD_MS,
  MAX_CLOCK_BEHIND_MS,
  MAX_DELIVERY_LAG_MS,
  MAX_PLAYED_MS,
  MAX_STARTUP_MS,
  REGISTRATION_SLACK_MS,
} from './plausible.ts'
import { CmcdParseError, type CmcdReport, type DecodedReport, decodeReport } from './report.ts'
import { summarizeRequests } from './requests.ts'
import { type Ending, type Span, type Timeline, walkTimeline } from './timeline.ts'

/**
 * How one session went. Null is "the reports can not tell", never zero. Durations are milliseconds.
 * Measures as CTA-2066 (Streaming Quality of Experience Events, Properties and Metrics) has them, from the keys of
 * CTA-5004-B (CMCD v2, April 2026) and CTA-5004 (v1).
 */
export interface SessionQuality {
  sid: string
  cid: string | null
  /** From `s` to the first `p` (CTA-2066 start-up time), without the customer's pauses; else `msd`. */
  startupMs: number | null
  playedMs: number | null
  stalls: number
  stalledMs: number | null
  /** stalledMs / (playedMs + stalledMs), as CTA-2066 has it: start-up, pauses and seeks are in neither. */
  rebufferRatio: number | null
  /** Weighted by the time each bitrate played, kbps. */
  avgBitrateKbps: number | null
  /** Changes of the video's bitrate, which is how CMCD shows a change of resolution too. */
  switches: number
  /** Code of the fatal error: the one that playing did not come back from. */
  error: string | null
  /** Errors that playing came back from; null where only requests told of the session. */
  survivedErrors: number | null
  /** False for a session that just stopped; the caller decides how long to wait for more. */
  ended: boolean
  /** Whether anything was ever played; null where the reports can not tell. */
  started: boolean | null
  /**
   * The customer left before anything played and no error said why (CTA-2066, exit before video start). Of a session
   * that goes on it says "so far". A player that was only loading ahead (`d`) was never asked to start.
   */
  exitBeforeStart: boolean | null
  /** Waited for the first picture, whether or not it came. */
  waitedMs: number | null
  /** The player's own last word; null: it just stopped, or goes on. */
  ending: Ending | null
  /** In a tab that nobody saw. */
  backgroundMs: number | null
  /** When it played or stalled, by our clock; pauses of less than a minute do not part two spans. */
  watched: Span[]
  /** When the newest report arrived, by our clock. */
  lastEventAt: Date | null
  /** Reports that the sequence numbers say were made and never came, or did not parse. */
  lostReports: number
  /** Why these numbers should not be believed without a person; empty for an honest session. */
  implausible: string[]
}

/**
 * Measures one session from its reports, whatever their order and however often each came.
 * Play states come from event-mode reports (CMCD v2); without them (v1) stalls are counted and durations are
 * null. Time after the last report does not count.
 * @param known.registeredAt when the shop registered the session, by our clock: a player that tells of more time
 * than has passed since is not believed. Without it the player's clock is trusted.
 */
export function measureSession(reports: CmcdReport[], known: { registeredAt?: Date } = {}): SessionQuality {
  const { decoded, unreadable } = decodeAll(reports)
  const quality = measureDecoded(decoded, unreadable)
  if (!known.registeredAt) return quality
  const notes = beforeRegistration(quality, decoded, known.registeredAt)
  return { ...quality, implausible: [...quality.implausible, ...notes].sort() }
}

/** What a player tells of that can not have happened since the shop registered its session. */
function beforeRegistration(quality: SessionQuality, reports: DecodedReport[], registeredAt: Date): string[] {
  const notes: string[] = []
  const told = (quality.startupMs ?? 0) + (quality.playedMs ?? 0) + (quality.stalledMs ?? 0)
  const passed = (quality.lastEventAt ?? registeredAt).getTime() - registeredAt.getTime()
  if (told > passed + REGISTRATION_SLACK_MS) {
    notes.push(`the player tells of ${told} ms, and the session was registered ${passed} ms earlier`)
  }
  const earliest = registeredAt.getTime() - MAX_CLOCK_BEHIND_MS
  if (reports.some(({ event, ts }) => event !== 'rr' && ts !== null && ts < earliest)) {
    notes.push('reports are dated before the session was registered')
  }
  return notes
}

/** Measures every session in a pile of mixed reports, in the order of their ids. */
export function measureSessions(reports: CmcdReport[]): SessionQuality[] {
  const sessions = Map.groupBy(decodeAll(reports).decoded, (report) => report.sid ?? '')
  return [...sessions.keys()].sort().map((sid) => measureDecoded(sessions.get(sid) ?? [], 0))
}

/** Which refund event a finished session is: one that failed before anything played, or one that ended. */
export function playbackEvent(
  quality: Pick<SessionQuality, 'error' | 'started'>,
): 'playback.ended' | 'playback.failed' {
  return quality.error !== null && quality.started === false ? 'playback.failed' : 'playback.ended'
}

function measureDecoded(all: DecodedReport[], unreadable: number): SessionQuality {
  const implausible = new Set<string>()
  const sid = all.reduce<string | null>(
    (least, { sid }) => (sid && (!least || sid < least) ? sid : least),
    null,
  )
  const own = all.filter((report) => report.sid === null || report.sid === sid)
  if (own.length < all.length) implausible.add('reports of other sessions are mixed in')
  for (const report of own) for (const note of report.implausible) implausible.add(note)

  const events = inOrder(
    own.filter((report) => report.mode === 'event'),
    implausible,
  )
  const requests = [
    ...inOrder(
      own.filter((report) => report.mode === 'query'),
      implausible,
    ),
    ...inOrder(
      own.filter((report) => report.mode === 'header'),
      implausible,
    ),
  ]
  checkClocks(events, implausible)
  const asked = summarizeRequests(requests)
  const timed = events.some((report) => report.state !== null && report.ts !== null && report.event !== 'rr')
  const line = timed ? walkTimeline(events, implausible) : null

  const ended = line?.ended || asked.ended
  const playedMs = line === null ? null : clamp('playing', line.playedMs, MAX_PLAYED_MS, implausible)
  const stalledMs = line === null ? null : line.stalledMs
  const together = (playedMs ?? 0) + (stalledMs ?? 0)
  return {
    sid: sid ?? '',
    cid: events.find((report) => report.cid)?.cid ?? requests.find((report) => report.cid)?.cid ?? null,
    startupMs:
      line?.startupMs == null ? null : clamp('start-up', line.startupMs, MAX_STARTUP_MS, implausible),
    playedMs,
    stalls: line?.stalls ?? asked.stalls,
    stalledMs,
    rebufferRatio: stalledMs === null || together === 0 ? null : stalledMs / together,
    avgBitrateKbps: line?.avgBitrateKbps ?? asked.avgBitrateKbps,
    switches: line === null || line.avgBitrateKbps === null ? asked.switches : line.switches,
    error: line === null ? asked.error : line.error,
    survivedErrors: line === null ? null : line.survivedErrors,
    ended,
    started: line === null ? asked.started : line.started,
    exitBeforeStart: line === null ? exitFrom(asked.started) : leftBeforeStart(line),
    waitedMs: line === null ? null : line.waitedMs === null ? null : Math.min(line.waitedMs, MAX_STARTUP_MS),
    ending: line === null ? asked.ending : line.ending,
    backgroundMs: line === null ? null : Math.min(line.backgroundMs, MAX_PLAYED_MS),
    watched: line === null ? arrived(own) : onOurClock(line.watched, own),
    lastEventAt: own.reduce<Date | null>((last, { at }) => (last === null || at > last ? at : last), null),
    lostReports: (line?.lost ?? 0) + unreadable,
    implausible: [...implausible].sort(),
  }
}

function leftBeforeStart(line: Timeline): boolean {
  return !line.started && line.error === null && line.waitedMs !== null
}

function exitFrom(started: boolean | null): false | null {
  return started ? false : null
}

/** A report can not have come before it was sent: the quickest tells how far the player's clock is off, at most. */
function onOurClock(spans: Span[], reports: DecodedReport[]): Span[] {
  let ahead = Number.POSITIVE_INFINITY
  for (const { at, ts, event } of reports) {
    if (ts !== null && event !== 'rr') ahead = Math.min(ahead, at.getTime() - ts)
  }
  return Number.isFinite(ahead) ? spans.map(([from, to]) => [from + ahead, to + ahead]) : []
}

/** Requests are made while somebody watches. */
function arrived(reports: DecodedReport[]): Span[] {
  if (reports.length === 0) return []
  const times = reports.map(({ at }) => at.getTime())
  const length = span(times)
  const last = times.reduce((most, time) => Math.max(most, time), 0)
  return [[last - length, last]]
}

function decodeAll(reports: CmcdReport[]): { decoded: DecodedReport[]; unreadable: number } {
  const decoded: DecodedReport[] = []
  let unreadable = 0
  for (const report of reports) {
    try {
      decoded.push(decodeReport(report))
    } catch (error) {
      if (!(error instanceof CmcdParseError)) throw error
      unreadable += 1
    }
  }
  return { decoded, unreadable }
}

/** A player's clock may be wrong, but hours can not pass on it while minutes pass here. */
function checkClocks(events: DecodedReport[], implausible: Set<string>): void {
  const timed = events.filter((report) => report.ts !== null)
  if (timed.length === 0) return
  const theirs = span(timed.map((report) => report.ts as number))
  const ours = span(timed.map((report) => report.at.getTime()))
  if (theirs - ours > MAX_DELIVERY_LAG_MS) {
    implausible.add(`the player's clock passed ${theirs} ms while the reports arrived within ${ours} ms`)
  }
  if (timed.some((report) => (report.ts as number) - report.at.getTime() > MAX_CLOCK_AHEAD_MS)) {
    implausible.add("the player's clock is more than a day ahead")
  }
}

function span(times: number[]): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const time of times) {
    first = Math.min(first, time)
    last = Math.max(last, time)
  }
  return last - first
}

function clamp(what: string, value: number, most: number, implausible: Set<string>): number {
  if (value > most) implausible.add(`${what} of ${value} ms, counted as ${most}`)
  return Math.min(value, most)
}
