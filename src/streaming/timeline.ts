import { MAX_STALL_MS } from './plausible.ts'
import type { DecodedReport, PlayerState } from './report.ts'

/** From and to, ms since 1970. */
export type Span = [from: number, to: number]
export type Ending = 'completed' | 'quit' | 'failed'

/** A pause as long as this parts two spans of watching. */
const SPAN_GAP_MS = 60_000
/** More spans than this become one long last one: nobody pauses so often. */
const MAX_SPANS = 200
const ENDINGS: Partial<Record<PlayerState, Ending>> = { e: 'completed', q: 'quit', f: 'failed' }

/** What the play states of one session add up to. Times are milliseconds of the player's clock. */
export interface Timeline {
  started: boolean
  startupMs: number | null
  playedMs: number
  stalls: number
  stalledMs: number
  avgBitrateKbps: number | null
  switches: number
  /** Code of the error that playing did not come back from. */
  error: string | null
  /** Errors that playing did come back from. */
  survivedErrors: number
  ended: boolean
  /** The player's own last word: played to the end, left by the customer, broken; null: it just stopped. */
  ending: Ending | null
  /** Time spent waiting for the first picture, whether or not it came; null: the player was never told to play. */
  waitedMs: number | null
  /** Time in a tab that nobody saw. */
  backgroundMs: number
  /** When it played or stalled, by the player's clock; shorter gaps than a minute are closed. */
  watched: Span[]
  /** Reports that never came, by the gaps in `sn`. */
  lost: number
}

/**
 * Walks through a session's event-mode reports (CTA-5004-B: `ts` is when the event occurred, `sta` the state of
 * the player) and adds up the time in each state.
 *
 * A stall is a rebuffering that interrupts playing: CTA-2066 has neither start-up nor seeking in it, and
 * CTA-5004-B says of `r` that it is not reported during start-up or seeking. Players do report k → r → p for every
 * seek, even into a full buffer, so an `r` directly after the customer's own `k` or `a` is none, nor is one in a tab
 * that nobody sees (`bg`, event `b`).
 * Start-up is the time from "starting" to "playing" (CTA-5004-B, `msd`). A switch is a change of the video's `br`:
 * CMCD has no key for the resolution, and a rendition of another resolution has another bitrate.
 * An error (event `e`, state `f` with `ec`) is fatal where playing did not come back after it.
 */
export function walkTimeline(reports: DecodedReport[], implausible: Set<string>): Timeline {
  const result: Timeline = {
    started: false,
    startupMs: null,
    playedMs: 0,
    stalls: 0,
    stalledMs: 0,
    avgBitrateKbps: null,
    switches: 0,
    error: null,
    survivedErrors: 0,
    ended: false,
    ending: null,
    waitedMs: null,
    backgroundMs: 0,
    watched: [],
    lost: 0,
  }
  const tellsBackground = reports.some((report) => report.event === 'b')
  let state: PlayerState | null = null
  let clock: number | null = null
  let lastSn: number | null = null
  let lostHere = 0
  let background = false
  let excused = true
  let stallMs: number | null = null
  let bitrate: number | null = null
  let bitrateMs = 0
  let bitrateTime = 0
  let delay: number | null = null
  let unsurvived = 0

  function endStall(): void {
    if (stallMs === null) return
    if (stallMs > MAX_STALL_MS) implausible.add(`a stall of ${stallMs} ms, counted as ${MAX_STALL_MS}`)
    result.stalledMs += Math.min(stallMs, MAX_STALL_MS)
    stallMs = null
  }

  function watch(from: number, to: number): void {
    const last = result.watched.at(-1)
    if (last && (from - last[1] < SPAN_GAP_MS || result.watched.length === MAX_SPANS)) last[1] = to
    else result.watched.push([from, to])
  }

  function survive(): void {
    result.survivedErrors += unsurvived
    unsurvived = 0
    result.error = null
  }

  function pass(from: number, elapsed: number): void {
    if (background) result.backgroundMs += elapsed
    if (elapsed > 0 && (state === 'p' || stallMs !== null)) watch(from, from + elapsed)
    if (state === 'p') {
      result.playedMs += elapsed
      if (bitrate !== null) {
        bitrateMs += bitrate * elapsed
        bitrateTime += elapsed
      }
      // With two reports gone the stall may have ended and a pause begun: what is not known is not counted.
    } else if (stallMs !== null && lostHere < 2) stallMs += elapsed
    else if (!result.started && result.startupMs !== null && state !== 'a' && state !== 'w') {
      result.startupMs += elapsed
    }
  }

  function enter(next: PlayerState, report: DecodedReport): void {
    if (next === 'r') {
      if (state !== 'r' && result.started && !excused && !background) {
        result.stalls += 1
        stallMs = 0
      }
    } else {
      endStall()
      excused = next !== 'p' || background || report.event === 'b'
    }
    if (next === 's' && !result.started) result.startupMs ??= 0
    if (next === 'p') {
      result.started = true
      // An error reported while playing has not been survived yet.
      if (report.event !== 'e') survive()
    }
    if (next === 'f') result.error = report.ec ?? result.error ?? 'unknown'
    result.ending = ENDINGS[next] ?? null
    result.ended = result.ending !== null
    state = next
  }

  for (const report of reports) {
    if (lastSn !== null && report.sn !== null) {
      lostHere += report.sn - lastSn - 1
      result.lost += report.sn - lastSn - 1
    }
    lastSn = report.sn ?? lastSn
    // The time, bitrate and state of `rr` are those of a request that began earlier.
    if (report.event === 'rr' || report.ts === null) continue
    if (clock !== null) {
      if (report.ts < clock - 1000) implausible.add("the player's clock went back")
      pass(clock, Math.max(0, report.ts - clock))
    }
    clock = report.ts
    // What was lost may have been the customer's own seek or pause: the rebuffering after it is no stall.
    if (lostHere > 0) excused = true
    lostHere = 0
    if (report.event === 'b' || report.bg || !tellsBackground) background = report.bg
    if (background || report.event === 'b') {
      endStall()
      excused = true
    }
    if (report.br !== null) {
      if (bitrate !== null && bitrate !== report.br) result.switches += 1
      bitrate = report.br
    }
    delay ??= report.msd
    if (report.event === 'e') {
      result.error = report.ec ?? 'unknown'
      unsurvived += 1
    }
    if (report.state !== null) enter(report.state, report)
  }
  endStall()
  result.waitedMs = result.startupMs
  if (!result.started) result.startupMs = null
  else result.startupMs ??= delay
  // An error is fatal when playing never came back after it and the film did not reach its end.
  if ((state as PlayerState | null) === 'e') survive()
  if (bitrateTime > 0) result.avgBitrateKbps = Math.round(bitrateMs / bitrateTime)
  return result
}
