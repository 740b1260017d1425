import { HOURS_OF_WEEK } from './hours.ts'

/**
 * What is usual for one key (a product, a title, a code, the whole company). An hour's expected count is
 * rate × shape of the hour of the week × activity of the company in that hour; for the company itself, activity is 1.
 * Everything is a discounted sum, so that it takes one step an hour and fits into one row.
 */
export interface Baseline {
  /** Contacts and activity, discounted: their ratio is the rate. */
  count: number
  exposure: number
  /** By hour of the week: contacts, and those that the rate alone would have given. */
  cellCounts: Float32Array
  cellExposures: Float32Array
  /** Squares beyond Poisson, and squares of the expectation, of blocks of three hours: their ratio is the spread. */
  beyond: number
  squares: number
  /** The block under way. */
  blockHours: number
  blockSeen: number
  blockExpected: number
  /** The first hour it was seen in. */
  since: number
}

/** What is believed of a key before it has a history: a gamma distribution of its rate. */
export interface Prior {
  rate: number
  size: number
}

/** The rate's memory in contacts: long enough to be known to some 7 %, short enough to follow a season. */
const MEMORY_CONTACTS = 200
const MEMORY_HOURS = { least: 52, most: 720 }
/** What a young key remembers grows with its age. */
const YOUNG_SHARE = 0.5
const YOUNG_HOURS = 24
/** Hours of the week forget in about eleven weeks (mean age). */
const CELL_MEMORY_WEEKS = 11
/** A cell is believed as if its hour of the day, and that as if all hours, had given this many contacts already. */
const CELL_PRIOR = 20
/** Mean age of what tells the spread, in blocks of three hours: two months. */
const SPREAD_MEMORY_BLOCKS = 480
const BLOCK_HOURS = 3
/** The spread of the kind counts as much as this sum of squared expectations. */
const SPREAD_PRIOR = 300
/** Nobody is as regular as the dice: at least this much relative variance. */
const LEAST_SPREAD = 0.002

export function createBaseline(since: number): Baseline {
  return {
    count: 0,
    exposure: 0,
    cellCounts: new Float32Array(HOURS_OF_WEEK),
    cellExposures: new Float32Array(HOURS_OF_WEEK),
    beyond: 0,
    squares: 0,
    blockHours: 0,
    blockSeen: 0,
    blockExpected: 0,
    since,
  }
}

export function rateOf(baseline: Baseline, prior: Prior): number {
  return (baseline.count + prior.size) / (baseline.exposure + prior.size / prior.rate)
}

/** How much busier than its mean the key is at this hour of the week: its cell, shrunk to the hour of the day, to 1. */
export function shapeOf({ cellCounts, cellExposures }: Baseline, cell: number): number {
  let count = CELL_PRIOR
  let exposure = CELL_PRIOR
  for (let c = cell % 24; c < HOURS_OF_WEEK; c += 24) {
    count += cellCounts[c] as number
    exposure += cellExposures[c] as number
  }
  const ofDay = count / exposure
  return ((cellCounts[cell] as number) + CELL_PRIOR * ofDay) / ((cellExposures[cell] as number) + CELL_PRIOR)
}

/** Variance of the key's counts beyond Poisson, relative to the square of their mean. */
export function spreadOf({ beyond, squares }: Baseline, pooled: number): number {
  return Math.max(LEAST_SPREAD, (beyond + SPREAD_PRIOR * pooled) / (squares + SPREAD_PRIOR))
}

/** A finished hour. */
export interface ClosedHour {
  hour: number
  cell: number
  seen: number
  expected: number
  /** Activity of the company. */
  activity: number
  shape: number
  spread: number
  learnsShape: boolean
}

/**
 * Takes a finished hour into the baseline. What lies more than three deviations above the expectation is cut off
 * there, so that an incident does not become what is usual; Farrington et al. (1996) weigh such weeks down.
 * @returns by how much everything counted before was discounted
 */
export function closeHour(baseline: Baseline, closed: ClosedHour): number {
  const { cell, expected, activity, shape } = closed
  const seen = Math.min(closed.seen, mostUsual(expected, closed.spread))
  const kept = keptAfter(baseline, closed.hour, expected)
  const rate = shape > 0 && activity > 0 ? expected / (shape * activity) : 0
  baseline.count = baseline.count * kept + seen
  baseline.exposure = baseline.exposure * kept + shape * activity
  if (closed.learnsShape) addToCell(baseline, cell, seen, rate * activity)
  addToBlock(baseline, seen, expected)
  return kept
}

function addToCell(
  { cellCounts, cellExposures }: Baseline,
  cell: number,
  seen: number,
  exposure: number,
): void {
  const kept = 1 - 1 / CELL_MEMORY_WEEKS
  cellCounts[cell] = (cellCounts[cell] as number) * kept + seen
  cellExposures[cell] = (cellExposures[cell] as number) * kept + exposure
}

/** The most of one hour that counts as usual. */
export function mostUsual(expected: number, spread: number): number {
  return expected + 3 * Math.sqrt(expected + spread * expected * expected) + 2
}

function keptAfter({ since }: Baseline, hour: number, expected: number): number {
  const wanted = MEMORY_CONTACTS / Math.max(expected, 1e-6)
  const young = Math.max(YOUNG_HOURS, (hour - since) * YOUNG_SHARE)
  const memory = Math.min(young, Math.max(MEMORY_HOURS.least, Math.min(MEMORY_HOURS.most, wanted)))
  return 1 - 1 / memory
}

function addToBlock(baseline: Baseline, seen: number, expected: number): void {
  baseline.blockHours++
  baseline.blockSeen += seen
  baseline.blockExpected += expected
  if (baseline.blockHours < BLOCK_HOURS) return
  const kept = 1 - 1 / SPREAD_MEMORY_BLOCKS
  const off = baseline.blockSeen - baseline.blockExpected
  baseline.beyond = baseline.beyond * kept + off * off - baseline.blockExpected
  baseline.squares = baseline.squares * kept + baseline.blockExpected ** 2
  baseline.blockHours = 0
  baseline.blockSeen = 0
  baseline.blockExpected = 0
}
