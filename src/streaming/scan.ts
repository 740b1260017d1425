/** What the intake must know of a report before it stores it. */
export interface ReportHead {
  sid: string | null
  sn: number | null
  state: string | null
}

const KEY_START = 1
const KEY = 2
const DIGIT = 4
const TOKEN_START = 8
const TOKEN = 16
const CLASSES = classes()

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const EQUALS = 0x3d
const OPEN = 0x28
const CLOSE = 0x29
const SEMICOLON = 0x3b
const SPACE = 0x20

/** Keys that a report is known by, each with the longest text that is taken; a subset of CTA-5004-B. */
const TEXTS: Record<string, number> = { sid: 64, cid: 128, e: 64, ot: 8, sta: 8 }
const MOST_DIGITS = 15

/**
 * Reads a report of the shape that players send (`bl=(0),br=(876),cid="…",e=ps,sid="…",sn=13,sta=r,ts=…,v=2`) without
 * taking it apart: a fraction of what `decodeReport` costs. It is strict rather than complete.
 * @returns null for anything out of the ordinary, which `decodeReport` then judges; what is read here `decodeReport`
 * reads too, and alike
 */
export function scanReport(cmcd: string): ReportHead | null {
  const length = cmcd.length
  const texts: Record<string, string> = {}
  let sn: number | null = null
  let at = 0
  while (true) {
    const keyAt = at
    if (!is(cmcd, at, KEY_START)) return null
    while (is(cmcd, at, KEY)) at++
    const keyEnd = at
    if (cmcd.charCodeAt(at) === EQUALS) {
      at++
      const valueAt = at
      at = afterValue(cmcd, at)
      if (at === -1) return null
      // Only short keys are looked at; all that matter here are.
      if (keyEnd - keyAt <= 3) {
        const key = cmcd.slice(keyAt, keyEnd)
        const longest = TEXTS[key]
        if (longest !== undefined) {
          const text = textOf(cmcd, valueAt, at)
          if (text === null || text === '' || text.length > longest || texts[key] !== undefined) return null
          texts[key] = text
        } else if (key === 'sn') {
          if (sn !== null || !is(cmcd, valueAt, DIGIT)) return null
          sn = Number(cmcd.slice(valueAt, at))
        }
      }
    } else if (isText(cmcd.slice(keyAt, keyEnd))) return null
    if (at === length) break
    if (cmcd.charCodeAt(at) !== COMMA) return null
    at++
  }
  // Without its session it is out of the ordinary; and so there is one known key at least.
  if (texts.sid === undefined) return null
  const state = texts.sta ?? null
  if (state !== null && !(state.length === 1 && 'spkrawefqd'.includes(state))) return null
  return { sid: texts.sid, sn, state }
}

function isText(key: string): boolean {
  return key === 'sn' || TEXTS[key] !== undefined
}

function is(text: string, at: number, kind: number): boolean {
  const code = text.charCodeAt(at)
  return code < 128 && ((CLASSES[code] as number) & kind) !== 0
}

/** Where the value that begins here ends; -1 where it is not a plain one. */
function afterValue(text: string, at: number): number {
  if (text.charCodeAt(at) !== OPEN) return afterItem(text, at)
  at++
  if (text.charCodeAt(at) === CLOSE) return at + 1
  while (true) {
    at = afterItem(text, at)
    if (at === -1) return -1
    if (text.charCodeAt(at) === SEMICOLON) {
      at++
      if (!is(text, at, KEY_START)) return -1
      while (is(text, at, KEY)) at++
    }
    const code = text.charCodeAt(at)
    at++
    if (code === CLOSE) return at
    if (code !== SPACE) return -1
  }
}

/** A string without escapes, a whole number without a sign, or a token. */
function afterItem(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return afterString(text, at + 1)
  const start = at
  if (is(text, at, DIGIT)) {
    while (is(text, at, DIGIT)) at++
    return at - start > MOST_DIGITS ? -1 : at
  }
  if (!is(text, at, TOKEN_START)) return -1
  while (is(text, at, TOKEN)) at++
  return at
}

function afterString(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code < SPACE || code === BACKSLASH || code > 0x7e) return -1
  }
  return -1
}

/** The text of a string or token; null of anything else. */
function textOf(text: string, start: number, end: number): string | null {
  if (text.charCodeAt(start) === QUOTE) return text.slice(start + 1, end - 1)
  return is(text, start, TOKEN_START) ? text.slice(start, end) : null
}

/** The characters of structured fields (RFC 9651), by what they may be part of. */
function classes(): Uint8Array {
  const table = new Uint8Array(128)
  const mark = (characters: string, kind: number) => {
    for (const character of characters) {
      const code = character.charCodeAt(0)
      table[code] = (table[code] as number) | kind
    }
  }
  const lower = 'abcdefghijklmnopqrstuvwxyz'
  const digits = '0123456789'
  mark(`${lower}*`, KEY_START)
  mark(`${lower}${digits}_-.*`, KEY)
  mark(digits, DIGIT)
  mark(`${lower}${lower.toUpperCase()}*`, TOKEN_START)
  mark(`${lower}${lower.toUpperCase()}${digits}_!#$%&'*+-.^\`|~:/`, TOKEN)
  return table
}
