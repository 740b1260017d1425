import { businessDay } from '../../time-zone.ts'

/** A week or a day of the company, on its own clock. */
export interface Span {
  kind: 'week' | 'day'
  /** '2026-W47' (ISO 8601) or '2026-11-20'. */
  name: string
  /** YYYY-MM-DD, both included. */
  firstDay: string
  lastDay: string
  from: Date
  /** Not included. */
  to: Date
}

/** A span as far as it is counted. */
export interface Counted extends Span {
  /** `to`, or now while the span runs; for a span to compare with, the same moment on its clock. */
  until: Date
}

const WEEK = /^(\d{4})-W(\d{2})$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
const MINUTE = 60_000
const DAY_MS = 86_400_000
/** No clock is further from UTC. */
const FURTHEST_MS = 15 * 3_600_000

/**
 * Reads '2026-W47' or '2026-11-20'.
 * @param zone IANA name of the company's time zone
 * @returns null where there is no such week or day
 */
export function readSpan(name: string, zone: string): Span | null {
  const week = WEEK.exec(name)
  if (week) {
    const monday = mondayOf(Number(week[1]), Number(week[2]))
    return weekOf(monday) === name ? makeSpan('week', name, monday, 7, zone) : null
  }
  if (!DAY.test(name) || !Number(name.slice(0, 4))) return null
  const day = new Date(`${name}T00:00:00Z`)
  return Number.isNaN(day.getTime()) || isoDay(day) !== name ? null : makeSpan('day', name, name, 1, zone)
}

/** The week or day that is over last. */
export function lastSpan(kind: Span['kind'], now: Date, zone: string): Span {
  const today = businessDay(now, zone)
  const name = kind === 'day' ? plusDays(today, -1) : weekOf(plusDays(today, -7))
  return readSpan(name, zone) as Span
}

/** The span next to it, or some further away. */
export function spanBeside(span: Span, steps: number, zone: string): Span {
  const day = plusDays(span.firstDay, steps * (span.kind === 'week' ? 7 : 1))
  return readSpan(span.kind === 'week' ? weekOf(day) : day, zone) as Span
}

/** The same week of the year before (week 53: week 52 where there is none), or the same weekday 52 weeks before. */
export function spanAYearBefore(span: Span, zone: string): Span {
  if (span.kind === 'day') return spanBeside(span, -364, zone)
  const [year, week] = span.name.split('-W') as [string, string]
  const before = String(Number(year) - 1).padStart(4, '0')
  return readSpan(`${before}-W${week}`, zone) ?? (readSpan(`${before}-W52`, zone) as Span)
}

/** How far it is counted; null where it has not begun. */
export function countedUntil(span: Span, now: Date): Counted | null {
  if (span.from >= now) return null
  return { ...span, until: span.to < now ? span.to : now }
}

/** A span to compare with, up to the moment that stands for `counted.until` on its own clock. */
export function comparedWith(other: Span, counted: Counted, zone: string): Counted {
  if (counted.until.getTime() === counted.to.getTime()) return { ...other, until: other.to }
  const today = businessDay(counted.until, zone)
  const passed = daysBetween(counted.firstDay, today)
  const day = plusDays(other.firstDay, passed)
  const until =
    startOfDay(day, zone).getTime() + (counted.until.getTime() - startOfDay(today, zone).getTime())
  return { ...other, until: new Date(Math.min(until, startOfDay(plusDays(day, 1), zone).getTime())) }
}

/** Hours that a clock change made it longer (1) or shorter (-1); 0 for other spans. */
export function clockChange({ from, to, kind }: Span): number {
  return (to.getTime() - from.getTime()) / 3_600_000 - (kind === 'week' ? 168 : 24)
}

/** The first moment of a day: midnight, or later where clocks jump over it. */
export function startOfDay(day: string, zone: string): Date {
  const noon = new Date(`${day}T00:00:00Z`).getTime()
  let before = noon - FURTHEST_MS
  let after = noon + FURTHEST_MS
  while (after - before > MINUTE) {
    const middle = before + Math.floor((after - before) / 2 / MINUTE) * MINUTE
    if (businessDay(new Date(middle), zone) >= day) after = middle
    else before = middle
  }
  return new Date(after)
}

export function plusDays(day: string, days: number): string {
  return isoDay(new Date(new Date(`${day}T00:00:00Z`).getTime() + days * DAY_MS))
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS)
}

/** The ISO 8601 week of a day. */
export function weekOf(day: string): string {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  const thursday = plusDays(day, 3 - weekday)
  const year = thursday.slice(0, 4)
  const week = 1 + Math.floor(daysBetween(`${year}-01-01`, thursday) / 7)
  return `${year}-W${String(week).padStart(2, '0')}`
}

function mondayOf(year: number, week: number): string {
  const fourth = `${String(year).padStart(4, '0')}-01-04`
  const weekday = (new Date(`${fourth}T00:00:00Z`).getUTCDay() + 6) % 7
  return plusDays(fourth, (week - 1) * 7 - weekday)
}

function makeSpan(kind: Span['kind'], name: string, firstDay: string, days: number, zone: string): Span {
  const lastDay = plusDays(firstDay, days - 1)
  return {
    kind,
    name,
    firstDay,
    lastDay,
    from: startOfDay(firstDay, zone),
    to: startOfDay(plusDays(firstDay, days), zone),
  }
}

function isoDay(at: Date): string {
  return at.toISOString().slice(0, 10)
}
