import type { Plain, Span } from './plain-text.ts'

/** Numbers by which shops and carriers know a parcel. */
export interface ReferenceNumber extends Span {
  kind: 'order' | 'tracking'
  /** Without a leading #, full-width forms made plain. */
  value: string
}

const TOKEN = '[a-z]{0,6}[-_]?\\d[0-9a-z]{0,24}(?:[-_][0-9a-z]{1,20}){0,4}(?![0-9a-z])'
const ENGLISH = new RegExp(
  `(?<![a-z])(?:order|invoice|booking|purchase|confirmation|reference|ref)(?:[ _-]?(number|no|num|nr|id|ref|reference|code))?\\.?(?: {0,2}(?:is|was|it's))? {0,2}([:#=№-]{0,2})[ "'(]{0,2}(#?)(${TOKEN})`,
  'gi',
)
const JAPANESE = new RegExp(
  `(?:注文|受注|オーダー|予約|購入)(番号|ID|No|ナンバー|コード)?\\.?[ はがの:：「『"(【\\[=№]{0,4}(#?)(${TOKEN})`,
  'gi',
)
const TRACKING =
  /(?:[Tt]racking|TRACKING|[Cc]onsignment|[Ww]aybill|追跡|送り状|伝票|問い?合わ?せ番号|会員|型番|品番)(?:番号| ?(?:[Nn]umber|[Nn]o\.?|ID|id|#))?[ はがの:#「]{0,4}(?:is |was )?((?=[A-Z0-9 -]{0,12}\d)[A-Z0-9]{2,30}(?:[ -][A-Z0-9]{2,20}){0,6})/g
const MARKETPLACE = /(?<![\dA-Za-z-])[A-Z]?\d{2,3}-\d{7}-\d{7}(?![\d-])/g
const PREFIXED =
  /(?<![a-z0-9#])(?:ord|order|odr|po|inv)[-_]?\d[0-9a-z]{0,24}(?:[-_][0-9a-z]{1,20}){0,4}(?![0-9a-z])/gi
const HASHED = new RegExp(`(?<![\\w&/#])#(${TOKEN})`, 'gi')

/** What follows a number that counts or costs. */
const COUNTS =
  /^(?:[.,:/]\d|%| ?(?:円|個|本|冊|件|点|台|枚|袋|缶|箱|年|月|日|時|分|回|人|名|万|千|歳|yen|usd|eur|gbp|dollars?|euros?|pounds?|bucks|items?|times|days?|weeks?|hours?|pieces|pcs|units|people|€|£)(?![a-z]))/i
const YEAR = /^(?:19|20)\d\d$/
const DATE = /^(?:19|20)\d\d-\d{1,2}(?:-\d{1,2})?$|^\d{1,2}-\d{1,2}-(?:19|20)?\d\d$/
const COLOUR = /^#(?=\d*[a-f])[0-9a-f]{6}$/i
const OTHER_NUMBER = /(?:flight|train|bus|room|gate|episode|ep|store|channel|page) ?$/i
const PHONE_SHAPED = /^0\d{1,4}-\d{1,4}-\d{3,4}$|^0\d{9,10}$/

/**
 * Order numbers: those that are called so, and those that look like nothing else. Numbers of carriers are found along,
 * so that nobody takes them for a telephone. Not in order; the surer ones first.
 */
export function findReferenceNumbers({ text, hasDigit, hasJapanese, hasLatin }: Plain): ReferenceNumber[] {
  const found: ReferenceNumber[] = []
  if (!hasDigit) return found
  const add = (value: string, end: number, kind: ReferenceNumber['kind'] = 'order') =>
    found.push({ kind, value, start: end - value.length, end })
  for (const match of text.matchAll(TRACKING)) {
    const value = match[1] as string
    if (digitsIn(value) >= 5) add(value, match.index + match[0].length, 'tracking')
  }
  for (const match of text.matchAll(MARKETPLACE)) add(match[0], match.index + match[0].length)
  if (hasJapanese) {
    for (const match of text.matchAll(JAPANESE)) {
      const [all, called, hash, value = ''] = match
      const end = match.index + all.length
      if (isNumber(value, Boolean(called || hash), text, end)) add(value, end)
    }
  }
  if (hasLatin) {
    for (const match of text.matchAll(ENGLISH)) {
      const [all, called, mark = '', hash, value = ''] = match
      const end = match.index + all.length
      if (isNumber(value, Boolean(called || hash || /[:#№]/.test(mark)), text, end)) add(value, end)
    }
    for (const match of text.matchAll(PREFIXED)) {
      if (digitsIn(match[0]) >= 4 && !YEAR.test(match[0].replace(/\D/g, ''))) {
        add(match[0], match.index + match[0].length)
      }
    }
  }
  if (text.includes('#')) {
    for (const match of text.matchAll(HASHED)) {
      const value = match[1] as string
      const end = match.index + match[0].length
      const digits = digitsIn(value)
      const enough = /^\d/.test(value) || /[-_]/.test(value) ? digits >= 4 : digits >= 5
      if (COLOUR.test(match[0]) || OTHER_NUMBER.test(text.slice(Math.max(0, match.index - 12), match.index)))
        continue
      if (enough && !YEAR.test(value) && !DATE.test(value) && !COUNTS.test(text.slice(end, end + 8))) {
        add(value, end)
      }
    }
  }
  return found
}

/** @param called the text says that it is a number, not just "order" */
function isNumber(value: string, called: boolean, text: string, end: number): boolean {
  const digits = digitsIn(value)
  if (digits < (called ? 3 : 4) || DATE.test(value)) return false
  const after = text.slice(end, end + 10)
  if (COUNTS.test(after)) return false
  if (called) return true
  return !YEAR.test(value) && !PHONE_SHAPED.test(value) && !/^ \d{3}/.test(after)
}

function digitsIn(value: string): number {
  let count = 0
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit >= 48 && unit <= 57) count++
  }
  return count
}
