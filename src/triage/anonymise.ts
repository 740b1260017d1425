import { findReferenceNumbers } from './entities/order-numbers.ts'
import { claimPersonal } from './entities/personal-data.ts'
import { plainText, type Span } from './entities/plain-text.ts'
import { createTaken } from './entities/taken.ts'
import { findPeople } from './people.ts'
import { readThrough } from './read-through.ts'

export interface AnonymiseOptions {
  /** Names that the writer is known by, such as the author's: found wherever they stand as words of their own. */
  names?: readonly string[]
}

/** Longer texts are cut here first. */
const MOST_CHARACTERS = 8_000
const MOST_PASSES = 3
const SHORTEST_NAME = 2
const LONG_NUMBER = /\d(?:[ \n\-./・,_*~()|:+#]{0,3}\d){6,}/g
/** Amounts, days, times and versions are long numbers that tell nothing of a person. */
const HARMLESS_NUMBER =
  /(?<![\d.,:/-])(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|\d{1,2}:\d\d(?::\d\d)?(?: ?[-~] ?\d{1,2}:\d\d)?|(?:19|20)\d\d(?:[ -](?:19|20)\d\d)+|[1-9]\d?(?:\.\d{1,4}){2,3})(?![\d/:-]|[.,]\d)/g
const FEWEST_DIGITS = 7
const NUMBER_IN_WORDS =
  /(?<![a-z])(?:(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)[ ,.-]{0,2}){7,}(?![a-z])/gi
const NUMBER_IN_KANJI =
  /[〇零一二三四五六七八九](?:[ \-ー・の]?[〇零一二三四五六七八九]){6,}|[れゼぜ][いロろ](?:[ \-・]?(?:ゼロ|ぜろ|れい|いち|に|さん|よん|ご|ろく|なな|はち|きゅう)){6,}/g
const CODE_OF_LETTERS_AND_DIGITS =
  /(?<![A-Za-z0-9])(?=(?:[A-Za-z_-]{0,40}\d){6})(?=[\d_-]{0,40}[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+){0,8}(?![A-Za-z0-9])/g
const LINK =
  /(?:https?|ftp):\/\/[^\s<>「」『』（）()、。]{1,2000}|(?<![\w@.])www\.[^\s<>「」『』、。]{3,2000}/gi
const BARE_LINK = /(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,12}\/[\w#?=&%./~+-]{1,500}/gi
const HANDLE = /@[\w]{1,30}(?:@[\w-]{1,60}(?:\.[\w-]{1,60})+)?/g
const HANDLE_ELSEWHERE =
  /(?<![a-z])(?:line|insta(?:gram)?|ig|twitter|telegram|discord|tiktok|snap(?:chat)?|wechat|kakao(?:talk)?|facebook|fb|skype|whats ?app|インスタ|ライン|ディスコード|ツイッター)(?: ?(?:id|name|handle|account|user(?:name)?|アカウント|垢|ID))?(?: ?[:=]+ ?| is | id | ?[はが] ?|[ はが]*@)([a-z0-9._][a-z0-9._#-]{2,40})/gi
const MAIL_WITH_SPACES =
  /[A-Za-z0-9][A-Za-z0-9._%+。｡-]{0,63} {0,3}@ {0,3}[A-Za-z0-9-]{1,63}(?: {0,2}[.。｡] {0,2}[A-Za-z0-9-]{1,63}){1,4}/g
const MAIL_LETTER_BY_LETTER =
  /(?:[A-Za-z0-9._+-] +){2,40}@ *(?:[A-Za-z0-9-] *){2,40}[.。｡] *(?:[A-Za-z] *){2,10}(?![A-Za-z])/g
const BORN =
  /(?:d\.?o\.?b\.?|date of birth|birth ?da(?:y|te)|born(?: on| in)?|生年月日|誕生日|生まれ)[^\d\n]{0,12}(\d[\d /.,年月日-]{3,16}(?:日|\d)|(?:\d{1,2}(?:st|nd|rd|th)? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?,? ?\d{0,4})/gi
const BORN_BEFORE = /((?:19|20)\d\d[年/.-]\d{1,2}[月/.-]\d{1,2}日?) ?(?:生まれ|生れ)/g
const ADDRESS_OF_A_MACHINE =
  /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/g

/**
 * A text as other departments may read it: whoever wrote it, is named in it, or can be reached through it is replaced by
 * what it was (`[phone]`, `[mail]`, `[card]`, `[account]`, `[address]`, `[postcode]`, `[name]`, `[order]`, `[number]`,
 * `[handle]`, `[link]`, `[born]`). Goes further than `maskPersonalData`, which keeps what the desk needs, and sees
 * through invisible characters, digits of other scripts and spaces within a mail address. Rather takes a harmless number
 * away than leaves a telephone in. Names in passing of which nothing says that they are names stay: no pattern finds
 * them, so texts are pseudonymous, not anonymous. Never throws; time grows with length only.
 */
export function anonymise(text: string, { names = [] }: AnonymiseOptions = {}): string {
  let masked = anonymiseOnce(text.slice(0, MOST_CHARACTERS).toWellFormed(), names)
  // what stood half within something else is seen once that is gone
  for (let again = 0; again < MOST_PASSES; again++) {
    const next = anonymiseOnce(masked, [])
    if (next === masked) break
    masked = next
  }
  return masked
}

function anonymiseOnce(source: string, names: readonly string[]): string {
  const seen = readThrough(source)
  const plain = plainText(seen.text)
  const taken = createTaken(plain.text.length)
  const found: (Span & { kind: string })[] = []
  const add = (kind: string, spans: Iterable<Span>) => {
    for (const { start, end } of spans) if (taken.claim({ start, end })) found.push({ kind, start, end })
  }
  const each = (kind: string, ...patterns: RegExp[]) => {
    for (const pattern of patterns) add(kind, matchesOf(plain.text, pattern))
  }
  each('link', LINK)
  each('mail', MAIL_LETTER_BY_LETTER, MAIL_WITH_SPACES)
  each('born', BORN, BORN_BEFORE)
  const { personal, orders } = claimPersonal(plain, findReferenceNumbers(plain), taken)
  found.push(...personal, ...orders.map((order) => ({ ...order, kind: 'order' })))
  each('link', BARE_LINK)
  each('handle', HANDLE, HANDLE_ELSEWHERE)
  add('name', knownNames(plain.text, names))
  add('name', findPeople(plain.text))
  each('number', ADDRESS_OF_A_MACHINE, CODE_OF_LETTERS_AND_DIGITS)
  const numbers = matchesOf(plain.text, LONG_NUMBER).filter(
    ({ start, end }) =>
      plain.text.slice(start, end).replace(HARMLESS_NUMBER, '').replace(/\D/g, '').length >= FEWEST_DIGITS,
  )
  add('number', numbers)
  each('number', NUMBER_IN_WORDS, NUMBER_IN_KANJI)
  return found.length === 0 ? source : replaced(source, found, seen.from)
}

/** Where a pattern is found; only its group, where it has one. */
function matchesOf(text: string, pattern: RegExp): Span[] {
  return Array.from(text.matchAll(pattern), (match) => {
    const said = match[1] ?? match[0]
    const start = match[1] === undefined ? match.index : match.index + match[0].lastIndexOf(said)
    return { start, end: start + said.length }
  })
}

/** "Will" is a name and "will" is not: a word with one capital is looked for as it is written. */
const CAPITALISED = /^[A-ZÀ-Ý][a-zà-ÿ'’]+$/

function knownNames(text: string, names: readonly string[]): Span[] {
  return names.flatMap((name) => {
    const said = plainText(readThrough(name).text).text.trim()
    if (said.length < SHORTEST_NAME || /^\d*$/.test(said)) return []
    const asWritten = CAPITALISED.test(said)
    const wanted = asWritten ? said : said.toLowerCase()
    const within = asWritten ? text : text.toLowerCase()
    const spans: Span[] = []
    for (let at = within.indexOf(wanted); at !== -1; at = within.indexOf(wanted, at + wanted.length)) {
      const end = at + wanted.length
      if (!continues(within, at - 1, at) && !continues(within, end - 1, end)) spans.push({ start: at, end })
    }
    return spans
  })
}

/** Whether two places are within one word of letters and digits that are written with spaces around. */
function continues(text: string, before: number, after: number): boolean {
  const word = /[A-Za-z0-9À-ɏ]/
  return word.test(text[before] ?? ' ') && word.test(text[after] ?? ' ')
}

/** @param from where each unit of the text that was looked through stands in the source */
function replaced(source: string, found: (Span & { kind: string })[], from: Uint32Array): string {
  let masked = ''
  let place = 0
  for (const { kind, start, end } of found.sort((a, b) => a.start - b.start)) {
    masked += `${source.slice(place, from[start])}[${kind}]`
    place = from[end] as number
  }
  return masked + source.slice(place)
}
