import type { DecodedReport } from './report.ts'
import type { Ending } from './timeline.ts'

/** What request-mode reports (query, header) tell: counts and bitrates, no durations. */
export interface RequestSummary {
  stalls: number
  avgBitrateKbps: number | null
  switches: number
  /** True once a playing state was seen; null where the reports do not say. */
  started: boolean | null
  error: string | null
  ended: boolean
  ending: Ending | null
}

const ENDINGS: Record<string, Ending> = { e: 'completed', q: 'quit', f: 'failed' }

/**
 * Sums up request-mode reports. CMCD v1 (CTA-5004) flags with `bs` that the buffer starved since the previous
 * request, without saying when or for how long; v2 may count starvations with `bsa` and add up how long they took
 * (`bsda`). How long the film played between them no request tells, so there is no ratio.
 */
export function summarizeRequests(reports: DecodedReport[]): RequestSummary {
  const summary: RequestSummary = {
    stalls: 0,
    avgBitrateKbps: null,
    switches: 0,
    started: null,
    error: null,
    ended: false,
    ending: null,
  }
  let starved = 0
  let counted = 0
  let bitrate: number | null = null
  let weighted = 0
  let weight = 0
  for (const report of reports) {
    if (report.bs) starved += 1
    counted = Math.max(counted, report.bsa ?? 0)
    if (report.state === 'p') {
      summary.started = true
      summary.error = null
    }
    if (report.state === 'f') summary.error = report.ec ?? 'unknown'
    if (report.state !== null) summary.ending = ENDINGS[report.state] ?? null
    if (report.br === null || !isVideo(report.ot)) continue
    if (bitrate !== null && bitrate !== report.br) summary.switches += 1
    bitrate = report.br
    weighted += report.br * (report.d ?? 1)
    weight += report.d ?? 1
  }
  summary.ended = summary.ending !== null
  summary.stalls = Math.max(starved, counted)
  if (weight > 0) summary.avgBitrateKbps = Math.round(weighted / weight)
  return summary
}

function isVideo(objectType: string | null): boolean {
  return objectType === null || objectType === 'v' || objectType === 'av'
}
