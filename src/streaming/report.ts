import { CMCD_KEYS, decodeCmcd } from '@svta/cml-cmcd'
import { plausibleNumber } from './plausible.ts'

/** One CMCD report: one line of an event-mode body, one request's query value or its CMCD headers. */
export interface CmcdReport {
  /** When we received it, by our own clock. */
  at: Date
  mode: 'query' | 'header' | 'event'
  /** `bl=(0),br=(876),sid="…",sn=13,sta=r,ts=1795303271689,v=2` */
  cmcd: string
}

/** Player states of CMCD v2 (CTA-5004-B, key `sta`). */
export type PlayerState = 's' | 'p' | 'k' | 'r' | 'a' | 'w' | 'e' | 'f' | 'q' | 'd'

/** A report's keys under their CMCD names, null where absent or implausible. */
export interface DecodedReport {
  at: Date
  mode: CmcdReport['mode']
  /** 1 where the key is absent, as CTA-5004 demands. */
  v: number
  sid: string | null
  cid: string | null
  /** Sequence number; counts separately for each mode. */
  sn: number | null
  /** Player's clock, ms since 1970. For `event: 'rr'` it is the start of the request. */
  ts: number | null
  /** Event type, e.g. `ps` play state, `t` interval, `bc` bitrate, `e` error, `rr` response received. */
  event: string | null
  state: PlayerState | null
  /** kbps, of the video where the report names several tracks. */
  br: number | null
  /** Buffer length, ms. */
  bl: number | null
  /** Measured throughput, kbps. */
  mtp: number | null
  /** Media start delay, ms. */
  msd: number | null
  /** Buffer starved since the previous report. */
  bs: boolean
  /** Starvations since the session began. */
  bsa: number | null
  bg: boolean
  /** Object type of a request: v, a, av, m, i, … */
  ot: string | null
  /** Object duration, ms. */
  d: number | null
  /** Error codes, joined by a space. */
  ec: string | null
  /** What was left out because it can not be true. */
  implausible: string[]
}

/** The text is not CMCD. */
export class CmcdParseError extends Error {
  override name = 'CmcdParseError'
}

/** Longest report read; `rr` reports carry URLs and CMSD, nothing carries more. */
export const MAX_REPORT_LENGTH = 16_384

const KNOWN_KEYS = new Set<string>(CMCD_KEYS)
const STATES = new Set<string>(['s', 'p', 'k', 'r', 'a', 'w', 'e', 'f', 'q', 'd'])

/**
 * Decodes one report through the alliance's library (keys as in CTA-5004-B, v1 scalars lifted to v2 lists).
 * @throws CmcdParseError on anything that is not CMCD
 */
export function decodeReport(report: CmcdReport): DecodedReport {
  const data = decodeKeys(bareText(report))
  const implausible: string[] = []
  const number = (key: string, value: unknown) => plausibleNumber(key, value, implausible)
  return {
    at: report.at,
    mode: report.mode,
    v: number('v', data.v) ?? 1,
    sid: text('sid', data.sid, 64),
    cid: text('cid', data.cid, 128),
    sn: number('sn', data.sn),
    ts: number('ts', data.ts),
    event: text('e', data.e, 64),
    state: STATES.has(data.sta as string) ? (data.sta as PlayerState) : null,
    br: number('br', mainTrack(data.br)),
    bl: number('bl', mainTrack(data.bl)),
    mtp: number('mtp', mainTrack(data.mtp)),
    msd: number('msd', data.msd),
    bs: data.bs === true,
    bsa: number('bsa', total(data.bsa)),
    bg: data.bg === true,
    ot: text('ot', data.ot, 8),
    d: number('d', data.d),
    ec: errorCode(data.ec),
    implausible,
  }
}

function decodeKeys(cmcd: string): Record<string, unknown> {
  if (cmcd === '') throw new CmcdParseError('the report is empty')
  if (cmcd.length > MAX_REPORT_LENGTH) {
    throw new CmcdParseError(
      `the report has ${cmcd.length} characters, at most ${MAX_REPORT_LENGTH} are read`,
    )
  }
  let data: Record<string, unknown>
  try {
    data = decodeCmcd(cmcd, { convertToLatest: true }) as Record<string, unknown>
  } catch {
    throw new CmcdParseError(
      `not CMCD: ${JSON.stringify(cmcd.slice(0, 80))}; expected key=value pairs as in CTA-5004, such as sid="…",sn=1,sta=p,ts=1795303271689,v=2`,
    )
  }
  for (const key in data) if (KNOWN_KEYS.has(key)) return data
  throw new CmcdParseError(`no CMCD key in ${JSON.stringify(cmcd.slice(0, 80))}; see CTA-5004 for the keys`)
}

/** Takes the CMCD out of what a log or a proxy may have kept around it. */
function bareText(report: CmcdReport): string {
  const cmcd = report.cmcd.trim()
  if (report.mode === 'query') {
    const start = /(?:^|[?&])CMCD=/.exec(cmcd)
    if (start) return new URLSearchParams(cmcd.slice(start.index).replace(/^[?&]/, '')).get('CMCD') ?? ''
    if (/^[^"=,]*%(3D|2C|22)/i.test(cmcd)) return new URLSearchParams(`CMCD=${cmcd}`).get('CMCD') ?? ''
  }
  if (report.mode === 'header' && /^cmcd-/i.test(cmcd)) {
    return cmcd
      .split(/\r?\n/)
      .map((line) => line.replace(/^cmcd-(object|request|session|status):\s*/i, '').trim())
      .join(',')
  }
  return cmcd
}

/** CTA-5004-B lists one value a track (`br=(5000;v 128;a)`): the video's, else the largest. */
function mainTrack(list: unknown): unknown {
  if (!Array.isArray(list)) return list
  let best: unknown
  for (const item of list) {
    const tagged = typeof item === 'object' && item !== null
    const value = tagged ? item.value : item
    if (tagged && (item.params?.v || item.params?.av)) return value
    if (best === undefined || (typeof value === 'number' && value > (best as number))) best = value
  }
  return best
}

function total(list: unknown): unknown {
  if (!Array.isArray(list)) return list
  return list.reduce((sum, item) => sum + (typeof item === 'object' && item !== null ? item.value : item), 0)
}

function text(key: string, value: unknown, longest: number): string | null {
  if (typeof value !== 'string' || value === '') return null
  if (value.length > longest) {
    throw new CmcdParseError(`${key} has ${value.length} characters, CTA-5004 allows ${longest}`)
  }
  return value
}

function errorCode(list: unknown): string | null {
  const codes = (Array.isArray(list) ? list : [list]).filter(
    (code) => typeof code === 'string' && code !== '',
  )
  return codes.length === 0 ? null : codes.join(' ').slice(0, 200)
}
