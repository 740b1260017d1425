import { negativeBinomialTail, negativeBinomialUpper } from '../distributions.ts'
import { fitQuasiPoisson, type QuasiPoisson } from './quasi-poisson.ts'

export interface WeekTestOptions {
  /**
   * The chance at which a week is a signal. The default of 0.0001 is one false signal in two months of 1,000 series with
   * five years of history; with a single one four times as many, by simulation.
   */
  level?: number
  /** Years looked back at most (default 5). */
  years?: number
  /** Takes expectation and spread for certain, as the paper does: too many signals with one year (default false). */
  plugIn?: boolean
}

export interface WeekTest {
  /** 'seasonal': against the same season of earlier years; 'recent': against the last half year, for want of a year. */
  against: 'seasonal' | 'recent'
  seen: number
  expected: number
  /** The most that is still usual at this level. */
  upper: number
  /** The chance of as many or more. */
  chance: number
  /** (seen − expected) ÷ (upper − expected): 1 is just usual. */
  exceedance: number
  /** Variance ÷ mean of the weeks before; at least 1. */
  spread: number
  hasTrend: boolean
  isSignal: boolean
}

/** Weeks to either side of the same week of earlier years that are its season. */
const HALF_WINDOW = 3
/** The rest of the year is divided into so many less one. */
const PERIODS = 10
/** The newest weeks are left out, so that what begins slowly does not become usual. */
const LEFT_OUT = 26
/** Standardised residuals above it are weighed down: earlier outbreaks. */
const OUTLYING = 2.58
/** A trend needs so many years. */
const TREND_YEARS = 3
/** Fewer contacts than this in four weeks are not tested. */
const LEAST = { contacts: 5, weeks: 4 }
/** A season without any contact is thought to be one of half a contact. */
const NOTHING_YET = { expected: 0.5 / (2 * HALF_WINDOW + 1), uncertainty: 2 }
/** Without a year of history: at least and at most so many weeks, without the two newest. */
const RECENT = { least: 8, most: 26, leftOut: 2 }

/**
 * Tests the last of a series of weekly counts, oldest first and without gaps, with the improved Farrington method:
 * Noufaily, Enki, Farrington, Garthwaite, Andrews and Charlett (2012), "An improved algorithm for outbreak detection in
 * multiple surveillance systems", Statistics in Medicine 32:1206-1222, doi:10.1002/sim.5595. A quasi-Poisson model with
 * a factor of ten seasons and a trend is fitted twice, the second time with past outbreaks weighed down, and gives the
 * negative binomial quantile that the week is held against. With `plugIn` it gives the numbers of R's `surveillance`,
 * farringtonFlexible(noPeriods = 10, w = 3, weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
 * thresholdMethod = "nbPlugin"); tests compare them. Without, what one earlier year does not know is added: the variance of
 * the expectation, and a standard error of the spread; a season without any contact yet is given half a one.
 * @param lastWeek a day of the last week; the same weekday a year before finds the same week
 * @returns null with less than ten weeks, or less than five contacts within the last four
 */
export function testWeek(
  counts: readonly number[],
  lastWeek: Date,
  options: WeekTestOptions = {},
): WeekTest | null {
  const { level = 1e-4, years = 5, plugIn = false } = options
  if (counts.slice(-LEAST.weeks).reduce((sum, count) => sum + count, 0) < LEAST.contacts) return null
  const now = counts.length - 1
  const references = Array.from({ length: years }, (_, n) => now - weeksBack(lastWeek, n + 1))
  const usable = references.filter((week) => week - HALF_WINDOW >= 0)
  const seasonal = usable.length > 0 ? fitSeasonal(counts, usable) : null
  const fit = seasonal ?? fitRecent(counts)
  if (!fit) return null
  const { expected, spread, spreadError, uncertainty, hasTrend } = fit
  const seen = counts[now] as number
  // variance spread × mean; else a standard error more of it, and the variance of the mean itself
  const beyondPoisson = plugIn ? spread - 1 : spread + spreadError - 1 + uncertainty * expected
  const size = expected / beyondPoisson
  const upper = negativeBinomialUpper(level, expected, size)
  return {
    against: seasonal ? 'seasonal' : 'recent',
    seen,
    expected,
    upper,
    chance: negativeBinomialTail(seen, expected, size),
    exceedance: (seen - expected) / (upper - expected),
    spread,
    hasTrend,
    isSignal: seen > upper,
  }
}

/** Weeks between a day and the same weekday nearest to that day some years earlier. */
function weeksBack(day: Date, years: number): number {
  const then = Date.UTC(day.getUTCFullYear() - years, day.getUTCMonth(), day.getUTCDate())
  const here = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate())
  return Math.round((here - then) / (7 * 86_400_000))
}

interface Fit {
  expected: number
  spread: number
  /** Standard error of the spread, where it is above 1. */
  spreadError: number
  /** Variance of the logarithm of `expected`. */
  uncertainty: number
  hasTrend: boolean
}

/** @param references the same week of earlier years, newest first */
function fitSeasonal(counts: readonly number[], references: readonly number[]): Fit | null {
  const now = counts.length - 1
  const seasons = seasonsOf(now, references)
  const weeks = [...seasons.keys()].filter((week) => week < now - LEFT_OUT).sort((a, b) => a - b)
  const levels = [...new Set(weeks.map((week) => seasons.get(week) as number))].sort((a, b) => a - b)
  const response = weeks.map((week) => counts[week] as number)
  // the season of the week itself comes first, so that the intercept alone is its prediction
  const others = levels.filter((season) => season !== PERIODS)
  const rowOf = (week: number) => [1, ...others.map((season) => (seasons.get(week) === season ? 1 : 0))]
  const plain = weeks.map(rowOf)
  if (references.length >= TREND_YEARS) {
    const withTrend = fitTwice(
      response,
      plain.map((row, i) => [...row, (weeks[i] as number) - now]),
    )
    const fit = withTrend && predict(withTrend, true)
    if (fit && fit.expected <= Math.max(...response)) return fit
  }
  const fit = fitTwice(response, plain)
  return fit && predict(fit, false)
}

/** What the intercept alone says. */
function predict(fit: QuasiPoisson, hasTrend: boolean): Fit {
  const { coefficients, degreesOfFreedom, varianceAt } = fit
  const spread = Math.max(1, fit.spread)
  const uncertainty = spread * varianceAt(coefficients.map((_, i) => (i === 0 ? 1 : 0)))
  return {
    expected: Math.max(Math.exp(coefficients[0] as number), NOTHING_YET.expected),
    spread,
    spreadError: spread > 1 ? spread * Math.sqrt(2 / degreesOfFreedom) : 0,
    uncertainty: Math.min(uncertainty, NOTHING_YET.uncertainty),
    hasTrend,
  }
}

function fitRecent(counts: readonly number[]): Fit | null {
  const before = counts.slice(0, -1 - RECENT.leftOut).slice(-RECENT.most)
  if (before.length < RECENT.least) return null
  const fit = fitTwice(
    before,
    before.map(() => [1]),
  )
  return fit && predict(fit, false)
}

/** The season of each week: `PERIODS` around the references and the present, 1 and on between. */
function seasonsOf(now: number, references: readonly number[]): Map<number, number> {
  const seasons = new Map<number, number>()
  for (const [n, reference] of references.entries()) {
    for (let week = reference - HALF_WINDOW; week <= reference + HALF_WINDOW; week++)
      seasons.set(week, PERIODS)
    const next = references[n - 1] ?? now
    const between = next - reference - 2 * HALF_WINDOW - 1
    const length = Math.floor(between / (PERIODS - 1))
    const longer = between % (PERIODS - 1)
    let week = reference + HALF_WINDOW + 1
    for (let season = 1; season < PERIODS; season++) {
      const end = week + length + (season <= longer ? 1 : 0)
      for (; week < end; week++) seasons.set(week, season)
    }
  }
  return seasons
}

/** Fits, weighs down what stands out by its Anscombe residual, and fits again. */
function fitTwice(counts: number[], design: number[][]): QuasiPoisson | null {
  if (counts.length <= (design[0]?.length ?? 0)) return null
  const first = fitQuasiPoisson(
    counts,
    design,
    counts.map(() => 1),
  )
  if (!first) return null
  const spread = Math.max(1, first.spread)
  const raw = counts.map((count, i) => {
    const mean = first.fitted[i] as number
    const residual = 1.5 * (count ** (2 / 3) * mean ** (-1 / 6) - Math.sqrt(mean))
    const standardised = residual / Math.sqrt(spread * Math.max(1e-12, 1 - (first.leverage[i] as number)))
    return standardised > OUTLYING ? standardised ** -2 : 1
  })
  const scale = counts.length / raw.reduce((sum, weight) => sum + weight, 0)
  return fitQuasiPoisson(
    counts,
    design,
    raw.map((weight) => weight * scale),
  )
}
