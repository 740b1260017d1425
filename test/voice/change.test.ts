import { expect, test } from 'vitest'
import { adjustChances, compareAll, compareRates } from '../../src/voice/index.ts'
import { seeded } from './random.ts'

test('rates compare as in the published example of OpenEpi, mid-p', () => {
  const crude = compareRates({ count: 25, exposure: 178_556 }, { count: 4, exposure: 200_200 })
  expect(crude.ratio).toBeCloseTo(7.008, 3)
  expect(crude.low).toBeCloseTo(2.616, 3)
  expect(crude.high).toBeCloseTo(23.57, 2)
  expect(crude.chance).toBeCloseTo(0.00001654, 8)
  const few = compareRates({ count: 8, exposure: 78_531 }, { count: 1, exposure: 77_932 })
  expect(few.low).toBeCloseTo(1.27, 2)
  expect(few.high).toBeCloseTo(177.6, 1)
  expect(few.chance).toBeCloseTo(0.0221, 4)
})

test('rates compare as R computes them from its binomial distribution', () => {
  const change = compareRates({ count: 41, exposure: 28_010 }, { count: 15, exposure: 19_017 })
  expect(change.ratio).toBeCloseTo(1.85575866, 8)
  expect(change.low).toBeCloseTo(1.04107524, 7)
  expect(change.high).toBeCloseTo(3.44942276, 7)
  expect(change.chance).toBeCloseTo(0.0354574218, 9)
})

test('five after none is hardly more than noise, six after none is', () => {
  const after = (count: number) => compareRates({ count, exposure: 1 }, { count: 0, exposure: 1 })
  expect(after(5).chance).toBeCloseTo(1 / 32, 12)
  expect(after(6).chance).toBeCloseTo(1 / 64, 12)
  expect(after(6)).toMatchObject({ ratio: Number.POSITIVE_INFINITY, high: Number.POSITIVE_INFINITY })
  expect(after(6).low).toBeGreaterThan(1)
  expect(compareRates({ count: 0, exposure: 1 }, { count: 6, exposure: 1 })).toMatchObject({
    ratio: 0,
    low: 0,
  })
})

test('two weeks without anything are no change and no ratio', () => {
  expect(compareRates({ count: 0, exposure: 900 }, { count: 0, exposure: 1000 })).toEqual({
    ratio: null,
    low: 0,
    high: Number.POSITIVE_INFINITY,
    chance: 1,
  })
})

test('more contacts with as many more orders are no change', () => {
  const change = compareRates({ count: 300, exposure: 30_000 }, { count: 100, exposure: 10_000 })
  expect(change.ratio).toBe(1)
  expect(change.chance).toBeGreaterThan(0.9)
})

test('weeks that vary more than dice need a greater change', () => {
  const [now, before] = [
    { count: 520, exposure: 52_000 },
    { count: 450, exposure: 51_000 },
  ]
  expect(compareRates(now, before).chance).toBeCloseTo(0.0517712555, 9)
  const varied = compareRates(now, before, 3)
  expect(varied.chance).toBeCloseTo(0.2613720097, 8)
  expect(varied.low).toBeLessThan(compareRates(now, before).low)
  // no break where the plain test ends
  expect(compareRates(now, before, 1.000_01).chance).toBeCloseTo(0.05177, 4)
})

test('a week without orders can not be compared, and says what to do', () => {
  const week = { count: 3, exposure: 100 }
  expect(() => compareRates(week, { count: 3, exposure: 0 })).toThrow('show the counts alone')
  expect(() => compareRates({ count: 2.5, exposure: 1 }, week)).toThrow('whole number')
})

test('chances are adjusted as in the example of Benjamini and Hochberg', () => {
  const chances = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ]
  const adjusted = adjustChances(chances)
  // theirs: at 0.05 the four smallest are called real
  expect(adjusted.filter((chance) => chance <= 0.05)).toEqual([0.0015, 0.003, 0.0095, 0.035625])
  expect(adjusted[7]).toBeCloseTo(0.0645, 10)
  expect(adjustChances([...chances].reverse())).toEqual([...adjusted].reverse())
  expect(adjustChances([])).toEqual([])
})

test('of 25 codes in which nothing changed, few reviews call one real', () => {
  const random = seeded(7)
  let reviews = 0
  for (let n = 0; n < 200; n++) {
    const lines = Array.from({ length: 25 }, (_, code) => {
      const mean = 0.5 * 1.35 ** code
      const tally = () => ({ count: random.poisson(mean), exposure: 10_000 })
      return { now: tally(), before: tally() }
    })
    if (compareAll(lines).some(({ verdict }) => verdict !== 'noise')) reviews++
  }
  // at most 5 % are promised; the discrete test stays below
  expect(reviews / 200).toBeLessThan(0.07)
})

test('the interval holds the true ratio 95 times in 100', () => {
  const random = seeded(11)
  let held = 0
  for (let n = 0; n < 2000; n++) {
    const now = { count: random.poisson(12), exposure: 1500 }
    const before = { count: random.poisson(16), exposure: 1000 }
    const { low, high } = compareRates(now, before)
    if (low <= 0.5 && high >= 0.5) held++
  }
  expect(held / 2000).toBeGreaterThan(0.94)
  expect(held / 2000).toBeLessThan(0.98)
})

test('what really changed is told from the rest, in its direction', () => {
  const week = (count: number) => ({ count, exposure: 1000 })
  const verdicts = compareAll([
    { now: week(40), before: week(10) },
    { now: week(11), before: week(10) },
    { now: week(5), before: week(30) },
  ]).map(({ verdict }) => verdict)
  expect(verdicts).toEqual(['more', 'noise', 'less'])
})
