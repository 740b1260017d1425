import { binomialTail, logGamma } from './distributions.ts'

/** Contacts of one code in one week, and what they are held against: orders, or 1 where nobody knows them. */
export interface Tally {
  count: number
  /** Above 0, in the same unit in both weeks. */
  exposure: number
}

export interface Change {
  /** Rate of now ÷ rate before; Infinity if there were none before, null if there were none at all. */
  ratio: number | null
  /** The interval that holds the true ratio 95 times in 100. */
  low: number
  high: number
  /** Two-sided chance of a change at least as great if nothing had changed. */
  chance: number
}

const OUTSIDE = 0.025
const BISECTIONS = 60

/**
 * Compares two counts: given their sum, the share of the first is binomial if both weeks have the same rate
 * (Przyborowski and Wilenski 1940, Biometrika 31:313-323), exact for small counts. The chance is twice the smaller mid-p
 * tail (Lancaster 1961, JASA 56:223-234), the interval its inversion; both err less on the safe side than the plain
 * exact ones. Weeks that vary more than dice (`spread`: variance ÷ mean, as `testWeek` finds it) have negative binomial
 * counts, and given their sum the first is beta-binomial.
 * @throws RangeError for an exposure that is not above 0 or a count that is not whole: such weeks can not be compared
 */
export function compareRates(now: Tally, before: Tally, spread = 1): Change {
  for (const { count, exposure } of [now, before]) {
    if (!(Number.isInteger(count) && count >= 0))
      throw new RangeError(`A count is a whole number, not ${count}`)
    if (!(exposure > 0 && Number.isFinite(exposure))) {
      throw new RangeError(
        `A rate needs orders (or another exposure) above 0, not ${exposure}: show the counts alone`,
      )
    }
  }
  const total = now.count + before.count
  if (total === 0) return { ratio: null, low: 0, high: Number.POSITIVE_INFINITY, chance: 1 }
  const beyond = (share: number) => midTail(now.count, total, share, spread)
  const upper = beyond(now.exposure / (now.exposure + before.exposure))
  const ratioAt = (share: number) => (share / (1 - share)) * (before.exposure / now.exposure)
  return {
    ratio: now.count / now.exposure / (before.count / before.exposure),
    low: now.count === 0 ? 0 : ratioAt(shareWhere(beyond, OUTSIDE)),
    high: before.count === 0 ? Number.POSITIVE_INFINITY : ratioAt(shareWhere(beyond, 1 - OUTSIDE)),
    chance: Math.min(1, 2 * Math.min(upper, 1 - upper)),
  }
}

/** P(X > count) + P(X = count) / 2 of a count among `total`; grows with the share. */
function midTail(count: number, total: number, share: number, spread: number): number {
  const tail = spread > 1 ? betaBinomialTail : binomialTail
  return (tail(count, total, share, spread) + tail(count + 1, total, share, spread)) / 2
}

function shareWhere(tail: (share: number) => number, wanted: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2
    if (tail(middle) < wanted) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(X ≥ count) where both counts are negative binomial with variance `spread` × mean and this share of the mean. */
function betaBinomialTail(count: number, total: number, share: number, spread: number): number {
  if (count <= 0) return 1
  if (count > total) return 0
  const a = (total * share) / (spread - 1)
  const b = (total * (1 - share)) / (spread - 1)
  // the shorter tail is summed
  if (count < total * share) return 1 - betaBinomialTail(total - count + 1, total, 1 - share, spread)
  let log = logChoose(total, count) + logBeta(count + a, total - count + b) - logBeta(a, b)
  let sum = 0
  for (let k = count; k <= total; k++) {
    const term = Math.exp(log)
    sum += term
    if (term < sum * 1e-14) break
    log += Math.log(((total - k) * (k + a)) / ((k + 1) * (total - k - 1 + b)))
  }
  return Math.min(1, sum)
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/**
 * Chances adjusted for being looked at together: of those at or below 0.05 one in twenty is noise, not one in twenty of
 * all (Benjamini and Hochberg 1995, JRSS B 57:289-300). In the order given.
 */
export function adjustChances(chances: readonly number[]): number[] {
  const order = chances.map((_, i) => i).sort((a, b) => (chances[b] as number) - (chances[a] as number))
  const adjusted = chances.map(() => 1)
  let least = 1
  for (const [n, i] of order.entries()) {
    least = Math.min(least, ((chances[i] as number) * chances.length) / (chances.length - n))
    adjusted[i] = least
  }
  return adjusted
}

/** A line of a review. */
export interface Compared extends Change {
  /** The chance, adjusted for the number of lines. */
  adjusted: number
  verdict: 'more' | 'less' | 'noise'
}

/** Share of the changes that are called real which may be noise. */
const FALSE_SHARE = 0.05

/** Compares all lines of a review at once; the answer is in their order. */
export function compareAll(lines: readonly { now: Tally; before: Tally; spread?: number }[]): Compared[] {
  const changes = lines.map(({ now, before, spread }) => compareRates(now, before, spread))
  const adjusted = adjustChances(changes.map(({ chance }) => chance))
  return changes.map((change, i) => {
    const chance = adjusted[i] as number
    const isReal = chance <= FALSE_SHARE && change.ratio !== null
    return {
      ...change,
      adjusted: chance,
      verdict: !isReal ? 'noise' : (change.ratio as number) > 1 ? 'more' : 'less',
    }
  })
}
