import { describe, expect, test } from 'vitest'
import { type CountedContact, createWatch, type Signal, type Watch } from '../../src/voice/index.ts'
import { seeded } from './random.ts'

const HOUR_MS = 3_600_000
const ZONE = 'Europe/Berlin'
const FIRST = Date.UTC(2026, 1, 1)

function contact(at: number, given: Partial<CountedContact> = {}): CountedContact {
  return {
    at: new Date(at),
    product: 'lamp',
    title: null,
    code: 'question',
    severity: 1,
    person: null,
    ...given,
  }
}

/** Contacts of some products an hour, day and night. */
function* usual(options: { from?: number; hours: number; seed?: number; perHour?: Record<string, number> }) {
  const { from = FIRST, hours, seed = 1, perHour = { lamp: 1, kettle: 4, sofa: 0.2 } } = options
  const random = seeded(seed)
  for (let hour = 0; hour < hours; hour++) {
    const start = from + hour * HOUR_MS
    const contacts = Object.entries(perHour).flatMap(([product, mean]) =>
      Array.from({ length: random.poisson(mean * daily(start)) }, () =>
        contact(start + random.next() * HOUR_MS, {
          product,
          code: random.next() < 0.1 ? 'item.defective' : random.next() < 0.5 ? 'question' : 'delivery.late',
        }),
      ),
    )
    yield* contacts.sort((one, other) => one.at.getTime() - other.at.getTime())
  }
}

const clock = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, hour: '2-digit', hourCycle: 'h23' })

/** Nobody writes at night; all write in the evening. By the clock on the wall. */
function daily(at: number): number {
  const hour = Number(clock.format(at))
  return hour < 6 ? 0.1 : hour < 18 ? 1 : 2.1
}

function feed(watch: Watch, contacts: Iterable<CountedContact>): Signal[] {
  return [...contacts].flatMap((each) => watch.add(each))
}

/** So many contacts, evenly over some minutes. */
function burst(
  from: number,
  count: number,
  minutes: number,
  given: Partial<CountedContact> = {},
): CountedContact[] {
  return Array.from({ length: count }, (_, n) => contact(from + (n * minutes * 60_000) / count, given))
}

const FIVE_WEEKS = 35 * 24

describe('a surge', () => {
  test('of one product is found within the hour, with its code, once', () => {
    const watch = createWatch({ timeZone: ZONE })
    expect(feed(watch, usual({ hours: FIVE_WEEKS }))).toEqual([])
    const from = FIRST + FIVE_WEEKS * HOUR_MS
    const signals = feed(watch, burst(from, 40, 60, { code: 'item.defective' }))
    expect(signals).toHaveLength(1)
    const [signal] = signals as [Signal]
    expect(signal).toMatchObject({ reason: 'surge', kind: 'product', name: 'lamp', code: 'item.defective' })
    expect(signal.seen).toBeGreaterThanOrEqual(5)
    expect(signal.expected).toBeLessThan(1)
    expect(signal.chance).toBeLessThan(1e-8)
    expect(signal.at.getTime() - from).toBeLessThan(30 * 60_000)
  })

  test('of all codes of a product has none of its own', () => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS }))
    const codes = ['question', 'delivery.late', 'item.defective', 'site.bug', 'billing.refund', 'item.wrong']
    const contacts = burst(FIRST + FIVE_WEEKS * HOUR_MS, 30, 60).map((each, n) => ({
      ...each,
      code: codes[n % codes.length] as string,
    }))
    expect(feed(watch, contacts)).toMatchObject([{ kind: 'product', name: 'lamp', code: null }])
  })

  test('of a code over many products is one signal of the code, not one of each product', () => {
    const perHour = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, 0.5]))
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS, perHour }))
    const contacts = burst(FIRST + FIVE_WEEKS * HOUR_MS, 120, 120, { code: 'billing.charge' }).map(
      (each, n) => ({
        ...each,
        product: `p${n % 60}`,
      }),
    )
    expect(feed(watch, contacts)).toMatchObject([{ kind: 'code', name: 'billing.charge' }])
  })

  test('of a title is found as one of a product is', () => {
    const watch = createWatch({ timeZone: ZONE })
    const films = [...usual({ hours: FIVE_WEEKS })].map((each) => ({
      ...each,
      title: each.product,
      product: null,
    }))
    feed(watch, films)
    const from = FIRST + FIVE_WEEKS * HOUR_MS
    const given = { product: null, title: 'lamp', code: 'streaming.playback_error' }
    expect(feed(watch, burst(from, 30, 60, given))).toMatchObject([{ kind: 'title', name: 'lamp' }])
  })

  test('that lasts for days stays one signal', () => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS }))
    const from = FIRST + FIVE_WEEKS * HOUR_MS
    expect(feed(watch, burst(from, 1500, 3 * 24 * 60, { code: 'item.defective' }))).toHaveLength(1)
  })

  test('after a quiet time is another signal', () => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS }))
    const from = FIRST + FIVE_WEEKS * HOUR_MS
    const first = feed(watch, burst(from, 40, 60))
    feed(watch, usual({ from: from + HOUR_MS, hours: 96, seed: 2 }))
    expect([...first, ...feed(watch, burst(from + 97 * HOUR_MS, 40, 60))]).toHaveLength(2)
  })
})

describe('no surge', () => {
  test('is one person who says the same forty times', () => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS }))
    const again = { code: 'item.defective', person: 'p1' }
    expect(feed(watch, burst(FIRST + FIVE_WEEKS * HOUR_MS, 40, 180, again))).toEqual([])
  })

  test('is a day on which everything is twice as much', () => {
    const watch = createWatch({ timeZone: ZONE })
    const perHour = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, 0.5]))
    feed(watch, usual({ hours: FIVE_WEEKS, perHour }))
    const twice = Object.fromEntries(Object.keys(perHour).map((name) => [name, 1]))
    const sale = usual({ from: FIRST + FIVE_WEEKS * HOUR_MS, hours: 24, perHour: twice, seed: 5 })
    expect(feed(watch, sale)).toEqual([])
  })

  test('is looked for in the first fortnight', () => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: 13 * 24 }))
    expect(feed(watch, burst(FIRST + 13 * 24 * HOUR_MS, 60, 60))).toEqual([])
  })

  // 29 March has 23 hours in Berlin, 25 October has 25
  test.each([
    ['spring', '2026-02-16T00:00:00Z'],
    ['autumn', '2026-09-14T00:00:00Z'],
  ])('is the hour that the clocks skip or repeat in %s', (_, from) => {
    const perHour = { lamp: 8, kettle: 30, sofa: 1, desk: 60 }
    const watch = createWatch({ timeZone: ZONE })
    expect(feed(watch, usual({ from: Date.parse(from), hours: 8 * 7 * 24, perHour }))).toEqual([])
  })

  test('is the first day of a new product that is like the others', () => {
    const perHour = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`p${n}`, 1]))
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS, perHour }))
    const from = FIRST + FIVE_WEEKS * HOUR_MS
    expect(feed(watch, usual({ from, hours: 48, perHour: { ...perHour, fresh: 4 }, seed: 9 }))).toEqual([])
  })
})

test('a new product has a signal in its first hour too, for more contacts than after three days', () => {
  const perHour = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`p${n}`, 1]))
  const needed = (before: number) => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS + 12, perHour }))
    const from = FIRST + (FIVE_WEEKS + 12) * HOUR_MS
    feed(watch, usual({ from, hours: before, perHour: { ...perHour, fresh: 1 }, seed: 9 }))
    const codes = ['question', 'delivery.late']
    const many = burst(from + before * HOUR_MS, 120, 120, { product: 'fresh' })
    const signals = feed(
      watch,
      many.map((each, n) => ({ ...each, code: codes[n % 2] as string })),
    )
    return signals.find(({ name }) => name === 'fresh')?.seen ?? Number.POSITIVE_INFINITY
  }
  // the others have one an hour
  expect(needed(0)).toBeGreaterThan(needed(72))
  expect(needed(0)).toBeLessThan(20)
})

test('danger raises a signal with its first contact, on the first day too, and once a day', () => {
  const watch = createWatch({ timeZone: ZONE })
  const first = contact(FIRST, { code: 'item.safety', severity: 3 })
  expect(watch.add(first)).toEqual([
    {
      reason: 'danger',
      kind: 'product',
      name: 'lamp',
      code: 'item.safety',
      at: first.at,
      from: first.at,
      seen: 1,
      expected: 0,
      chance: 0,
    },
  ])
  expect(watch.add(contact(FIRST + HOUR_MS, { severity: 3 }))).toEqual([])
  expect(watch.add(contact(FIRST + HOUR_MS, { severity: 3, product: 'sofa' }))).toHaveLength(1)
  expect(watch.add(contact(FIRST + 30 * HOUR_MS, { code: 'item.safety' }))).toHaveLength(1)
  const unnamed = contact(FIRST + 31 * HOUR_MS, { code: 'item.safety', product: null })
  expect(watch.add(unnamed)).toMatchObject([{ kind: 'code', name: 'item.safety' }])
})

test('contacts that come late count in the hour in which they were said', () => {
  const backlog = (order: (contacts: CountedContact[]) => CountedContact[]) => {
    const watch = createWatch({ timeZone: ZONE })
    feed(watch, usual({ hours: FIVE_WEEKS }))
    const from = FIRST + FIVE_WEEKS * HOUR_MS
    return feed(watch, order(burst(from, 40, 120, { code: 'item.defective' })))
  }
  expect(backlog((contacts) => contacts.reverse())).toMatchObject([{ name: 'lamp', code: 'item.defective' }])
  const watch = createWatch({ timeZone: ZONE })
  feed(watch, usual({ hours: FIVE_WEEKS }))
  const old = burst(FIRST + (FIVE_WEEKS - 72) * HOUR_MS, 100, 30)
  expect(feed(watch, old)).toEqual([])
})

test('hours without any contact, and a week of silence, are borne', () => {
  const watch = createWatch({ timeZone: ZONE })
  feed(watch, usual({ hours: FIVE_WEEKS }))
  const back = FIRST + (FIVE_WEEKS + 7 * 24) * HOUR_MS
  expect(feed(watch, usual({ from: back, hours: 72, seed: 4 }))).toEqual([])
})

test('what it knows goes through JSON and back, and then it says the same as if nothing had happened', () => {
  const incident = burst(FIRST + (FIVE_WEEKS + 30) * HOUR_MS, 30, 100, {
    code: 'item.defective',
    person: null,
  })
  const told = burst(FIRST + (FIVE_WEEKS + 1) * HOUR_MS, 5, 60, { code: 'site.bug', person: 'p1' })
  const before = [...usual({ hours: FIVE_WEEKS }), ...told.slice(0, 2)]
  const after = [
    ...told.slice(2),
    ...usual({ from: FIRST + (FIVE_WEEKS + 2) * HOUR_MS, hours: 28, seed: 3 }),
    ...incident,
  ]
  const one = createWatch({ timeZone: ZONE })
  feed(one, before)
  const state = JSON.parse(JSON.stringify(one.state()))
  const other = createWatch({ timeZone: ZONE, state })
  const signals = feed(one, after)
  expect(signals).toHaveLength(1)
  expect(feed(other, after)).toEqual(signals)
  expect(other.state()).toEqual(one.state())
  expect(Math.max(...(one.state()?.keys ?? []).map((key) => JSON.stringify(key).length))).toBeLessThan(12_000)
})

test('a watch that saw nothing has nothing to keep', () => {
  expect(createWatch({ timeZone: ZONE }).state()).toBeNull()
})
