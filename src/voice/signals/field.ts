import { type Prior, shapeOf } from './baseline.ts'
import { type Look, WINDOWS } from './look.ts'
import {
  close,
  createWatched,
  type Kind,
  LAG_HOURS,
  type Part,
  partCount,
  RING,
  type Watched,
} from './watched.ts'

/** The company's activity of some hours is believed as if so many contacts had come as expected. */
const ACTIVITY_PRIOR = 40
/** A whole hour that is over says more of itself. */
const CLOSED_ACTIVITY_PRIOR = 20
/** How a key's hours differ from the company's is learnt when the company's are known. */
const SHAPES_AFTER_HOURS = 336
/** Nothing at all where at least so many were to be expected: nobody listened, and such hours teach nothing. */
const SILENCE = { expected: 10, hours: 12 }
/** A product without history: half a contact's worth of knowledge. Products differ by orders of magnitude. */
const PRIOR_SIZE = 0.5
/** The codes of a product are those of the company until it has so many contacts of its own. */
const PART_PRIOR = 30
/** Codes come and go on a product more than its contacts do. */
const PART_SPREAD = 0.02
/** The spread is thought to be this until so many squared expectations have been seen. */
const FIRST_SPREAD = { spread: 0.02, squares: 10 }

export interface KeysOfKind {
  keys: Map<string, Watched>
  prior: Prior
  spread: number
}

/** Everything that is watched, and the hours of the company. */
export interface Field {
  kinds: Record<Kind, KeysOfKind>
  company: Watched
  /** The first hour of all, and the newest. */
  began: number
  hour: number
  /** How much of the newest hour has gone by, 0 to 1. */
  fraction: number
  /** By hour modulo `RING`: contacts expected of the company, and the hour of the week. */
  expected: Float64Array
  cells: Int16Array
}

const KINDS: Kind[] = ['company', 'product', 'title', 'code']
const ONES = new Float64Array(RING).fill(1)

export function createField(hour: number): Field {
  const kinds = {
    company: noKeys(),
    product: noKeys(),
    title: noKeys(),
    code: noKeys(),
  }
  const company = createWatched('company', '', hour, kinds.company.prior, kinds.company.spread)
  kinds.company.keys.set('', company)
  const field = { kinds, company, began: hour, hour: hour - 1, fraction: 0 }
  return { ...field, expected: new Float64Array(RING).fill(1), cells: new Int16Array(RING) }
}

function noKeys(): KeysOfKind {
  return { keys: new Map(), prior: { rate: 1, size: PRIOR_SIZE }, spread: FIRST_SPREAD.spread }
}

export function keyOf(field: Field, kind: Kind, name: string): Watched {
  const { keys, prior, spread } = field.kinds[kind]
  let found = keys.get(name)
  if (!found) {
    found = createWatched(kind, name, field.hour, prior, spread)
    keys.set(name, found)
  }
  return found
}

/** Opens the next hour, `cell` of the week, and takes the one that leaves the scan into what is usual. */
export function nextHour(field: Field, cell: number): void {
  field.hour++
  const leaving = field.hour - LAG_HOURS
  if (leaving >= field.began && !isSilent(field, leaving)) {
    for (const kind of KINDS) closeAll(field, kind, leaving)
  }
  const place = field.hour % RING
  field.cells[place] = cell
  for (const kind of KINDS) {
    for (const watched of field.kinds[kind].keys.values()) {
      watched.counts[place] = 0
      ;(watched.touched[place] as Part[]).length = 0
      watched.shapes[place] = shapeOf(watched.baseline, cell)
    }
  }
  field.expected[place] = field.company.rate * (field.company.shapes[place] as number)
}

/** Whether an hour is one of a run without any contact that is too long to be chance. */
function isSilent({ company, expected, hour, began }: Field, asked: number): boolean {
  let sum = 0
  for (const step of [-1, 1]) {
    for (
      let h = step < 0 ? asked : asked + 1;
      h < hour && h >= began && h > asked - SILENCE.hours;
      h += step
    ) {
      if (company.counts[h % RING] !== 0) break
      sum += expected[h % RING] as number
    }
  }
  return sum >= SILENCE.expected
}

function closeAll(field: Field, kind: Kind, hour: number): void {
  const { keys, prior, spread } = field.kinds[kind]
  const place = hour % RING
  const cell = field.cells[place] as number
  const seen = field.company.counts[place] as number
  const expected = field.expected[place] as number
  const learnsShape = kind === 'company' || hour - field.began >= SHAPES_AFTER_HOURS
  let rates = 0
  let beyond = 0
  let squares = 0
  for (const watched of keys.values()) {
    if (watched.baseline.since > hour) continue
    const own = watched.rate * (watched.shapes[place] as number) * expected
    const others = seen - (watched.counts[place] as number)
    const activity =
      kind === 'company' ? 1 : expected * activityOf(others, expected - own, 1, CLOSED_ACTIVITY_PRIOR)
    close(watched, { hour, cell, activity, learnsShape, prior, pooledSpread: spread })
    rates += watched.rate
    beyond += watched.baseline.beyond
    squares += watched.baseline.squares
  }
  if (keys.size === 0) return
  if (kind !== 'company') field.kinds[kind].prior = { rate: rates / keys.size, size: PRIOR_SIZE }
  const first = FIRST_SPREAD.spread * FIRST_SPREAD.squares
  field.kinds[kind].spread = Math.max(0, (beyond + first) / (squares + FIRST_SPREAD.squares))
}

/** How busy the others are, as a multiple of what is expected of them; shrunk to `usual`. */
function activityOf(seen: number, expected: number, usual: number, prior = ACTIVITY_PRIOR): number {
  return (seen + prior * usual) / (Math.max(0, expected) + prior)
}

/** Counts and expectations of the windows that end now. */
export function lookAt(field: Field, watched: Watched, into: Look): void {
  const { company, hour } = field
  const isCompany = watched === company
  const activity = isCompany ? ONES : field.expected
  const known = 1 / (watched.baseline.count + field.kinds[watched.kind].prior.size)
  // a short window is believed to be as busy as the last hours were
  const lately = isCompany ? 1 : activityLately(field, watched)
  let seen = 0
  let seenOfAll = 0
  let units = 0
  let ofAll = 0
  let next = 0
  for (let back = 0; next < WINDOWS.length; back++) {
    const place = (hour - back) % RING
    const part = back === 0 ? field.fraction : 1
    if (hour - back >= field.began) {
      seen += watched.counts[place] as number
      seenOfAll += company.counts[place] as number
      units += (watched.shapes[place] as number) * (activity[place] as number) * part
      ofAll += (field.expected[place] as number) * part
    }
    if (back !== WINDOWS[next]) continue
    const own = watched.rate * units
    into.seen[next] = seen
    into.expected[next] = isCompany ? own : own * activityOf(seenOfAll - seen, ofAll - own, lately)
    into.variance[next] = known + watched.spread + (isCompany ? 0 : 1 / (ofAll + ACTIVITY_PRIOR))
    next++
  }
}

/** How busy all others were in the last full hours. */
function activityLately({ company, hour, expected: ofAll }: Field, watched: Watched): number {
  let seen = 0
  let expected = 0
  for (let back = 1; back < LAG_HOURS; back++) {
    const place = (hour - back) % RING
    const own = watched.rate * (watched.shapes[place] as number)
    seen += (company.counts[place] as number) - (watched.counts[place] as number)
    expected += (ofAll[place] as number) * (1 - own)
  }
  return activityOf(seen, expected, 1)
}

/**
 * The same for a code within a product or title, as a share of what is expected of that. A code that everybody has
 * more of is expected more here too.
 * @param whole the look at the product or title  @param ofCode the look at the code in the company
 */
export function lookAtPart(
  field: Field,
  watched: Watched,
  part: Part,
  looks: { whole: Look; ofCode: Look },
  into: Look,
): void {
  const { whole, ofCode } = looks
  const own = partCount(watched, part) + PART_PRIOR * usualShare(field, part.code)
  const share = own / (watched.baseline.count + PART_PRIOR)
  let seen = 0
  let next = 0
  for (let back = 0; next < WINDOWS.length; back++) {
    if (field.hour - back >= field.began) seen += part.counts[(field.hour - back) % RING] as number
    if (back !== WINDOWS[next]) continue
    const expected = share * (whole.expected[next] as number)
    const wave = activityOf(
      (ofCode.seen[next] as number) - seen,
      (ofCode.expected[next] as number) - expected,
      1,
    )
    into.seen[next] = seen
    into.expected[next] = expected * Math.max(1, wave)
    into.variance[next] = 1 / own + (whole.variance[next] as number) + PART_SPREAD
    next++
  }
}

/** A code's share of the company's contacts; of a code never seen, one in fifty. */
function usualShare({ kinds, company }: Field, code: string): number {
  return ((kinds.code.keys.get(code)?.baseline.count ?? 0) + 0.5) / (company.baseline.count + 25)
}
