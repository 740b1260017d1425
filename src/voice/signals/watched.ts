import {
  type Baseline,
  closeHour,
  createBaseline,
  mostUsual,
  type Prior,
  rateOf,
  spreadOf,
} from './baseline.ts'

/** Hours kept one by one; a power of two, more than the longest window. */
export const RING = 32
/** An hour becomes part of what is usual when the scan has let go of it. */
export const LAG_HOURS = 4

export type Kind = 'company' | 'product' | 'title' | 'code'

/** Contacts with one code among those of a product or title. */
export interface Part {
  code: string
  /** Discounted like the baseline's, as of `keptLog`. */
  count: number
  keptLog: number
  counts: Uint16Array
  /** The newest hour of `counts`. */
  hour: number
}

/** A key whose hours are counted. */
export interface Watched {
  kind: Kind
  name: string
  baseline: Baseline
  /** Of the baseline, as of the last closed hour. */
  rate: number
  spread: number
  /** By hour modulo `RING`. */
  counts: Uint32Array
  shapes: Float64Array
  parts: Map<string, Part>
  /** Parts with contacts, by hour modulo `RING`. */
  touched: Part[][]
  /** Sum of the logarithms of what each closed hour kept of the count. */
  keptLog: number
  /** The hour after which another surge is another signal. */
  raisedUntil: number
}

export function createWatched(kind: Kind, name: string, hour: number, prior: Prior, spread: number): Watched {
  const baseline = createBaseline(hour)
  return {
    kind,
    name,
    baseline,
    rate: rateOf(baseline, prior),
    spread,
    counts: new Uint32Array(RING),
    shapes: new Float64Array(RING).fill(1),
    parts: new Map(),
    touched: Array.from({ length: RING }, () => []),
    keptLog: 0,
    raisedUntil: Number.NEGATIVE_INFINITY,
  }
}

/** The part of a code, its ring brought up to `hour`. */
export function partOfCode(watched: Watched, code: string, hour: number): Part {
  let part = watched.parts.get(code)
  if (!part) {
    part = { code, count: 0, keptLog: watched.keptLog, counts: new Uint16Array(RING), hour }
    watched.parts.set(code, part)
  }
  if (hour - part.hour >= RING) part.counts.fill(0)
  else for (let h = part.hour + 1; h <= hour; h++) part.counts[h % RING] = 0
  part.hour = Math.max(part.hour, hour)
  return part
}

/** What a part's count is worth now. */
export function partCount(watched: Watched, part: Part): number {
  return part.count * Math.exp(watched.keptLog - part.keptLog)
}

/** Counts a contact of `hour`, which may be earlier than `now`. */
export function count(watched: Watched, part: Part | null, hour: number): void {
  const place = hour % RING
  watched.counts[place] = (watched.counts[place] as number) + 1
  if (!part) return
  if (part.counts[place] === 0) (watched.touched[place] as Part[]).push(part)
  part.counts[place] = (part.counts[place] as number) + 1
}

/** Takes the hour that the scan lets go of into the baseline. `activity` is the company's, without this key. */
export function close(
  watched: Watched,
  given: {
    hour: number
    cell: number
    activity: number
    learnsShape: boolean
    prior: Prior
    pooledSpread: number
  },
): void {
  const { baseline, spread } = watched
  const place = given.hour % RING
  const shape = watched.shapes[place] as number
  const expected = watched.rate * shape * given.activity
  const { hour, cell, activity, learnsShape } = given
  const seen = watched.counts[place] as number
  const kept = closeHour(baseline, { hour, cell, seen, expected, activity, shape, spread, learnsShape })
  watched.keptLog += Math.log(kept)
  const cut = seen === 0 ? 1 : Math.min(1, mostUsual(expected, spread) / seen)
  for (const part of watched.touched[place] as Part[]) {
    part.count = partCount(watched, part) + (part.counts[place] as number) * cut
    part.keptLog = watched.keptLog
  }
  watched.rate = rateOf(baseline, given.prior)
  watched.spread = spreadOf(baseline, given.pooledSpread)
}
