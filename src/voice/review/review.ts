import type { Store } from '../../store/database.ts'
import {
  type AnswerTimes,
  answerTimes,
  codeNames,
  countCodes,
  countThings,
  countUnplaced,
  firstContact,
  newestVoices,
  type RefundSum,
  type ReviewFilter,
  type ReviewVoice,
  refundSums,
  type ThingCount,
} from '../../store/review-counts.ts'
import { isBehind, weeksBefore } from '../../store/review-days.ts'
import type { BothLanguages } from '../../store/schema.ts'
import { ordersWithin } from '../../store/shop-orders.ts'
import { type Compared, compareAll, compareRates } from '../change.ts'
import { testWeek } from '../signals/farrington.ts'
import {
  type Counted,
  comparedWith,
  countedUntil,
  plusDays,
  type Span,
  spanAYearBefore,
  spanBeside,
} from './span.ts'

/** Weeks from which it is learnt how much weeks vary. */
const HISTORY_WEEKS = 5 * 53
/** Fewer say too little about it. */
const ENOUGH_WEEKS = 10
const THINGS = 3

export interface Names extends BothLanguages {
  department: string
  /** 'unknown': history holds it, and no taxonomy that was ever read here. */
  state: 'current' | 'renamed' | 'removed' | 'unknown'
}

/** What a number is held against; null where that span holds nothing that could be compared. */
export interface Held extends Compared {
  count: number
}

export interface ReviewLine {
  code: string
  name: Names
  /** Older names under which history holds some of them. */
  formerly: string[]
  contacts: number
  severe: number
  /** Per 1,000 orders; null where the shop did not tell. */
  rate: number | null
  before: Held | null
  yearBefore: Held | null
  things: ThingCount[]
  answers: AnswerTimes | null
  refunds: RefundSum[]
  voices: ReviewVoice[]
}

/** Why there is nothing to compare with: no contact was ever written by then, or none in that span alone. */
export type Gap = 'not-yet' | 'empty' | null

export interface Review {
  span: Span
  zone: string
  filter: ReviewFilter
  /** How far it is counted; null: it has not begun, and nothing else is told. */
  counted: Counted | null
  before: Counted
  yearBefore: Counted
  gaps: { before: Gap; yearBefore: Gap }
  /** All codes, and those that a department owns where one was asked for. */
  total: Omit<ReviewLine, 'code' | 'name' | 'formerly' | 'things' | 'voices'>
  /** The most contacts first; codes with none now that had some in the span before are there too. */
  lines: ReviewLine[]
  orders: number | null
  /** Contacts left out by a filter, because their country or language is unknown. */
  unplaced: number
  /** Whether it is known how much weeks vary; if not, chance is taken to be that of dice. */
  knowsSpread: boolean
  /** Whether older weeks are still being added up. */
  isBehind: boolean
  /** Contacts of each code in the weeks up to this span's own, the oldest first. */
  trend: { weeks: string[]; counts: Map<string, number[]> }
}

export interface ReviewOptions {
  span: Span
  zone: string
  filter?: ReviewFilter
  now?: Date
  /** Only codes that this department owns. */
  department?: string | null
  /** Raw voices for each code. */
  voices?: number
}

/**
 * What customers said in a week or a day of the company, by code, beside the span before and the year before. The spans
 * themselves are counted from the contacts, always anew; from added-up days comes only how much weeks vary.
 */
export async function reviewOf(store: Store, options: ReviewOptions): Promise<Review> {
  const { span, zone, now = new Date(), department = null, voices = 0 } = options
  const filter = options.filter ?? { country: null, language: null }
  const counted = countedUntil(span, now)
  const reference = counted ?? { ...span, until: span.to }
  const before = comparedWith(spanBeside(span, -1, zone), reference, zone)
  const yearBefore = comparedWith(spanAYearBefore(span, zone), reference, zone)
  const none: Review = {
    span,
    zone,
    filter,
    counted,
    before,
    yearBefore,
    gaps: { before: null, yearBefore: null },
    total: { contacts: 0, severe: 0, rate: null, before: null, yearBefore: null, answers: null, refunds: [] },
    lines: [],
    orders: null,
    unplaced: 0,
    knowsSpread: true,
    isBehind: false,
    trend: { weeks: [], counts: new Map() },
  }
  if (!counted) return none
  const monday = mondayOf(span.firstDay)
  const at = [span.from, counted.until, filter] as const
  const [rows, rowsBefore, rowsYear, things, answers, refunds, unplaced, names, first, history, behind] =
    await Promise.all([
      countCodes(store, ...at),
      countCodes(store, before.from, before.until, filter),
      countCodes(store, yearBefore.from, yearBefore.until, filter),
      countThings(store, ...at, THINGS),
      answerTimes(store, ...at),
      refundSums(store, ...at),
      countUnplaced(store, ...at),
      codeNames(store),
      firstContact(store),
      weeksBefore(store, monday, HISTORY_WEEKS, filter),
      isBehind(store, zone),
    ])
  const [orders, ordersBefore, ordersYear] = await Promise.all(
    [counted, before, yearBefore].map((each) => ordersIn(store, each, filter)),
  )
  const owns = (code: string) => department === null || names.get(code)?.department === department
  const gapOf = (each: Counted, found: readonly unknown[]): Gap =>
    found.length > 0 ? null : first === null || first >= each.until ? 'not-yet' : 'empty'
  const gaps = { before: gapOf(before, rowsBefore), yearBefore: gapOf(yearBefore, rowsYear) }
  const countOf = (from: typeof rows, code: string) => from.find((row) => row.code === code)?.contacts ?? 0
  const codes = [...new Set([...rows, ...rowsBefore, ...refunds].map(({ code }) => code))].filter(owns)
  const spreads = new Map(
    codes.map((code) => [code, spreadOf(history.counts.get(code), plusDays(monday, -7))]),
  )
  const hold = (
    other: Counted,
    gap: Gap,
    found: typeof rows,
    otherOrders: number | null | undefined,
  ): (Held | null)[] => {
    if (gap !== null) return codes.map(() => null)
    const known = orders && otherOrders
    const exposure = known ? [orders, otherOrders] : [hoursOf(counted), hoursOf(other)]
    const pairs = codes.map((code) => ({
      now: { count: countOf(rows, code), exposure: exposure[0] as number },
      before: { count: countOf(found, code), exposure: exposure[1] as number },
      spread: spreads.get(code) ?? 1,
    }))
    return compareAll(pairs).map((each, n) => ({ ...each, count: pairs[n]?.before.count ?? 0 }))
  }
  const against = hold(before, gaps.before, rowsBefore, ordersBefore)
  const againstYear = hold(yearBefore, gaps.yearBefore, rowsYear, ordersYear)
  const shown = [...codes].sort((a, b) => countOf(rows, b) - countOf(rows, a) || (a < b ? -1 : 1))
  const said = await newestVoices(store, ...at, shown, voices)
  const lines = shown.map((code): ReviewLine => {
    const n = codes.indexOf(code)
    const contacts = countOf(rows, code)
    return {
      code,
      name: nameOf(names, code),
      formerly: rows.find((row) => row.code === code)?.formerly ?? [],
      contacts,
      severe: rows.find((row) => row.code === code)?.severe ?? 0,
      rate: rateOf(contacts, orders),
      before: against[n] ?? null,
      yearBefore: againstYear[n] ?? null,
      things: things.filter((thing) => thing.code === code),
      answers: answers.find((each) => each.code === code) ?? null,
      refunds: refunds.filter((each) => each.code === code),
      voices: said.filter((voice) => voice.code === code),
    }
  })
  const contacts = sum(lines.map((line) => line.contacts))
  const series = sumSeries(history, codes)
  const spread = spreadOf(series, plusDays(monday, -7))
  const all = (
    gap: Gap,
    other: Counted,
    found: typeof rows,
    otherOrders: number | null | undefined,
  ): Held | null => {
    if (gap !== null) return null
    const known = orders && otherOrders
    const count = sum(found.filter(({ code }) => owns(code)).map((row) => row.contacts))
    const change = compareRates(
      { count: contacts, exposure: known ? orders : hoursOf(counted) },
      { count, exposure: known ? otherOrders : hoursOf(other) },
      spread ?? 1,
    )
    const isReal = change.chance <= 0.05 && change.ratio !== null
    const verdict = !isReal ? 'noise' : (change.ratio as number) > 1 ? 'more' : 'less'
    return { ...change, adjusted: change.chance, verdict, count }
  }
  return {
    ...none,
    gaps,
    total: {
      contacts,
      severe: sum(lines.map((line) => line.severe)),
      rate: rateOf(contacts, orders),
      before: all(gaps.before, before, rowsBefore, ordersBefore),
      yearBefore: all(gaps.yearBefore, yearBefore, rowsYear, ordersYear),
      // waits of several codes can not be put together from their medians
      answers: department === null ? (answers.find((each) => each.code === null) ?? null) : null,
      refunds: addUp(refunds.filter(({ code }) => owns(code))),
    },
    lines,
    orders: orders ?? null,
    unplaced,
    knowsSpread: history.weeks.length >= ENOUGH_WEEKS,
    isBehind: behind,
    trend: {
      weeks: [...history.weeks, monday],
      counts: new Map(
        lines.map(({ code, contacts: now }) => [
          code,
          [...(history.counts.get(code) ?? history.weeks.map(() => 0)), now],
        ]),
      ),
    },
  }
}

/** Orders of a whole span; of one that still runs nobody knows all. A language has none. */
function ordersIn(store: Store, span: Counted, { country, language }: ReviewFilter): Promise<number | null> {
  if (language !== null || span.until < span.to) return Promise.resolve(null)
  return ordersWithin(store, span.firstDay, span.lastDay, country)
}

/** Variance ÷ mean of the weeks of a code, its seasons apart; null where too little is known. */
function spreadOf(series: readonly number[] | undefined, lastWeek: string): number | null {
  if (!series || series.length < ENOUGH_WEEKS) return null
  return testWeek(series, new Date(`${lastWeek}T00:00:00Z`))?.spread ?? null
}

function sumSeries({ weeks, counts }: Review['trend'], codes: readonly string[]): number[] {
  return weeks.map((_, n) => sum(codes.map((code) => counts.get(code)?.[n] ?? 0)))
}

function rateOf(contacts: number, orders: number | null | undefined): number | null {
  return orders ? (contacts / orders) * 1000 : null
}

function hoursOf({ from, until }: Counted): number {
  return Math.max(1 / 60, (until.getTime() - from.getTime()) / 3_600_000)
}

function addUp(refunds: readonly RefundSum[]): RefundSum[] {
  const sums = new Map<string, RefundSum>()
  for (const each of refunds) {
    const known = sums.get(each.currency) ?? { code: '', currency: each.currency, refunds: 0, minor: 0 }
    sums.set(each.currency, {
      ...known,
      refunds: known.refunds + each.refunds,
      minor: known.minor + each.minor,
    })
  }
  return [...sums.values()]
}

function nameOf(names: Awaited<ReturnType<typeof codeNames>>, code: string): Names {
  const known = names.get(code)
  return known ?? { en: code, ja: code, department: '', state: 'unknown' }
}

/** The Monday of a day's week. */
export function mondayOf(day: string): string {
  return plusDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
