import { expect, test } from 'vitest'
import { testWeek } from '../../src/voice/index.ts'
import { seeded } from './random.ts'

/** A season, a trend and an unevenness that R's floor() and %% give exactly too. */
function series(weeks: number, base: number, swing: number, trend: number, noise: number): number[] {
  return Array.from({ length: weeks }, (_, t) => {
    const mean = base * (1 + trend * t) + swing * Math.sin((2 * Math.PI * t) / 52.18)
    return Math.max(0, Math.floor(mean + ((t * 7919 + 13) % noise) - noise / 2 + 0.5))
  })
}

function weekOf(firstMonday: string, weeks: number): Date {
  return new Date(Date.parse(firstMonday) + (weeks - 1) * 7 * 86_400_000)
}

function withLast(counts: number[], last: number): number[] {
  return [...counts.slice(0, -1), last]
}

const outbreaks = series(320, 30, 12, 0, 61).map((count, week) =>
  (week >= 56 && week < 63) || week === 109 || (week >= 164 && week < 168) ? count * 4 : count,
)

/** What R 4.2, surveillance 1.20.3, farringtonFlexible gives for the same weeks at alpha = 0.01. */
test.each([
  ['calm', withLast(series(320, 20, 8, 0, 11), 60), '2020-01-06', 5, 24.95858083, 1, 37, 1.990694366e-9],
  [
    'uneven',
    withLast(series(320, 30, 12, 0, 61), 95),
    '2020-01-06',
    5,
    37.87788989,
    10.70310333,
    99,
    0.01372618313,
  ],
  ['past outbreaks', withLast(outbreaks, 95), '2020-01-06', 5, 45.92607179, 14.62464027, 126, 0.05117568387],
  [
    'rising',
    withLast(series(330, 12, 4, 0.01, 31), 70),
    '2019-11-04',
    5,
    59.25082262,
    2.570303209,
    91,
    0.1976242925,
  ],
  [
    'three years',
    withLast(series(190, 15, 6, -0.002, 27), 44),
    '2022-07-04',
    3,
    6.928907047,
    5.35369975,
    28,
    0.00046495736,
  ],
  [
    'one year',
    withLast(series(90, 15, 6, 0, 27), 44),
    '2024-06-03',
    1,
    8.571428571,
    5.377216693,
    31,
    0.00099555635,
  ],
])('a week is judged as R judges it: %s', (_, counts, monday, years, expected, spread, upper, chance) => {
  const week = testWeek(counts, weekOf(monday, counts.length), { level: 0.01, years, plugIn: true })
  expect(week?.expected).toBeCloseTo(expected, 5)
  expect(week?.spread).toBeCloseTo(spread, 3)
  expect(week?.upper).toBe(upper)
  expect((week?.chance ?? 0) / chance).toBeCloseTo(1, 3)
  expect(week?.against).toBe('seasonal')
})

test('without a year of history the last half year is what is usual', () => {
  const counts = [...Array.from({ length: 20 }, (_, n) => 8 + (n % 3)), 9, 30]
  const week = testWeek(counts, weekOf('2026-01-05', counts.length))
  expect(week).toMatchObject({ against: 'recent', seen: 30, hasTrend: false, isSignal: true })
  expect(week?.expected).toBeGreaterThan(8)
  expect(week?.expected).toBeLessThan(10)
})

test('too little to judge is said, not guessed', () => {
  expect(testWeek([3, 4, 5, 40], weekOf('2026-01-05', 4))).toBeNull()
  expect(testWeek([...series(100, 20, 2, 0, 5), 1, 1, 1, 1], weekOf('2024-01-01', 104))).toBeNull()
  expect(testWeek([], weekOf('2026-01-05', 1))).toBeNull()
})

test('a code that never came and then comes is a signal, without a fault of the arithmetic', () => {
  const counts = [...Array.from({ length: 200 }, () => 0), 12]
  expect(testWeek(counts, weekOf('2022-01-03', counts.length))).toMatchObject({
    isSignal: true,
    against: 'seasonal',
  })
})

test('a season that comes every year is no signal', () => {
  const counts = Array.from(
    { length: 262 },
    (_, week) => (week % 52 >= 47 && week % 52 <= 51 ? 60 : 20) + (week % 5),
  )
  const christmas = counts.slice(0, 52 * 4 + 50)
  expect(testWeek(christmas, weekOf('2022-01-03', christmas.length))?.isSignal).toBe(false)
})

test('at 1 in 1,000 about one week in 1,000 is a false signal', () => {
  const random = seeded(3)
  let tested = 0
  let signals = 0
  for (let n = 0; n < 120; n++) {
    const level = 2 + 20 * random.next()
    const counts = Array.from({ length: 200 }, (_, week) => {
      // negative binomial of variance about 1.5 × mean: a Poisson count with an uneven rate
      const uneven = Math.exp(Math.sqrt(0.5 / level) * random.normal() - 0.25 / level)
      return random.poisson(level * (1 + 0.4 * Math.sin((2 * Math.PI * week) / 52.18)) * uneven)
    })
    for (let last = 185; last <= 200; last++) {
      const week = testWeek(counts.slice(0, last), weekOf('2022-01-03', last), { level: 1e-3 })
      if (!week) continue
      tested++
      if (week.isSignal) signals++
    }
  }
  expect(tested).toBeGreaterThan(1700)
  // the uncertainty of the mean is not in the quantile, which makes it some times as many
  expect(signals / tested).toBeLessThan(0.005)
})
