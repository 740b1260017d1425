import {
  type Day,
  dayOf,
  existsInYears,
  inMonth,
  nearestMonth,
  nearestYear,
  partsOf,
  weekdayOf,
} from './calendar.ts'
import type { FoundDay } from './dates.ts'

const YEAR = /(?<!\d)((?:19|20)\d\d|(?:令和|平成)(?:\d{1,2}|元))年 ?(\d{1,2})月 ?(\d{1,2})日/g
const MONTH = /(?<![\d年])(\d{1,2})月 ?(\d{1,2})日(?!間)/g
const NAMED_MONTH = /(先々月|先月|前月|今月|来月|再来月)の?(\d{1,2})日(?!間)/g
const DATE =
  /(?<![\d月年/.-])(\d{1,2})日(?=[（(](?:[月火水木金土日])[)）]|(?:に|から|まで|着|付|夜|朝|頃|ごろ|の(?:夜|朝|午|昼|夕|時点|配|注|予))(?![1-9]回|かけ|なる|なり|わた|渡))/g
const DAYS_AGO =
  /(?<!\d)(\d{1,3}|[一二三四五六七八九十]|数)(日|週間|か月|ヶ月|カ月|ヵ月|年)(前|後)(?!後|倒|払)/g
const WEEK = /(先々週|先週|前週|今週|来週|再来週)の?([月火水木金土日])曜日?/g
const WEEKDAY = /(?:(前の|この前の|こないだの|次の|今度の)?([月火水木金土日])曜日?)/g
const WORDS: Record<string, number> = {
  一昨日: -2,
  おととい: -2,
  おとつい: -2,
  昨日: -1,
  きのう: -1,
  昨夜: -1,
  昨晩: -1,
  ゆうべ: -1,
  今日: 0,
  本日: 0,
  きょう: 0,
  今朝: 0,
  今晩: 0,
  今夜: 0,
  明日: 1,
  あした: 1,
  明朝: 1,
  明後日: 2,
  あさって: 2,
  明々後日: 3,
}
const RELATIVE =
  /一昨日|おととい|おとつい|昨日|きのう(?!こ)|昨夜|昨晩|ゆうべ|今日|本日|きょう(?!だい|り|み)|今朝|今晩|今夜|明後日|明々後日|明日|あした|明朝|あさって/g
const WEEKS: Record<string, number> = { 先々週: -14, 先週: -7, 前週: -7, 今週: 0, 来週: 7, 再来週: 14 }
const MONTHS: Record<string, number> = { 先々月: -2, 先月: -1, 前月: -1, 今月: 0, 来月: 1, 再来月: 2 }
const ERAS: Record<string, number> = { 令和: 2018, 平成: 1988 }
const KANJI = '一二三四五六七八九十'
const SUNDAY = 6

export function findJapaneseDates(text: string, now: () => Day, found: FoundDay[]): void {
  const add = (match: RegExpExecArray, day: Day | null) =>
    found.push({ start: match.index, end: match.index + match[0].length, day })
  if (text.includes('日')) {
    for (const match of text.matchAll(YEAR)) {
      const day = dayOf(readYear(match[1] as string), Number(match[2]), Number(match[3]))
      if (day !== null) add(match, day)
    }
    for (const match of text.matchAll(MONTH)) {
      const [month, date] = [Number(match[1]), Number(match[2])]
      if (existsInYears(month, date)) add(match, nearestYear(now(), month, date))
    }
    for (const match of text.matchAll(NAMED_MONTH)) {
      const { year, month } = partsOf(now())
      add(match, inMonth(year, month + (MONTHS[match[1] as string] ?? 0), Number(match[2])))
    }
    for (const match of text.matchAll(DATE)) {
      const date = Number(match[1])
      if (date >= 1 && date <= 31) add(match, nearestMonth(now(), date))
    }
  }
  for (const match of text.matchAll(DAYS_AGO)) {
    const [, count = '', unit, way] = match
    const number = KANJI.includes(count) ? KANJI.indexOf(count) + 1 : Number(count)
    const days = unit === '日' ? number : unit === '週間' ? number * 7 : Number.NaN
    add(match, Number.isNaN(days) ? null : now() + (way === '前' ? -days : days))
  }
  for (const match of text.matchAll(WEEK)) {
    const [, week = '', name = ''] = match
    const weekday = '月火水木金土日'.indexOf(name)
    const monday = now() - weekdayOf(now()) + (WEEKS[week] ?? 0)
    // half of Japan begins the week on Sunday
    add(match, weekday === SUNDAY ? null : monday + weekday)
  }
  for (const match of text.matchAll(WEEKDAY)) {
    const [, how, name = ''] = match
    const weekday = '月火水木金土日'.indexOf(name)
    const back = (weekdayOf(now()) - weekday + 7) % 7 || 7
    const ahead = (weekday - weekdayOf(now()) + 7) % 7 || 7
    add(match, how === undefined ? null : /前|こない/.test(how) ? now() - back : now() + ahead)
  }
  for (const match of text.matchAll(RELATIVE)) add(match, now() + (WORDS[match[0]] ?? 0))
}

function readYear(written: string): number {
  const era = ERAS[written.slice(0, 2)]
  if (era === undefined) return Number(written)
  return era + (written.endsWith('元') ? 1 : Number(written.slice(2)))
}
