import type { CountedContact } from '../../src/voice/index.ts'
import { type Random, seeded } from './random.ts'

/**
 * A year of contacts of a made-up company in Berlin: a shop with evening films. Products differ in size by orders of
 * magnitude, have seasons, hours and codes of their own, come (with a rush) and go; days are better and worse for
 * everybody and for each product; there are sales, holidays, two clock changes, days on which parcels are late, and
 * people who say the same thing ten times. Nothing of this is an incident.
 */
export interface YearOptions {
  seed: number
  /** Expected number without incidents (default 5,000,000). */
  contacts?: number
  products?: number
  incidents?: number
}

export type Stratum = 'anywhere' | 'busy product' | 'night' | 'season edge' | 'new product'

/** A planted incident: `added` contacts of one product within three hours, at random moments. */
export interface Incident {
  product: string
  start: Date
  end: Date
  stratum: Stratum
  /** Contacts of the product that were to be expected in these hours. */
  base: number
  added: number
  /** Null: with the codes that the product has anyway, which is harder to see. */
  code: string | null
}

export interface Year {
  incidents: Incident[]
  /** When parcels are late everywhere: signals of that code are true then. */
  waves: { code: string; start: Date; end: Date }[]
  /** When products came, by name; those that were there all along are not in it. */
  launches: Map<string, Date>
  /** Hour by hour, each in the order of time. */
  hours(): Generator<CountedContact[]>
}

export const ZONE = 'Europe/Berlin'
const FIRST_HOUR = Date.UTC(2026, 0, 1) / 3_600_000
const HOURS = 365 * 24
const INCIDENT_HOURS = 3
/** The watch learns before. */
const FIRST_INCIDENT_DAY = 28

const CODES: [string, number][] = [
  ['delivery.late', 20],
  ['delivery.missing', 8],
  ['delivery.conduct', 2],
  ['packaging.damage', 9],
  ['packaging.excess', 2],
  ['item.wrong', 5],
  ['item.defective', 10],
  ['item.incomplete', 3],
  ['item.listing', 2],
  ['streaming.quality', 4],
  ['streaming.playback_error', 3],
  ['billing.charge', 4],
  ['billing.refund', 6],
  ['order.cancel', 4],
  ['order.return', 6],
  ['order.replacement', 2],
  ['account.access', 3],
  ['site.bug', 3],
  ['service.conduct', 1],
  ['feedback.praise', 5],
  ['feedback.suggestion', 3],
  ['question', 15],
]
const LATE = 0

const SALES: [number, number, number][] = [
  [5, 12, 1.4],
  [188, 190, 2],
  [330, 334, 2.2],
  [338, 357, 1.5],
]
const HOLIDAYS = [0, 92, 95, 120, 133, 144, 275, 358, 359]

interface Product {
  name: string
  weight: number
  evening: boolean
  season: number
  phase: number
  weekend: number
  /** Days of the year. */
  launch: number
  end: number
  codes: Float64Array
}

/** The same year for the same options. */
export function syntheticYear(options: YearOptions): Year {
  const { seed, contacts = 5_000_000, products: count = 1000, incidents: planted = 50 } = options
  const random = seeded(seed)
  const products = Array.from({ length: count }, (_, n) => makeProduct(n, random))
  const walls = wallClock()
  const waveStarts = [50, 140, 215, 300].map((day) => (day + random.below(10)) * 24 + 6)
  scaleTo(contacts, products, walls)
  const incidents = plantAll(planted, products, walls, random)
  return {
    incidents,
    waves: waveStarts.map((start) => ({
      code: 'delivery.late',
      start: timeOf(start),
      end: timeOf(start + 60),
    })),
    launches: new Map(
      products.flatMap(({ name, launch }) => (launch > 0 ? [[name, timeOf(launch * 24)] as const] : [])),
    ),
    hours: () => hoursOf(products, walls, waveStarts, incidents, seeded(seed + 1_000_003)),
  }
}

interface Wall {
  hour: number
  weekday: number
  day: number
}

function wallClock(): Wall[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' })
  return Array.from({ length: HOURS }, (_, hour) => {
    const local = new Date(`${format.format(timeOf(hour)).replace(' ', 'T')}Z`)
    const day = Math.floor((local.getTime() - Date.UTC(2026, 0, 1)) / 86_400_000)
    return { hour: local.getUTCHours(), weekday: (local.getUTCDay() + 6) % 7, day }
  })
}

function timeOf(hour: number): Date {
  return new Date((FIRST_HOUR + hour) * 3_600_000)
}

function makeProduct(n: number, random: Random): Product {
  const evening = random.next() < 0.3
  const shares = CODES.map(([code, share]) => {
    const fits = code.startsWith('streaming') ? evening : !evening || !/^(delivery|packaging|item)/.test(code)
    return (fits ? share : share * 0.03) * Math.exp(0.5 * random.normal())
  })
  const fate = random.next()
  return {
    name: `p${String(n).padStart(4, '0')}`,
    weight: Math.exp(1.4 * random.normal()),
    evening,
    season: 0.6 * random.next(),
    phase: random.next(),
    weekend: Math.exp(0.2 * random.normal()),
    launch: fate < 0.08 ? 30 + random.below(320) : Number.NEGATIVE_INFINITY,
    end: fate > 0.97 ? 60 + random.below(300) : Number.POSITIVE_INFINITY,
    codes: cumulated(shares),
  }
}

function cumulated(shares: readonly number[]): Float64Array {
  const total = shares.reduce((sum, share) => sum + share, 0)
  let sum = 0
  return Float64Array.from(shares, (share) => {
    sum += share / total
    return sum
  })
}

/** Contacts expected of a product in an hour, without the noise of days. */
function meanOf(product: Product, hour: number, wall: Wall): number {
  const day = hour / 24
  if (day < product.launch || day > product.end) return 0
  const age = day - product.launch
  const rush = Number.isFinite(age) ? Math.min(1, (age + 0.1) * 1.5) * (1 + 2 * Math.exp(-age / 8)) : 1
  const season = 1 + product.season * Math.sin(2 * Math.PI * (day / 365 + product.phase))
  const restDay = wall.weekday >= 5 || HOLIDAYS.includes(wall.day)
  const sale = SALES.find(([from, to]) => wall.day >= from && wall.day <= to)?.[2] ?? 1
  const week = restDay ? (product.evening ? 1.5 : 0.75) * product.weekend : 1
  return (
    product.weight * rush * season * sale * week * ((product.evening ? EVENING : DAY)[wall.hour] as number)
  )
}

/** By hour of the day: people shop and complain by day; films are watched in the evening. */
const DAY = curve([
  [9, 0.6, 2],
  [13, 1, 3],
  [20, 1.6, 2.5],
])
const EVENING = curve([
  [14, 0.4, 4],
  [21, 2.4, 1.8],
])

function curve(peaks: [number, number, number][]): number[] {
  return Array.from({ length: 24 }, (_, hour) => {
    const at = (peak: number) => Math.min(Math.abs(hour - peak), 24 - Math.abs(hour - peak))
    return (
      0.08 +
      peaks.reduce((sum, [peak, height, width]) => sum + height * Math.exp(-((at(peak) / width) ** 2)), 0)
    )
  })
}

function scaleTo(contacts: number, products: Product[], walls: Wall[]): void {
  let sum = 0
  for (const [hour, wall] of walls.entries())
    for (const product of products) sum += meanOf(product, hour, wall)
  for (const product of products) product.weight *= contacts / sum
}

function plantAll(count: number, products: Product[], walls: Wall[], random: Random): Incident[] {
  const taken = new Map<string, number[]>()
  return Array.from({ length: count }, (_, n) => {
    const stratum = stratumOf(n / count)
    for (;;) {
      const incident = plant(stratum, n % 2 === 0, products, walls, random)
      if (!incident) continue
      const others = taken.get(incident.product) ?? []
      const start = incident.start.getTime()
      if (others.some((other) => Math.abs(other - start) < 10 * 86_400_000)) continue
      taken.set(incident.product, [...others, start])
      return incident
    }
  }).sort((one, other) => one.start.getTime() - other.start.getTime())
}

function stratumOf(share: number): Stratum {
  if (share < 0.4) return 'anywhere'
  if (share < 0.6) return 'busy product'
  if (share < 0.76) return 'night'
  return share < 0.9 ? 'season edge' : 'new product'
}

function choose(stratum: Stratum, products: Product[], random: Random): Product {
  let pool = products
  if (stratum === 'busy product')
    pool = products.toSorted((a, b) => b.weight - a.weight).slice(0, Math.ceil(products.length / 20))
  if (stratum === 'new product') pool = products.filter(({ launch }) => launch > 0 && launch < 340)
  // a small company may have no new products
  if (pool.length === 0) pool = products
  return pool[random.below(pool.length)] as Product
}

function plant(
  stratum: Stratum,
  oneCode: boolean,
  products: Product[],
  walls: Wall[],
  random: Random,
): Incident | null {
  const product = choose(stratum, products, random)
  let hour = (FIRST_INCIDENT_DAY + random.next() * (364 - FIRST_INCIDENT_DAY)) * 24
  if (stratum === 'season edge') {
    const edge = SALES[1 + random.below(SALES.length - 1)] as [number, number, number]
    hour = ((random.next() < 0.5 ? edge[0] : edge[1] + 1) + random.next() * 1.5) * 24
  }
  if (product.launch > 0 && stratum === 'new product') hour = (product.launch + 0.5 + random.next() * 20) * 24
  const wall = walls[Math.floor(hour)]
  const last = walls[Math.floor(hour) + INCIDENT_HOURS]
  if (!wall || !last || (stratum === 'night' && (wall.hour < 1 || wall.hour > 3))) return null
  if (hour / 24 < product.launch || hour / 24 > product.end) return null
  const base = expectedBetween(product, hour, hour + INCIDENT_HOURS, walls)
  const code = oneCode ? (product.evening ? 'streaming.playback_error' : 'item.defective') : null
  const added = Math.ceil(12 + 6 * Math.sqrt(base))
  return {
    product: product.name,
    start: timeOf(hour),
    end: timeOf(hour + INCIDENT_HOURS),
    stratum,
    base,
    added,
    code,
  }
}

function expectedBetween(product: Product, from: number, to: number, walls: Wall[]): number {
  let sum = 0
  for (let hour = Math.floor(from); hour < to; hour++) {
    const part = Math.min(to, hour + 1) - Math.max(from, hour)
    sum += part * meanOf(product, hour, walls[hour] as Wall)
  }
  return sum
}

/** How much better or worse a day is: of everybody, and of one product. */
const DAY_NOISE = 0.08
const PRODUCT_NOISE = 0.1
/** How often a month somebody says the same up to fifteen times within an hour. */
const NAGGERS_A_MONTH = 60

function* hoursOf(
  products: Product[],
  walls: Wall[],
  waves: number[],
  incidents: Incident[],
  random: Random,
): Generator<CountedContact[]> {
  const byName = new Map(products.map((product) => [product.name, product]))
  const extra = new Map<number, CountedContact[]>()
  const put = (contact: CountedContact) => {
    const hour = Math.floor(contact.at.getTime() / 3_600_000) - FIRST_HOUR
    extra.set(hour, [...(extra.get(hour) ?? []), contact])
  }
  let person = 0
  const contact = (at: number, product: Product, code: number): CountedContact => ({
    at: new Date(at),
    product: product.name,
    title: null,
    code: (CODES[code] as [string, number])[0],
    severity: 1,
    person: `c${person++}`,
  })
  const codeOf = ({ codes }: Product) => {
    const at = random.next()
    let n = 0
    while (n < codes.length - 1 && (codes[n] as number) < at) n++
    return n
  }
  for (const incident of incidents) {
    const product = byName.get(incident.product) as Product
    for (let n = 0; n < incident.added; n++) {
      const at = incident.start.getTime() + random.next() * INCIDENT_HOURS * 3_600_000
      put({ ...contact(at, product, codeOf(product)), ...(incident.code && { code: incident.code }) })
    }
  }
  for (let n = 0; n < NAGGERS_A_MONTH * 12; n++) {
    const product = products[random.below(products.length)] as Product
    const hour = random.next() * (HOURS - 2)
    if (hour / 24 < product.launch || hour / 24 > product.end) continue
    const first = contact((FIRST_HOUR + hour) * 3_600_000, product, 6)
    for (let again = 3 + random.below(13); again > 0; again--)
      put({ ...first, at: new Date(first.at.getTime() + random.next() * 3_600_000) })
  }
  let day = -1
  let noise: number[] = []
  for (const [hour, wall] of walls.entries()) {
    if (wall.day !== day) {
      day = wall.day
      const all = Math.exp(DAY_NOISE * random.normal())
      noise = products.map(() => all * Math.exp(PRODUCT_NOISE * random.normal()))
    }
    const late = waves.reduce((most, start) => Math.max(most, waveAt(hour - start)), 0)
    const contacts = extra.get(hour) ?? []
    const from = timeOf(hour).getTime()
    for (const [n, product] of products.entries()) {
      const mean = meanOf(product, hour, wall) * (noise[n] as number)
      for (let left = random.poisson(mean); left > 0; left--)
        contacts.push(contact(from + random.next() * 3_600_000, product, codeOf(product)))
      if (late > 0) {
        const share = product.codes[LATE] as number
        for (let left = random.poisson(mean * share * late); left > 0; left--)
          contacts.push(contact(from + random.next() * 3_600_000, product, LATE))
      }
    }
    yield contacts.sort((one, other) => one.at.getTime() - other.at.getTime())
  }
}

/** Late parcels come to twice as many again within half a day, stay for a day and go. */
function waveAt(hours: number): number {
  if (hours < 0 || hours > 60) return 0
  return 1.5 * Math.min(1, hours / 12, (60 - hours) / 24)
}
