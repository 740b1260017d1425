/**
 * A text with full-width forms, hyphens and spaces of all kinds brought to ASCII, unit by unit: it has the length of
 * the original, so every offset is good for both.
 */
export interface Plain {
  text: string
  hasDigit: boolean
  hasJapanese: boolean
  hasLatin: boolean
}

export interface Span {
  /** Offsets into the original text (UTF-16 units, end exclusive). */
  start: number
  end: number
}

/** Kanji, kana and the marks that stand among them, for character classes. */
export const HAN = '\\u3400-\\u4dbf\\u4e00-\\u9fff々〆ヶヵ'
export const KATAKANA = '\\u30a1-\\u30f4ー・'
export const HIRAGANA = '\\u3041-\\u3096'

const HYPHEN = 45
const LONG_VOWELS = new Set([0x30fc, 0xff70])
const table = buildTable()

function buildTable(): Uint16Array {
  const to = Uint16Array.from({ length: 65536 }, (_, unit) => unit)
  for (let unit = 0xff01; unit <= 0xff5e; unit++) to[unit] = unit - 0xfee0
  const each = (units: string, ascii: number) => {
    for (const unit of units) to[unit.charCodeAt(0)] = ascii
  }
  each('‐‑‒–—―−﹣－⁃˗', HYPHEN)
  each(
    '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t',
    32,
  )
  each('￥', 0xa5)
  each('￡', 0xa3)
  return to
}

export function plainText(source: string): Plain {
  const { length } = source
  let hasDigit = false
  let hasJapanese = false
  let hasLatin = false
  let changed = false
  for (let i = 0; i < length; i++) {
    const unit = source.charCodeAt(i)
    const plain = table[unit] as number
    if (plain !== unit || LONG_VOWELS.has(unit)) changed = true
    if (plain >= 48 && plain <= 57) hasDigit = true
    else if ((plain >= 65 && plain <= 90) || (plain >= 97 && plain <= 122)) hasLatin = true
    else if (plain >= 0x3041 && plain <= 0x9fff) hasJapanese = true
  }
  return { text: changed ? convert(source) : source, hasDigit, hasJapanese, hasLatin }
}

function convert(source: string): string {
  const { length } = source
  const units = new Uint16Array(length)
  for (let i = 0; i < length; i++) units[i] = table[source.charCodeAt(i)] as number
  for (let i = 1; i + 1 < length; i++) {
    // 090ー1234 was typed with the key for long vowels
    if (LONG_VOWELS.has(units[i] as number) && isDigit(units[i - 1]) && isDigit(units[i + 1]))
      units[i] = HYPHEN
  }
  let text = ''
  for (let i = 0; i < length; i += 8192) text += String.fromCharCode(...units.subarray(i, i + 8192))
  return text
}

export function isDigit(unit: number | undefined): boolean {
  return unit !== undefined && unit >= 48 && unit <= 57
}
