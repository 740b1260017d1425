import type { RefundEvent, RefundEventKind } from '../decision/event.ts'

type Facts = Pick<RefundEvent, 'session' | 'incident' | 'complaint' | 'delivery' | 'goodwill'>
type Sale = Pick<RefundEvent, 'order' | 'customer' | 'history'>

const COUNT = 60
const AT = new Date('2026-11-20T12:00:00Z')

/** The same numbers from 0 to 1 each time (mulberry32), so that a check says the same twice. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Pick1 = <T>(list: readonly T[]) => T

const PLACES: [currency: string, country: string, scale: number][] = [
  ['USD', 'US', 1],
  ['USD', 'US', 1],
  ['JPY', 'JP', 1],
  ['JPY', 'JP', 1],
  ['GBP', 'GB', 1],
  ['EUR', 'DE', 1],
  ['EUR', 'FR', 1],
  ['CAD', 'CA', 1],
  ['AUD', 'AU', 1],
  ['KRW', 'KR', 10],
]
const LOCALES: Record<string, string> = { JP: 'ja', DE: 'de', FR: 'fr', KR: 'ko' }
const CODES = [
  'delivery.late',
  'delivery.missing',
  'packaging.damage',
  'item.wrong',
  'item.defective',
  'item.incomplete',
  'item.safety',
  'streaming.quality',
  'streaming.playback_error',
  'billing.charge',
  'order.cancel',
  'service.conduct',
]

const KINDS: Record<RefundEventKind, RefundEvent['order']['kind'][]> = {
  'playback.ended': ['rental', 'rental', 'subscription'],
  'playback.failed': ['rental', 'rental', 'subscription'],
  'complaint.coded': ['physical', 'rental', 'subscription'],
  'delivery.overdue': ['physical'],
  goodwill: ['physical', 'rental', 'subscription'],
}

/** Sixty varied events of a kind that never happened, always the same: rules are checked against them. */
export function sampleEvents(kind: RefundEventKind): RefundEvent[] {
  const facts = sampleFacts(kind)
  return sampleSales(kind).map((sale, index) => ({ kind, at: AT, ...(facts[index] as Facts), ...sale }))
}

/** Every combination of what may happen and of what it may happen to: 3600 events. */
export function* sampleCombinations(kind: RefundEventKind): Generator<RefundEvent> {
  const sales = sampleSales(kind)
  for (const facts of sampleFacts(kind)) {
    for (const sale of sales) yield { kind, at: AT, ...facts, ...sale }
  }
}

function sampleSales(kind: RefundEventKind): Sale[] {
  const random = seeded(7)
  const pick: Pick1 = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number]
  return Array.from({ length: COUNT }, (_, index): Sale => {
    const [currency, country, scale] = PLACES[index % PLACES.length] as (typeof PLACES)[number]
    const price =
      pick([1, 50, 99, 299, 330, 480, 799, 1499, 1980, 3999, 5480, 12_000, 98_000, 400_000]) * scale
    const id = `sample-${index + 1}`
    return {
      order: {
        id,
        kind: pick(KINDS[kind]),
        currency,
        customerId: `customer-${id}`,
        country,
        lineId: `${id}-1`,
        priceMinor: price,
        title: pick([
          'Casablanca',
          '東京物語',
          'Kokoro',
          'Decaf coffee beans, 500 g',
          'Apple juice, 24 cans',
        ]),
        sku: pick(['film-casablanca', 'book-kokoro', 'coffee-decaf-500', 'juice-apple-24']),
        quantity: pick([1, 1, 1, 2, 3, 12]),
      },
      customer: {
        id: `customer-${id}`,
        locale: pick([LOCALES[country] ?? 'en', 'en', 'ja']),
        country: pick([country, country, country, 'US', 'JP']),
      },
      history: {
        refundedOnLineMinor: pick([0, 0, 0, Math.floor(price / 2), price]),
        refundedByOthersMinor: pick([0, 0, 0, 0, Math.floor(price / 3), null]),
        disputed: pick([false, false, false, false, false, true]),
        suspicious: null,
        claimsByCustomer: pick([0, 0, 1, 2, 3, 5, 9, 25]),
        claimsByDevice: pick([0, 0, 1, 2, 4, 12, null]),
        usage: {},
      },
    }
  })
}

function sampleFacts(kind: RefundEventKind): Facts[] {
  const random = seeded(42)
  const pick: Pick1 = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number]
  return Array.from({ length: COUNT }, (_, index): Facts => {
    if (kind === 'complaint.coded') return { complaint: sampleComplaint(pick, index) }
    if (kind === 'delivery.overdue') {
      return {
        delivery: {
          daysLate: pick([0, 1, 1, 2, 3, 4, 5, 7, 8, 10, 14, 15, 21, 31, 60]),
          delivered: pick([true, false, false]),
        },
      }
    }
    if (kind === 'goodwill') {
      return {
        goodwill: {
          amountMinor: pick([1, 50, 100, 300, 500, 501, 1000, 2500, 5000, 30_000]),
          method: pick(['refund', 'coupon']),
        },
      }
    }
    return { session: sampleSession(pick, kind, index), incident: { wide: random() < 0.15, id: null } }
  })
}

function sampleComplaint(pick: Pick1, index: number): NonNullable<RefundEvent['complaint']> {
  const code = CODES[index % CODES.length] as string
  const ages = () =>
    Array.from({ length: pick([0, 0, 0, 1, 1, 2, 4, 8, 30]) }, () => pick([1, 6, 20, 50, 130]))
  return {
    code,
    codes: [...new Set([code, pick([code, code, ...CODES])])],
    severity: pick([0, 1, 1, 2, 2, 3]),
    confidence: pick([null, 0.31, 0.5, 0.66, 0.8, 0.86, 0.93, 0.98, 1]),
    language: pick(['en', 'en', 'ja', 'ja', 'de', 'und']),
    network: pick(['x', 'x', 'bluesky', 'mastodon', 'replay']),
    earlierByCustomerDays: ages(),
    earlierByProductDays: ages(),
  }
}

function sampleSession(
  pick: Pick1,
  kind: RefundEventKind,
  index: number,
): NonNullable<RefundEvent['session']> {
  const error = pick(
    kind === 'playback.failed' ? ['manifestLoadError', 'keySystemError', '3016'] : [null, null, '3016'],
  )
  const started = kind === 'playback.failed' ? pick([false, false, true]) : pick([true, true, true, null])
  // A CMCD v1 player tells of stalls and not how long anything lasted.
  const measured = pick([true, true, true, true, true, false])
  const playedMs =
    started === false ? 0 : pick([4_000, 45_000, 119_000, 150_000, 900_000, 2_401_000, 7_300_000])
  const ratio = playedMs === 0 ? 0 : pick([0, 0, 0.001, 0.008, 0.015, 0.025, 0.04, 0.07, 0.15, 0.3, 0.6])
  const stalledMs = Math.round((playedMs * ratio) / (1 - ratio))
  return {
    sid: `sample-${index + 1}`,
    startupMs: measured ? pick([200, 900, 2_500, 6_000, 15_000, 45_000]) : null,
    playedMs: measured ? playedMs : null,
    stalls: ratio === 0 ? 0 : pick([1, 2, 4, 9, 25, 80]),
    stalledMs: measured ? stalledMs : null,
    rebufferRatio: measured && playedMs > 0 ? ratio : null,
    avgBitrateKbps: pick([null, 150, 400, 900, 2_200, 4_500, 12_000]),
    switches: pick([0, 0, 1, 3, 12, 60]),
    error,
    ended: pick([true, true, false]),
    started,
    sessions: pick([1, 1, 1, 2, 4]),
    implausible: [],
  }
}
