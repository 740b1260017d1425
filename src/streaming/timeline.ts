import { MAX_STALL_MS } from './plausible.ts'
import type { DecodedReport, PlayerState } from './report.ts'

/** What the play states of one session add up to. Times are milliseconds of the player's clock. */
export interface Timeline {
  started: boolean
  startupMs: number | null
  playedMs: number
  stalls: number
  stalledMs: number
  avgBitrateKbps: number | null
  switches: number
  error: string | null
  ended: boolean
  /** Reports that never came, by the gaps in `sn`. */
  lost: number
}

/**
 * Walks through a session's event-mode reports (CTA-5004-B `sta`, `ts`) and adds up the time in each state.
 *
 * A stall is a rebuffering that interrupts playing (CTA-2066: rebuffering excludes start-up and seeking): `r`
 * after `p`, but not directly after the customer's own `k`, `a` or a tab in the background. Players report
 * k → r → p for every seek, even into a full buffer.
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
    ended: false,
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

  function endStall(): void {
    if (stallMs === null) return
    if (stallMs > MAX_STALL_MS) implausible.add(`a stall of ${stallMs} ms, counted as ${MAX_STALL_MS}`)
    result.stalledMs += Math.min(stallMs, MAX_STALL_MS)
    stallMs = null
  }

  function pass(elapsed: number): void {
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
      if (report.event !== 'e') result.error = null
    }
    if (next === 'f') result.error = report.ec ?? result.error ?? 'unknown'
    result.ended = next === 'e' || next === 'q' || next === 'f'
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
      pass(Math.max(0, report.ts - clock))
    }
    clock = report.ts
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
    if (report.event === 'e') result.error = report.ec ?? 'unknown'
    if (report.state !== null) enter(report.state, report)
  }
  endStall()
  if (!result.started) result.startupMs = null
  else result.startupMs ??= delay
  // An error is fatal when playing never came back after it and the film did not reach its end.
  if ((state as PlayerState | null) === 'e') result.error = null
  if (bitrateTime > 0) result.avgBitrateKbps = Math.round(bitrateMs / bitrateTime)
  return result
}
