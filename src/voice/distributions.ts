/**
 * Tails and quantiles of the distributions that the tests of this room need. All are accurate to about ten digits
 * relative, far into the tails, which is where an alarm lives.
 * Source of the continued fractions: Press et al., Numerical Recipes (3rd edition), 6.2 and 6.4.
 */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Γ(x) for x > 0 (Lanczos 1964, g = 7, nine terms). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = LANCZOS[0] as number
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (x - 1 + i)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

const TINY = 1e-300
const ENOUGH = 1e-14
const MOST_TERMS = 10_000

/** The regularised incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, a and b > 0. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const log = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  if (x < (a + 1) / (a + b + 2)) return (Math.exp(log) * betaFraction(x, a, b)) / a
  return 1 - (Math.exp(log) * betaFraction(1 - x, b, a)) / b
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = reciprocal(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = reciprocal(1 + even * d)
    c = notZero(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = reciprocal(1 + odd * d)
    c = notZero(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < ENOUGH) break
  }
  return fraction
}

/** The regularised lower incomplete gamma function P(a, x). */
function incompleteGamma(a: number, x: number): number {
  if (x <= 0) return 0
  const log = a * Math.log(x) - x - logGamma(a)
  if (x > a + 1) return 1 - Math.exp(log) * gammaFraction(a, x)
  let term = 1 / a
  let sum = term
  for (let n = 1; n < MOST_TERMS && term > sum * ENOUGH; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum * Math.exp(log)
}

function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = reciprocal(b)
  let fraction = d
  for (let n = 1; n < MOST_TERMS; n++) {
    const step = -n * (n - a)
    b += 2
    d = reciprocal(step * d + b)
    c = notZero(b + step / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < ENOUGH) break
  }
  return fraction
}

function notZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x
}

function reciprocal(x: number): number {
  return 1 / notZero(x)
}

/** P(X ≥ count) for X Poisson. */
export function poissonTail(count: number, mean: number): number {
  return count <= 0 ? 1 : incompleteGamma(count, mean)
}

/**
 * P(X ≥ count) for X negative binomial with this mean and variance mean + mean² / size: a Poisson count whose rate is
 * itself only known up to a gamma distribution of shape `size`. An infinite size is Poisson.
 */
export function negativeBinomialTail(count: number, mean: number, size: number): number {
  if (count <= 0) return 1
  if (mean <= 0) return 0
  if (size > 1e9) return poissonTail(count, mean)
  return incompleteBeta(mean / (mean + size), count, size)
}

/** The least count whose tail beyond it, P(X > count), is at most `tail`; 0 < tail < 1. */
export function negativeBinomialUpper(tail: number, mean: number, size: number): number {
  const beyond = (count: number) => negativeBinomialTail(count + 1, mean, size)
  let high = Math.max(1, Math.ceil(mean))
  while (beyond(high) > tail) high *= 2
  let low = -1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (beyond(middle) > tail) low = middle
    else high = middle
  }
  return high
}

/** P(X ≥ count) for X binomial. */
export function binomialTail(count: number, trials: number, share: number): number {
  if (count <= 0) return 1
  return count > trials ? 0 : incompleteBeta(share, count, trials - count + 1)
}

/** Two-sided P of Student's t. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
}
