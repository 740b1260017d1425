import { type Day, dayOf, existsInYears, nearestMonth, nearestYear, weekdayOf } from './calendar.ts'
import type { FoundDay } from './dates.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?'
const MONTH_FIRST = new RegExp(
  `(?<![a-z])${MONTH} {1,2}(?:the )?(\\d{1,2})(?:st|nd|rd|th)?(?![\\d:%a-z]|[.,]\\d)(?:,? {0,2}((?:19|20)\\d\\d)(?!\\d))?`,
  'gi',
)
const DAY_FIRST = new RegExp(
  `(?<![\\d.,:/$£€¥-])(\\d{1,2})(?:st|nd|rd|th)?(?: of)? {1,2}${MONTH}(?![a-z])(?:,? {0,2}((?:19|20)\\d\\d)(?!\\d))?`,
  'gi',
)
const ORDINAL =
  /(?<![a-z])(?:on|by|since|until|till|from|before) the (\d{1,2})(?:st|nd|rd|th)(?![a-z]| (?:of|time|day|attempt|order|floor|try|parcel|box|item|call|one|page|week))/gi
const WORDS: Record<string, number> = {
  today: 0,
  tonight: 0,
  'this morning': 0,
  'this afternoon': 0,
  'this evening': 0,
  yesterday: -1,
  'last night': -1,
  tomorrow: 1,
  'the day before yesterday': -2,
  'day before yesterday': -2,
  'the day after tomorrow': 2,
  'day after tomorrow': 2,
}
const RELATIVE =
  /(?<![a-z])(?:(?:the )?day (?:before yesterday|after tomorrow)|yesterday|today|tonight|tomorrow|last night|this (?:morning|afternoon|evening))(?![a-z])/gi
const COUNTS: Record<string, number> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
}
const AGO =
  /(?<![a-z\d.,])(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (days?|weeks?|wks?|months?|years?) ago(?![a-z])/gi
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const WEEKDAY =
  /(?<![a-z])(?:(last|this|next|since|by|until|till|before|on) )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday|(?<=(?:last|this|next|since|by|until|till|on) )(?:mon|tues?|wed|thurs?|fri|sat|sun))(?![a-z])/gi

export function findEnglishDates(text: string, now: () => Day, found: FoundDay[]): void {
  const add = (match: RegExpExecArray, day: Day | null, skip = 0) =>
    found.push({ start: match.index + skip, end: match.index + match[0].length, day })
  const addNamed = (match: RegExpExecArray, name: string, date: number, year: string | undefined) => {
    const month = MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1
    if (!existsInYears(month, date)) return
    add(match, year ? dayOf(Number(year), month, date) : nearestYear(now(), month, date))
  }
  for (const match of text.matchAll(MONTH_FIRST)) {
    const [all, month = '', date, year] = match
    // "it may 3 times"
    if (/^ma[yr]$/.test(month) && !/\d(?:st|nd|rd|th)/i.test(all)) continue
    addNamed(match, month, Number(date), year)
  }
  for (const match of text.matchAll(DAY_FIRST)) {
    const [all, date, month = '', year] = match
    if (/^ma[yr]$/.test(month) && !/\d(?:st|nd|rd|th)|of/i.test(all)) continue
    addNamed(match, month, Number(date), year)
  }
  for (const match of text.matchAll(ORDINAL)) {
    const date = Number(match[1])
    if (date >= 1 && date <= 31) add(match, nearestMonth(now(), date), match[0].indexOf('the '))
  }
  for (const match of text.matchAll(RELATIVE)) add(match, now() + (WORDS[match[0].toLowerCase()] ?? 0))
  for (const match of text.matchAll(AGO)) {
    const count = COUNTS[(match[1] as string).toLowerCase()] ?? Number(match[1])
    const unit = (match[2] as string)[0]?.toLowerCase()
    // months and years ago name no day
    add(match, unit === 'd' ? now() - count : unit === 'w' ? now() - 7 * count : null)
  }
  for (const match of text.matchAll(WEEKDAY)) {
    const how = match[1]?.toLowerCase()
    const weekday = WEEKDAYS.indexOf((match[2] as string).slice(0, 3).toLowerCase())
    const named = how === 'last' || how === 'this' || how === 'next'
    add(match, resolveWeekday(how, weekday, now()), how && !named ? how.length + 1 : 0)
  }
}

/** null where people disagree: "next Friday" said on a Wednesday, and a Friday without any word before it. */
function resolveWeekday(how: string | undefined, weekday: number, today: Day): Day | null {
  const ahead = (weekday - weekdayOf(today) + 7) % 7
  const back = (weekdayOf(today) - weekday + 7) % 7 || 7
  if (how === 'last' || how === 'since') return today - back
  if (how === 'this') return weekday >= weekdayOf(today) ? today + ahead : null
  if (how === 'by' || how === 'until' || how === 'till' || how === 'before') return today + (ahead || 7)
  // already gone by this week, so both readings meet
  if (how === 'next') return weekday <= weekdayOf(today) ? today + (ahead || 7) : null
  return null
}
