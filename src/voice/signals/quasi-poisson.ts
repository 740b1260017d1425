/** A fitted log-linear model of counts whose variance is `spread` times their mean. */
export interface QuasiPoisson {
  coefficients: number[]
  fitted: number[]
  /** Share of each observation in its own fit, 0 to 1. */
  leverage: number[]
  /** Pearson's estimate; not cut off at 1. */
  spread: number
  degreesOfFreedom: number
  /** Variance of a predicted logarithm of the mean, to be multiplied with the spread. `row` is like those of the design. */
  varianceAt(row: readonly number[]): number
}

const MOST_STEPS = 60
const CONVERGED = 1e-10
/** A mean of e^-15 is none: the likelihood of a group of zeros has no maximum, and stops there. */
const LEAST_LOG_MEAN = -15

/**
 * Fits log E(counts) = design × coefficients by iteratively reweighted least squares (McCullagh and Nelder, Generalized
 * Linear Models, 2.5). `design` has a row an observation, its columns independent; `weights` are prior weights.
 * @returns null where it does not converge or the columns are not independent
 */
export function fitQuasiPoisson(
  counts: number[],
  design: number[][],
  weights: number[],
): QuasiPoisson | null {
  const size = design[0]?.length ?? 0
  let logMeans = counts.map((count) => Math.log(count + 0.1))
  let deviance = Number.POSITIVE_INFINITY
  for (let step = 0; step < MOST_STEPS; step++) {
    const means = logMeans.map(Math.exp)
    const working = counts.map((count, i) => (logMeans[i] as number) + count / (means[i] as number) - 1)
    const factor = cholesky(crossProduct(design, means, weights, size))
    if (!factor) return null
    const right = Array.from({ length: size }, (_, column) =>
      sum(design, (row, i) => (row[column] as number) * at(weights, i) * at(means, i) * at(working, i)),
    )
    const coefficients = solve(factor, right)
    logMeans = design.map((row) => Math.max(LEAST_LOG_MEAN, dot(row, coefficients)))
    const next = devianceOf(counts, logMeans, weights)
    const isDone = Math.abs(next - deviance) < CONVERGED * (Math.abs(next) + 0.1)
    deviance = next
    if (isDone) return describe(counts, design, weights, coefficients, logMeans)
  }
  return null
}

function describe(
  counts: number[],
  design: number[][],
  weights: number[],
  coefficients: number[],
  logMeans: number[],
): QuasiPoisson | null {
  const fitted = logMeans.map(Math.exp)
  const factor = cholesky(crossProduct(design, fitted, weights, coefficients.length))
  if (!factor) return null
  const varianceAt = (row: readonly number[]) => dot(row, solve(factor, row))
  const leverage = design.map((row, i) => at(weights, i) * at(fitted, i) * varianceAt(row))
  const pearson = sum(counts, (count, i) => (at(weights, i) * (count - at(fitted, i)) ** 2) / at(fitted, i))
  const degreesOfFreedom = counts.length - coefficients.length
  const spread = pearson / degreesOfFreedom
  return { coefficients, fitted, leverage, spread, degreesOfFreedom, varianceAt }
}

function devianceOf(counts: number[], logMeans: number[], weights: number[]): number {
  return (
    2 *
    sum(counts, (count, i) => {
      const log = count === 0 ? 0 : count * (Math.log(count) - at(logMeans, i))
      return at(weights, i) * (log - count + Math.exp(at(logMeans, i)))
    })
  )
}

/** designᵀ × diagonal(means × weights) × design; only its lower triangle is filled. */
function crossProduct(design: number[][], means: number[], weights: number[], size: number): number[][] {
  const product = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  for (const [i, row] of design.entries()) {
    const weight = at(means, i) * at(weights, i)
    for (let a = 0; a < size; a++) {
      const one = at(row, a) * weight
      if (one === 0) continue
      const into = product[a] as number[]
      for (let b = 0; b <= a; b++) into[b] = at(into, b) + one * at(row, b)
    }
  }
  return product
}

/** The lower triangle L of L Lᵀ = matrix, or null where it is not positive definite. */
function cholesky(matrix: number[][]): number[][] | null {
  const lower = matrix.map((row) => row.map(() => 0))
  for (const [i, row] of matrix.entries()) {
    const into = lower[i] as number[]
    for (let j = 0; j <= i; j++) {
      const other = lower[j] as number[]
      let rest = at(row, j)
      for (let k = 0; k < j; k++) rest -= at(into, k) * at(other, k)
      if (j < i) into[j] = rest / at(other, j)
      else if (rest > at(row, i) * 1e-12) into[i] = Math.sqrt(rest)
      else return null
    }
  }
  return lower
}

function solve(lower: number[][], right: readonly number[]): number[] {
  const size = lower.length
  const x = [...right]
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] = at(x, i) - at(lower[i] as number[], k) * at(x, k)
    x[i] = at(x, i) / at(lower[i] as number[], i)
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] = at(x, i) - at(lower[k] as number[], i) * at(x, k)
    x[i] = at(x, i) / at(lower[i] as number[], i)
  }
  return x
}

function dot(one: readonly number[], other: readonly number[]): number {
  return sum(one, (value, i) => value * at(other, i))
}

function sum<T>(items: readonly T[], of: (item: T, i: number) => number): number {
  let total = 0
  for (const [i, item] of items.entries()) total += of(item, i)
  return total
}

function at(list: readonly number[], i: number): number {
  return list[i] as number
}
