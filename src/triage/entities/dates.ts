import { type Day, dayIn, dayOf, existsInYears, isoOf, nearestYear } from './calendar.ts'
import { findEnglishDates } from './english-dates.ts'
import { findJapaneseDates } from './japanese-dates.ts'
import type { Plain, Span } from './plain-text.ts'

export interface SaidDate extends Span {
  /** ISO date (YYYY-MM-DD) in the brand's time zone; null where the words could mean several days. */
  date: string | null
}

/** When and where a text was written. */
export interface Written {
  at: Date
  /** IANA name of the brand's time zone. */
  timeZone: string
  /** ISO 639-1. */
  language: string
}

/** A day that was said; null where it could be several. */
export type FoundDay = Span & { day: Day | null }

const FULL = /(?<![\d./-])((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?![\d./-]*\d)/g
const SHORT = /(?<![\d./:$£€¥-])(\d{1,2})([/.-])(\d{1,2})(?:\2((?:20)?\d\d))?(?![\d/]|[.:-]\d|%|st|nd|rd|th)/g
const SPOKEN =
  /(?:\b(?:on|since|by|from|until|till|before|after|dated|due|date|ordered|placed|delivery|delivered|arriv\w{2,3}|expected|of|the) ?:?|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?) ?$/i

/** Dates, absolute and relative, in English and Japanese, resolved as of the day the text was written. */
export function findDates(plain: Plain, written: Written): SaidDate[] {
  const { text, hasDigit, hasJapanese, hasLatin } = plain
  const japanese = written.language === 'ja' || (hasJapanese && written.language !== 'en')
  let today: Day | undefined
  const now = () => {
    today ??= dayIn(written.at, written.timeZone)
    return today
  }
  const found: FoundDay[] = []
  if (hasDigit) {
    for (const match of text.matchAll(FULL)) {
      const day = dayOf(Number(match[1]), Number(match[3]), Number(match[4]))
      if (day !== null) found.push({ start: match.index, end: match.index + match[0].length, day })
    }
    for (const match of text.matchAll(SHORT)) {
      const day = readShort(match, text, japanese, written.timeZone, now)
      if (day !== undefined) found.push({ start: match.index, end: match.index + match[0].length, day })
    }
  }
  if (hasJapanese) findJapaneseDates(text, now, found)
  if (hasLatin) findEnglishDates(text, now, found)
  return found.map(({ start, end, day }) => ({ start, end, date: day === null ? null : isoOf(day) }))
}

/** @returns undefined for what is no date: 1/2, 24/7, 5/5, 3-4, 1.5 */
function readShort(
  match: RegExpExecArray,
  text: string,
  japanese: boolean,
  timeZone: string,
  now: () => Day,
): Day | null | undefined {
  const [all, one = '', separator, two = '', last] = match
  const [first, second] = [Number(one), Number(two)]
  if (last === undefined) {
    if (separator !== '/' || all === '24/7') return undefined
    const after = text.slice(match.index + all.length, match.index + all.length + 3)
    const before = text.slice(Math.max(0, match.index - 14), match.index)
    const padded = one.startsWith('0') || two.startsWith('0')
    if (japanese) {
      if (/^(?:[点個本つ人巻話]|くら|ぐら|しか|以[上下]|の確)/.test(after)) return undefined
    } else if (!padded && !SPOKEN.test(before)) return undefined
  } else if (separator !== '/' && last.length === 2) return undefined
  const year = last === undefined ? null : last.length === 2 ? 2000 + Number(last) : Number(last)
  const read = (month: number, date: number) =>
    year === null ? nearestYear(now(), month, date) : dayOf(year, month, date)
  const monthFirst = existsInYears(first, second)
  const dayFirst = !japanese && existsInYears(second, first)
  if (!monthFirst && !dayFirst) return undefined
  if (!dayFirst || first === second) return read(first, second)
  if (!monthFirst) return read(second, first)
  const order = dateOrder(timeZone)
  if (order === null) return null
  return order === 'month' ? read(first, second) : read(second, first)
}

/** Which number English writers of a region put first; unknown where the brand's home tells nothing. */
function dateOrder(timeZone: string): 'month' | 'day' | null {
  if (
    /^(?:US\/|America\/(?:New_York|Chicago|Denver|Los_Angeles|Phoenix|Detroit|Anchorage|Boise|Indiana))/.test(
      timeZone,
    )
  ) {
    return 'month'
  }
  return /^(?:Europe|Australia|Africa|Pacific\/Auckland|Asia\/(?:Kolkata|Calcutta|Singapore|Dubai|Karachi|Hong_Kong))/.test(
    timeZone,
  )
    ? 'day'
    : null
}
