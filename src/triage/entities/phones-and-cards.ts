import { type DigitChain, type DigitGroup, digitChains } from './digit-chains.ts'
import type { Span } from './plain-text.ts'

export interface NumberOfAPerson extends Span {
  kind: 'phone' | 'card'
}

/** How many digits a whole number has, country code included, where that is fixed. */
const INTERNATIONAL: Record<string, [least: number, most: number]> = {
  '1': [11, 11],
  '33': [11, 12],
  '34': [11, 11],
  '39': [11, 13],
  '44': [12, 13],
  '61': [11, 12],
  '81': [11, 13],
  '82': [10, 13],
  '86': [12, 13],
  '91': [12, 13],
}
const CALLED =
  /(?:phone|mobile|cell|call|text me|ring|reach me|whats ?app|(?<![a-z])tel|fax|電話|携帯|ケータイ|けーたい|スマホ|連絡先|☎|📞|📱)[^\d]{0,16}$/i
const CALLED_OTHERWISE =
  /order|track|serial|model|account|part|item|invoice|ref|isbn|注文|伝票|追跡|型番|品番|会員|口座|製造/i
const COUNTED =
  /^(?: ?(?:円|年|月|日|個|本|件|点|台|枚|時|分|秒|回|人|%|gb|mb|kb|kg|ml|km|yen|usd)|[/:]\d|[,.]\d)/i

/** Telephone numbers of many countries, and payment cards that pass their check digit. `text` is plain. */
export function findPhonesAndCards(text: string): NumberOfAPerson[] {
  const found: NumberOfAPerson[] = []
  for (const chain of digitChains(text)) {
    let from = 0
    while (from < chain.groups.length) {
      const length = mayBegin(text, chain, from) ? numberAt(text, chain, from, found) : 0
      from += Math.max(1, length)
    }
  }
  return found
}

/** @returns how many groups belong to the number that begins at group `from` */
function numberAt(text: string, chain: DigitChain, from: number, found: NumberOfAPerson[]): number {
  const { groups } = chain
  const plus = chain.plus && from === 0
  const first = groups[from] as DigitGroup
  const called = isCalledPhone(text, first.start)
  for (const kind of ['card', 'phone'] as const) {
    let longest = 0
    let digits = ''
    for (let to = from; to < groups.length && digits.length <= 20; to++) {
      const group = groups[to] as DigitGroup
      digits += group.digits
      if (!mayEnd(text, group)) continue
      const part = groups.slice(from, to + 1)
      if (kind === 'card' ? isCard(digits, part) : isPhone(digits, part, plus, called))
        longest = to - from + 1
    }
    if (longest === 0) continue
    const last = groups[from + longest - 1] as DigitGroup
    found.push({ kind, start: beginOf(text, first.start, plus), end: last.end })
    return longest
  }
  return 0
}

function beginOf(text: string, start: number, plus: boolean): number {
  const opened = text[start - 1] === '('
  const at = opened ? start - 1 : start
  return plus && text[at - 1] === '+' ? at - 1 : at
}

/** Not within a word, a price, an order number or a longer number. */
function mayBegin(text: string, { plus, groups }: DigitChain, from: number): boolean {
  const { start } = groups[from] as DigitGroup
  if (from > 0) return (groups[from - 1] as DigitGroup).gap.includes(' ')
  const at = beginOf(text, start, plus)
  const before = text[at - 1] ?? ' '
  if (before === '-' || before === '.' || before === '/') return !/[A-Za-z0-9]/.test(text[at - 2] ?? ' ')
  if (/(?<![a-z])(?:tel|fax|phone|ph)$/i.test(text.slice(Math.max(0, at - 6), at))) return true
  return !/[A-Za-z0-9_@#$£€¥:,=]/.test(before) || (before === ':' && !/\d/.test(text[at - 2] ?? ''))
}

function mayEnd(text: string, group: DigitGroup): boolean {
  if (group.gap !== '') return group.gap === ' '
  const after = text.slice(group.end, group.end + 5)
  return !/^[A-Za-z0-9_]|^-[A-Za-z0-9]/.test(after) && !COUNTED.test(after)
}

function isCalledPhone(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 32), start)
  return CALLED.test(before) && !CALLED_OTHERWISE.test(before)
}

function isPhone(digits: string, groups: DigitGroup[], plus: boolean, called: boolean): boolean {
  const sizes = groups.map((group) => group.digits.length)
  if (looksLikeDate(digits, sizes)) return false
  if (plus) return isInternational(digits, sizes)
  if (digits.startsWith('00'))
    return isInternational(digits.slice(2), [(sizes[0] as number) - 2, ...sizes.slice(1)])
  if (/^0[1-9]/.test(digits)) return isNational(digits, sizes)
  const shape = sizes.join()
  if (shape === '3,3,4' && /^[2-9]\d\d[2-9]/.test(digits)) return true
  if (shape === '1,3,3,4' && /^1[2-9]/.test(digits)) return true
  if (shape === '5,5' && /^[6-9]/.test(digits) && groups[0]?.gap !== '.') return true
  return called && digits.length >= 7 && digits.length <= 13 && groups.length <= 5
}

function isInternational(digits: string, sizes: number[]): boolean {
  if (!/^[1-9]/.test(digits)) return false
  const code = Object.keys(INTERNATIONAL).find((each) => digits.startsWith(each)) ?? ''
  const [least, most] = INTERNATIONAL[code] ?? [8, 15]
  if (digits.length < least || digits.length > most) return false
  // one digit alone stands only near the front: +33 6 12 34 56 78
  return sizes.slice(2).every((size) => size > 1)
}

/** With the 0 that is dialled within a country: Japan, Britain, France, Germany. */
function isNational(digits: string, sizes: number[]): boolean {
  const first = sizes[0] as number
  if (sizes.length === 1) return digits.length === 10 || digits.length === 11
  if (first < 2 || first > 5 || sizes.length > 5) return false
  if (sizes.every((size) => size === 2)) return sizes.length === 5
  if (sizes.slice(1).some((size) => size < 2) || (sizes.at(-1) as number) < 3) return false
  const german = sizes.length === 2 && first >= 4 && (sizes[1] as number) >= 7
  return digits.length === 10 || digits.length === 11 || (german && digits.length === 12)
}

function looksLikeDate(digits: string, [first, second, third]: number[]): boolean {
  if (first === 4 && second === 2 && third === 2) return /^(?:19|20)/.test(digits)
  return first === 2 && second === 2 && third === 4 && /^[0-3]\d[01]\d(?:19|20)/.test(digits)
}

const ISSUERS: [RegExp, number[]][] = [
  [/^4/, [16, 19]],
  [/^(?:5[1-5]|2[2-7])/, [16]],
  [/^3[47]/, [15]],
  [/^35/, [16]],
  [/^3[068]/, [14]],
  [/^6(?:011|4|5|2)/, [16, 19]],
]

/** An issuer's first digits, the length that belongs to them, and Luhn's check digit. */
function isCard(digits: string, groups: DigitGroup[]): boolean {
  if (digits.length < 14 || digits.length > 19) return false
  if (groups.slice(1, -1).some((group) => group.digits.length < 4)) return false
  if (!ISSUERS.some(([start, lengths]) => start.test(digits) && lengths.includes(digits.length))) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
