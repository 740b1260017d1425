import { describe, expect, test } from 'vitest'
import { alarmLevel, isWide, usualShare } from '../../src/streaming/index.ts'
import { chanceOf } from '../../src/streaming/wide.ts'

/** Numbers between 0 and 1 that are the same in every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function binomial(n: number, share: number, roll: () => number): number {
  let hits = 0
  for (let i = 0; i < n; i += 1) if (roll() < share) hits += 1
  return hits
}

function poisson(mean: number, roll: () => number): number {
  let [count, left] = [0, roll()]
  const least = Math.exp(-mean)
  while (left > least) {
    count += 1
    left *= roll()
  }
  return count
}

describe('the chance of so many affected customers', () => {
  test('is that of the binomial distribution where the usual share is known well', () => {
    // P(X ≥ 12) of 40 at 3 %, summed exactly.
    let exact = 0
    for (let k = 12; k <= 40; k += 1) {
      let term = 0.03 ** k * 0.97 ** (40 - k)
      for (let i = 0; i < k; i += 1) term *= (40 - i) / (i + 1)
      exact += term
    }
    const chance = chanceOf({ customers: 40, affected: 12 }, { a: 3e8, b: 97e8 })
    expect(chance / exact).toBeCloseTo(1, 3)
  })

  test('is even over all outcomes where nothing is known: one in four for each of none to three', () => {
    for (const [affected, chance] of [
      [0, 1],
      [1, 0.75],
      [2, 0.5],
      [3, 0.25],
    ] as const) {
      expect(chanceOf({ customers: 3, affected }, { a: 1, b: 1 })).toBeCloseTo(chance, 9)
    }
  })

  test('is larger where the history is short', () => {
    const seen = { customers: 40, affected: 10 }
    const long = usualShare({ customers: 5_000, affected: 150 }, { customers: 50_000, affected: 1_500 })
    const none = usualShare({ customers: 0, affected: 0 }, { customers: 50_000, affected: 1_500 })
    expect(none.share).toBeCloseTo(long.share, 3)
    expect(chanceOf(seen, none)).toBeGreaterThan(chanceOf(seen, long) * 10)
  })
})

describe('a failure that is ours and wide', () => {
  const usual = usualShare({ customers: 1_000, affected: 30 }, { customers: 50_000, affected: 1_500 })
  const level = alarmLevel(10)

  test('needs five customers, however unlikely four are', () => {
    expect(isWide({ customers: 4, affected: 4 }, usual, level)).toBe(false)
    expect(isWide({ customers: 5, affected: 5 }, usual, level)).toBe(true)
  })

  test('is not one customer more than usual among ten thousand, however sure that is', () => {
    const seen = { customers: 100_000, affected: 6_000 }
    expect(chanceOf(seen, usual)).toBeLessThan(0.01)
    expect(isWide(seen, usual, level)).toBe(false)
  })

  test('is judged by the place itself where that is known to be worse than others', () => {
    const farAway = usualShare({ customers: 1_000, affected: 250 }, { customers: 50_000, affected: 1_500 })
    const seen = { customers: 40, affected: 12 }
    expect(isWide(seen, usual, level)).toBe(true)
    expect(isWide(seen, farAway, level)).toBe(false)
  })
})

describe('measured by simulation', () => {
  /** Ten values, each with its own history of a week, looked at every minute over a sliding hour. */
  function falseAlarms(share: number, perHour: number, days: number, roll: () => number): number {
    const VALUES = 10
    const level = alarmLevel(VALUES)
    let alarms = 0
    for (let value = 0; value < VALUES; value += 1) {
      const past = { customers: 300, affected: binomial(300, share, roll) }
      const usual = usualShare(past, { customers: 20_000, affected: Math.round(20_000 * share) })
      const known = new Map<number, boolean>()
      const minutes: [number, number][] = []
      const hour = { customers: 0, affected: 0 }
      let on = false
      for (let minute = 0; minute < days * 1_440; minute += 1) {
        const customers = poisson(perHour / 60, roll)
        const affected = binomial(customers, share, roll)
        minutes.push([customers, affected])
        const [gone, goneAffected] = minutes[minute - 60] ?? [0, 0]
        hour.customers += customers - gone
        hour.affected += affected - goneAffected
        const key = hour.customers * 10_000 + hour.affected
        let wide = known.get(key)
        if (wide === undefined) {
          wide = isWide(hour, usual, level)
          known.set(key, wide)
        }
        if (wide && !on) alarms += 1
        on = wide
      }
    }
    return alarms
  }

  test('fewer than one false alarm in thirty days is raised, at any usual share', () => {
    const roll = dice(7)
    const DAYS = 300
    for (const share of [0.01, 0.03, 0.05, 0.1]) {
      expect(falseAlarms(share, 40, DAYS, roll)).toBeLessThan(DAYS / 30)
    }
  })

  test('thirty bad of a hundred among forty customers are found in one look, four times out of five', () => {
    const roll = dice(11)
    const usual = usualShare({ customers: 300, affected: 9 }, { customers: 20_000, affected: 600 })
    const found = (share: number) => {
      let hits = 0
      for (let i = 0; i < 4_000; i += 1) {
        if (isWide({ customers: 40, affected: binomial(40, share, roll) }, usual, alarmLevel(10))) hits += 1
      }
      return hits / 4_000
    }
    expect(found(0.3)).toBeGreaterThan(0.78)
    expect(found(0.4)).toBeGreaterThan(0.97)
    expect(found(0.03)).toBe(0)
  })
})
