/** How many customers watched, and how many of them had a poor session or one that never started. */
export interface Tally {
  customers: number
  affected: number
}

/** Fewer affected customers than this are never "wide", however unlikely they are. */
export const MIN_AFFECTED = 5
/** A failure has at least this many times the usual share of affected customers … */
const MIN_TIMES_USUAL = 2
/** … and this much more of them. */
const MIN_ABOVE_USUAL = 0.1
/**
 * How many independent looks a day is worth. Windows of an hour that slide by a minute share nearly all of their
 * sessions: 1,440 looks raise no more alarms than these many that share nothing (a test measures it).
 */
const LOOKS_A_DAY = 288
/** False alarms a day that the looks of a whole day may add up to: one in thirty days. */
const FALSE_ALARMS_A_DAY = 1 / 30

/** Before there is any history: one customer in twenty, as if forty had been seen. */
const PRIOR: Tally = { customers: 40, affected: 2 }
/** The share of a value without history is believed to be that of everything, as if this many had been seen. */
const SHRINK_TO = 150
/** Shares move from day to day: however long the history, it says no more than this many customers would. */
const MOST_HISTORY = 500

/**
 * The share of affected customers that is usual for a value (a title, a region …): its own history, shrunk towards
 * the share of everything, which stands in where there is none. Parameters of a beta distribution.
 */
export function usualShare(own: Tally, all: Tally): { share: number; a: number; b: number } {
  const mean = (all.affected + PRIOR.affected) / (all.customers + PRIOR.customers)
  const scale = own.customers > MOST_HISTORY ? MOST_HISTORY / own.customers : 1
  const a = SHRINK_TO * mean + own.affected * scale
  const b = SHRINK_TO * (1 - mean) + (own.customers - own.affected) * scale
  return { share: a / (a + b), a, b }
}

/**
 * How unlikely it may at most be that chance alone affected so many, for one of `values` values looked at together.
 * By Boole's inequality (Bonferroni) all looks of a day at all values together raise at most one false alarm in
 * thirty days.
 */
export function alarmLevel(values: number): number {
  return FALSE_ALARMS_A_DAY / (LOOKS_A_DAY * Math.max(1, values))
}

/**
 * Whether a failure is ours and wide: so many of the customers were affected that chance and the usual share hardly
 * explain it. One-sided tail of the beta-binomial distribution, which is the binomial one for a share that is itself
 * known from a sample only (Gelman et al., Bayesian Data Analysis, chapter 2), so that it holds for small numbers and
 * short histories; the history leaves earlier incidents out, as in Farrington et al. (1996), "A statistical algorithm
 * for the early detection of outbreaks of infectious disease". Below five affected customers, twice the usual share
 * or ten points above it nothing is wide. Customers are counted, not sessions: one who tries ten times is one.
 * @param level see `alarmLevel`
 */
export function isWide(seen: Tally, usual: { share: number; a: number; b: number }, level: number): boolean {
  if (seen.affected < MIN_AFFECTED || !isRaised(seen, usual.share)) return false
  return chanceOf(seen, usual) <= level
}

/** Whether the share is far enough above the usual one to matter at all. */
export function isRaised({ customers, affected }: Tally, usual: number): boolean {
  const share = customers === 0 ? 0 : affected / customers
  return share >= usual * MIN_TIMES_USUAL && share >= usual + MIN_ABOVE_USUAL
}

/** P(X ≥ affected) for X beta-binomial over `customers`. */
export function chanceOf({ customers, affected }: Tally, { a, b }: { a: number; b: number }): number {
  if (affected <= 0) return 1
  let log = logChoose(customers, affected) + logBeta(affected + a, customers - affected + b) - logBeta(a, b)
  let chance = 0
  for (let k = affected; k <= customers; k += 1) {
    const term = Math.exp(log)
    chance += term
    if (term < chance * 1e-12 && k > affected) break
    // The ratio of neighbouring terms, so that no factorial is computed twice.
    log += Math.log(((customers - k) * (k + a)) / ((k + 1) * (customers - k - 1 + b)))
  }
  return Math.min(1, chance)
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/** Stirling's series, shifted up to where it is exact to 1e-12; x > 0. */
function logGamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < 10; at += 1) shift += Math.log(at)
  const square = at * at
  const series = 1 / (12 * at) - 1 / (360 * at * square) + 1 / (1260 * at * square * square)
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift
}
