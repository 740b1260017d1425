import type { Language } from './i18n.ts'
import { translate } from './i18n.ts'

const LOCALES = { en: 'en-GB', ja: 'ja-JP' } as const

/** A price of an API call: millionths of a US dollar, to a tenth of a cent. */
export function formatPrice(microUsd: number): string {
  return `$${(microUsd / 1_000_000).toFixed(3)}`
}

export function formatNumber(language: Language, value: number): string {
  return new Intl.NumberFormat(LOCALES[language]).format(value)
}

/** A date and time in UTC; the page's script turns it into the reader's own time zone. */
export function formatTime(language: Language, at: Date): string {
  return `${new Intl.DateTimeFormat(LOCALES[language], {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    hour12: false,
  }).format(at)} UTC`
}

/** An ISO date for people: "Tue, 17 Nov 2026", 「2026年11月17日(火)」. */
export function formatDay(language: Language, date: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${date}T00:00:00Z`))
}

/** An ISO date in a column of days: "Tue 17", 「17日(火)」. */
export function formatWeekday(language: Language, date: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    weekday: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${date}T00:00:00Z`))
}

/** "5 minutes ago" and 「5分前」 */
export function formatAgo(language: Language, at: Date, now = new Date()): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const size = Math.abs(seconds)
  if (size < 45) return translate(language, 'time.now')
  if (size < 3600) return format.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return format.format(Math.round(seconds / 3600), 'hour')
  return format.format(Math.round(seconds / 86_400), 'day')
}

export interface Clock {
  /** 'calm' more than half the target left, 'soon', 'late' past it. */
  level: 'calm' | 'soon' | 'late'
  text: string
  /** Share of the target that has passed, 0..100. */
  passed: number
  /** ISO times, from which the page keeps the clock going. */
  since: string
  due: string
}

/** How a case stands against its first-response target. */
export function clockOf(language: Language, since: Date, due: Date, now = new Date()): Clock {
  const leftMs = due.getTime() - now.getTime()
  const wholeMs = Math.max(1, due.getTime() - since.getTime())
  const passed = Math.round(Math.min(1, Math.max(0, 1 - leftMs / wholeMs)) * 100)
  const size = spanOf(language, Math.abs(leftMs))
  return {
    level: leftMs < 0 ? 'late' : leftMs < wholeMs / 2 ? 'soon' : 'calm',
    text: translate(language, leftMs < 0 ? 'clock.over' : 'clock.left', { span: size }),
    passed,
    since: since.toISOString(),
    due: due.toISOString(),
  }
}

/** A length of time to its largest unit: "under a minute", "5 min", "3 h". */
export function spanOf(language: Language, ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return translate(language, 'clock.underMinute')
  if (minutes < 120) return translate(language, 'clock.minutes', { count: minutes })
  if (minutes < 2880) return translate(language, 'clock.hours', { count: Math.floor(minutes / 60) })
  return translate(language, 'clock.days', { count: Math.floor(minutes / 1440) })
}

/** "3.2 s", from 100 seconds on "4:05" or "1:40:00"; a dash where nobody knows. */
export function formatSeconds(ms: unknown): string {
  if (typeof ms !== 'number') return '–'
  const seconds = Math.round(ms / 1000)
  if (seconds < 100) return `${(ms / 1000).toFixed(1)} s`
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** Strangers' words without what turns the writing around (bidi overrides) or climbs out of its line (zalgo). */
export function calm(text: string): string {
  return text.replace(/[\u202A-\u202E\u2066-\u2069]/g, '').replace(/(\p{M}{3})\p{M}+/gu, '$1')
}
