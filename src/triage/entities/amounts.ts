import { isCurrency, minorDigits } from '../../money.ts'
import type { Plain, Span } from './plain-text.ts'

/** What `$` and `¥` alone mean to the customers of a brand. */
export interface Signs {
  $: string
  '¥': string
}

export interface Amount extends Span {
  /** Integer in the smallest unit of the currency: cents, and whole yen. */
  amountMinor: number
  /** ISO 4217. */
  currency: string
}

const CODES = 'USD|EUR|GBP|JPY|INR|AUD|CAD|NZD|SGD|HKD|CNY|KRW|CHF|SEK|DKK|NOK'
const SIGNS: Record<string, string> = {
  us$: 'USD',
  ca$: 'CAD',
  c$: 'CAD',
  au$: 'AUD',
  a$: 'AUD',
  nz$: 'NZD',
  hk$: 'HKD',
  s$: 'SGD',
  '£': 'GBP',
  '€': 'EUR',
  '₹': 'INR',
  '₩': 'KRW',
  rs: 'INR',
  'rs.': 'INR',
}
const WORDS: Record<string, string> = {
  euro: 'EUR',
  quid: 'GBP',
  'pounds sterling': 'GBP',
  rupee: 'INR',
  yen: 'JPY',
  ユーロ: 'EUR',
  ポンド: 'GBP',
  ウォン: 'KRW',
  元: 'CNY',
  '€': 'EUR',
  '£': 'GBP',
}
const NUMBER = '\\d{1,3}(?:[,.]\\d{3}){1,3}(?:[.,]\\d{1,2})?|\\d{1,9}(?:[.,]\\d{1,2})?'
const BEFORE = new RegExp(
  `(?<![\\w$£€¥])((?:us|ca|au|nz|hk|[acs])?\\$|[£€¥₹₩]|rs\\.?|(?:${CODES})) ?(${NUMBER})(?![\\d])(k(?![a-z])|[千万])?(?: ?(${CODES})(?![a-z]))?`,
  'gi',
)
const AFTER = new RegExp(
  `(?<![\\w.,#$£€¥/-])(${NUMBER})(k)? ?(?:(${CODES})|(dollars?|bucks?|euros?|quid|pounds sterling|rupees?|yen)|([€£])|(ドル|ユーロ|ポンド|ウォン|元))(?![a-z])`,
  'gi',
)
const YEN =
  /(?<![\d.,数何幾\w])((?:\d[\d.,]{0,12}|[〇一二三四五六七八九十百千])[\d.,〇一二三四五六七八九十百千万億]{0,12})円(?![形高安卓滑満周陣])/g

/** Sums of money, as integers of minor units. `signs` says what `$` and `¥` mean where nothing else does. */
export function findAmounts({ text, hasDigit, hasJapanese }: Plain, signs: Signs): Amount[] {
  const found: Amount[] = []
  const add = (start: number, end: number, number: string, currency: string, factor: number) => {
    const amountMinor = minorOf(number, currency, factor)
    if (amountMinor !== null) found.push({ start, end, amountMinor, currency })
  }
  if (hasDigit) {
    for (const match of text.matchAll(BEFORE)) {
      const [all, sign = '', number = '', times, code] = match
      add(match.index, match.index + all.length, number, currencyOf(code ?? sign, signs), factorOf(times))
    }
    for (const match of text.matchAll(AFTER)) {
      const [all, number = '', times, code, word, sign, japanese] = match
      const name = (code ?? word ?? sign ?? japanese ?? '').toLowerCase()
      add(match.index, match.index + all.length, number, currencyOf(name, signs), factorOf(times))
    }
  }
  if (hasJapanese && text.includes('円')) {
    for (const match of text.matchAll(YEN)) {
      const yen = readYen(match[1] as string)
      if (yen === null) continue
      found.push({
        start: match.index,
        end: match.index + match[0].length,
        amountMinor: yen,
        currency: 'JPY',
      })
    }
  }
  return found
}

function currencyOf(said: string, signs: Signs): string {
  const name = said.toLowerCase()
  if (name === '$' || /^(?:dollar|buck)/.test(name) || name === 'ドル') return signs.$
  if (name === '¥') return signs['¥']
  const code = said.toUpperCase()
  return isCurrency(code) ? code : (SIGNS[name] ?? WORDS[name] ?? WORDS[name.replace(/s$/, '')] ?? signs.$)
}

function factorOf(times: string | undefined): number {
  if (times === undefined) return 1
  return times === '万' ? 10_000 : 1000
}

/** "1,980", "12.99", "1.234,56" and "3,50" in minor units; null where it is too much to be true. */
function minorOf(number: string, currency: string, factor: number): number | null {
  const decimals = /^(.*)[.,](\d{1,2})$/.exec(number)
  const whole = (decimals?.[1] ?? number).replace(/[.,]/g, '')
  const digits = minorDigits(currency)
  const part = (decimals?.[2] ?? '').padEnd(digits, '0').slice(0, digits)
  // "1.5k" and 「¥1.5万」: the part counts before the thousands are made
  const value =
    factor === 1
      ? Number(whole + part)
      : Math.round(Number(`${whole}.${decimals?.[2] ?? '0'}`) * factor * 10 ** digits)
  return Number.isSafeInteger(value) ? value : null
}

const KANJI = '〇一二三四五六七八九'
const SMALL: Record<string, number> = { 十: 10, 百: 100, 千: 1000 }
const LARGE: Record<string, number> = { 万: 10_000, 億: 100_000_000 }

/** 「1,980」「3千」「1万2千」「1.5万」「三千五百」 in yen; null for what is no number. */
function readYen(written: string): number | null {
  let total = 0
  let section = 0
  let run = ''
  const number = () => {
    const plain = run.replaceAll(',', '')
    run = ''
    return plain === '' ? 1 : Number(plain)
  }
  for (const unit of written) {
    const kanji = KANJI.indexOf(unit)
    if (kanji !== -1) run += String(kanji)
    else if (unit in SMALL) section += number() * (SMALL[unit] as number)
    else if (unit in LARGE) {
      section += run === '' ? (section === 0 ? 1 : 0) : number()
      total += section * (LARGE[unit] as number)
      section = 0
    } else run += unit
  }
  total += section + (run === '' ? 0 : number())
  const yen = Math.round(total)
  return Number.isSafeInteger(yen) && yen > 0 ? yen : null
}
