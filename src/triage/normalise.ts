/** Characters of a post that are looked at; X's longest posts have 25,000, complaints say it early. */
export const READ_LIMIT = 4000

/**
 * A post in the one form that every matcher reads: lower case, NFKC, words between single spaces, Japanese
 * unspaced, digits as `0`, sentence marks as `. , ! ?`, emoji as words of their own; handles, URLs, markup
 * and invisible characters gone.
 */
export interface Canonical {
  /** UTF-16 units; only the first `length` count. Shared between calls: valid until the next call. */
  codes: Uint16Array
  /** Offset in the original text of each unit. */
  origin: Int32Array
  length: number
  /** Offset after the last original character that was read. */
  read: number
  letters: number
  kana: number
  han: number
  latin: number
  hangul: number
  other: number
  urls: number
  emoji: number
  exclamations: number
  questions: number
  shouted: number
  /** Accounts that it names. */
  handles: number
}

const SPACE = 32
/** o, e, l, f */
const DOUBLED = new Set([111, 101, 108, 102])
const codes = new Uint16Array(READ_LIMIT * 4 + 16)
const origin = new Int32Array(READ_LIMIT * 4 + 16)

/** Kinds of UTF-16 units. */
const K = {
  space: 0,
  latin: 1,
  digit: 2,
  kana: 3,
  han: 4,
  stop: 5,
  comma: 6,
  bang: 7,
  ask: 8,
  skip: 9,
} as const
const KIND = {
  hangul: 10,
  other: 11,
  symbol: 12,
  surrogate: 13,
  compat: 14,
  at: 15,
  hash: 16,
  amp: 17,
  lt: 18,
  mark: 19,
  quote: 20,
} as const
const kindOf = buildKinds()

function buildKinds(): Uint8Array {
  const kinds = new Uint8Array(65536).fill(KIND.other)
  const set = (from: number, to: number, kind: number) => kinds.fill(kind, from, to + 1)
  set(0, 8, K.skip)
  set(9, 32, K.space)
  set(14, 31, K.skip)
  set(33, 127, K.space)
  set(48, 57, K.digit)
  set(65, 90, K.latin)
  set(97, 122, K.latin)
  set(0x7f, 0x9f, K.skip)
  set(0xa0, 0xbf, K.space)
  set(0xc0, 0x24f, K.latin)
  set(0x300, 0x36f, KIND.mark)
  set(0x1ab0, 0x1aff, KIND.mark)
  set(0x1dc0, 0x1dff, KIND.mark)
  set(0x1e00, 0x1eff, K.latin)
  set(0x20d0, 0x20ff, K.skip)
  set(0x2000, 0x200a, K.space)
  set(0x200b, 0x200f, K.skip)
  set(0x2010, 0x2027, K.space)
  set(0x2028, 0x2029, K.stop)
  set(0x202a, 0x206f, K.skip)
  set(0x2070, 0x218f, KIND.compat)
  set(0x2190, 0x2bff, KIND.symbol)
  set(0x3000, 0x303f, K.space)
  set(0x3041, 0x3096, K.kana)
  set(0x3099, 0x309a, KIND.mark)
  set(0x309d, 0x309e, K.kana)
  set(0x30a1, 0x30fa, K.kana)
  set(0x30fc, 0x30fe, K.kana)
  set(0x3200, 0x33ff, KIND.compat)
  set(0x3400, 0x4dbf, K.han)
  set(0x4e00, 0x9fff, K.han)
  set(0xac00, 0xd7a3, KIND.hangul)
  set(0x1100, 0x11ff, KIND.hangul)
  set(0xd800, 0xdfff, KIND.surrogate)
  set(0xe000, 0xf8ff, K.skip)
  set(0xf900, 0xfaff, KIND.compat)
  set(0xfe00, 0xfe0f, K.skip)
  set(0xff00, 0xffef, KIND.compat)
  const each = (characters: string, kind: number) => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind
  }
  each('.。…‥\n\r', K.stop)
  each(',、;:—', K.comma)
  each('!', K.bang)
  each('?', K.ask)
  each("'’‘`´", KIND.quote)
  each('々〆ヶ', K.han)
  each('@', KIND.at)
  each('#', KIND.hash)
  each('&', KIND.amp)
  each('<', KIND.lt)
  each('\ufeff\u00ad\u061c\ufffd', K.skip)
  each('\u203c\u2049', K.bang)
  return kinds
}

function isWordUnit(unit: number): boolean {
  return (
    (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 95
  )
}

/**
 * Brings a text into the canonical form. Never throws, reads at most `READ_LIMIT` characters in one pass.
 * The result is overwritten by the next call.
 */
export function canonicalise(source: string): Canonical {
  const end = Math.min(source.length, READ_LIMIT)
  const out: Canonical = {
    codes,
    origin,
    length: 0,
    read: end,
    letters: 0,
    kana: 0,
    han: 0,
    latin: 0,
    hangul: 0,
    other: 0,
    urls: 0,
    emoji: 0,
    exclamations: 0,
    questions: 0,
    shouted: 0,
    handles: 0,
  }
  let n = 0
  let last = 0 // kind of what was written last: 0 space, 1 latin or digit, 2 unspaced script
  let tripled = 0
  let upperRun = 0
  let inHashtag = false

  const space = (at: number) => {
    if (n > 0 && codes[n - 1] === SPACE) return
    codes[n] = SPACE
    origin[n++] = at
    last = 0
  }
  const put = (unit: number, at: number, kind: number) => {
    if (last !== kind && last !== 0) space(at)
    if (n > 1 && codes[n - 1] === unit && codes[n - 2] === unit && kind === 1) {
      // "sooo" and "needddd": a letter said three times is meant once, those that words often double twice
      if (!DOUBLED.has(unit)) {
        n--
        tripled = unit
      }
      return
    }
    if (kind === 1 && unit === tripled && n > 0 && codes[n - 1] === unit) return
    tripled = 0
    codes[n] = unit
    origin[n++] = at
    last = kind
  }
  const mark = (unit: number, at: number) => {
    space(at)
    if (n > 1 && codes[n - 2] === unit && (n < 3 || codes[n - 3] === SPACE)) return
    codes[n] = unit
    origin[n++] = at
    space(at)
  }
  const letter = (unit: number, at: number) => {
    let lower = unit
    if (unit >= 65 && unit <= 90) {
      lower = unit + 32
      if (inHashtag && last === 1 && upperRun === 0) space(at)
      upperRun++
      if (upperRun === 4) out.shouted++
    } else {
      if (unit >= 0xc0) lower = String.fromCharCode(unit).toLowerCase().charCodeAt(0)
      upperRun = 0
    }
    if (last === 1 && n > 0 && codes[n - 1] === 48) space(at)
    put(lower, at, 1)
    out.latin++
  }
  const unspaced = (unit: number, at: number) => {
    const before = n > 0 ? codes[n - 1] : 0
    if (
      unit === before &&
      (unit === 0x30fc || unit === 0x3063 || unit === 0x30c3 || (unit >= 0x3041 && unit <= 0x304a))
    ) {
      if (unit === 0x30fc || (n > 1 && codes[n - 2] === unit)) return
    }
    put(unit, at, 2)
  }
  const digit = (at: number) => {
    if (last === 1 && n > 0 && codes[n - 1] === 48) return
    if (last !== 0) space(at)
    put(48, at, 1)
  }

  space(0)
  let i = 0
  while (i < end) {
    const unit = source.charCodeAt(i)
    const kind = kindOf[unit] as number
    const at = i
    i++
    if (kind !== K.latin && kind !== K.digit) upperRun = 0
    switch (kind) {
      case K.latin: {
        if ((unit === 104 || unit === 72 || unit === 119 || unit === 87) && last === 0) {
          const skipped = urlLength(source, at, end)
          if (skipped > 0) {
            i = at + skipped
            out.urls++
            space(at)
            break
          }
        }
        letter(unit, at)
        break
      }
      case K.space:
        if (unit === 0x301c || unit === 0x7e) break // a wave after a word only lengthens it
        space(at)
        inHashtag = false
        break
      case K.digit: {
        digit(at)
        while (i < end) {
          const next = source.charCodeAt(i)
          const joins = next === 46 || next === 44 || next === 58
          if (kindOf[next] === K.digit) i++
          else if (joins && i + 1 < end && kindOf[source.charCodeAt(i + 1)] === K.digit) i += 2
          else break
        }
        break
      }
      case K.kana:
        out.kana++
        unspaced(unit, at)
        break
      case K.han:
        out.han++
        unspaced(unit, at)
        break
      case KIND.hangul:
        out.hangul++
        put(unit, at, 2)
        break
      case K.stop:
        mark(46, at)
        inHashtag = false
        break
      case K.comma:
        mark(44, at)
        break
      case K.bang:
        out.exclamations++
        mark(33, at)
        break
      case K.ask:
        out.questions++
        mark(63, at)
        break
      case K.skip:
        break
      case KIND.mark:
        // a voiced mark belongs to the kana before it; any other accent is dropped, however high it is piled
        if ((unit === 0x3099 || unit === 0x309a) && n > 0 && last === 2) {
          const joined = String.fromCharCode(codes[n - 1] as number, unit).normalize('NFC')
          if (joined.length === 1) codes[n - 1] = joined.charCodeAt(0)
        }
        break
      case KIND.quote:
        if (!(last === 1 && i < end && kindOf[source.charCodeAt(i)] === K.latin)) space(at)
        break
      case KIND.at: {
        let to = i
        while (to < end && isWordUnit(source.charCodeAt(to))) to++
        if (to > i) {
          i = to
          out.handles++
        }
        space(at)
        break
      }
      case KIND.hash:
        space(at)
        inHashtag = true
        break
      case KIND.amp: {
        const semicolon = source.indexOf(';', i)
        if (semicolon > 0 && semicolon - i <= 6 && isWordUnit(source.charCodeAt(semicolon - 1))) {
          const entity = source.slice(i, semicolon)
          i = Math.min(semicolon + 1, end)
          if (entity === '#39' || entity === 'apos') break
        }
        space(at)
        break
      }
      case KIND.lt: {
        const next = i < end ? source.charCodeAt(i) : 0
        if (kindOf[next] === K.latin || next === 47 || next === 33) {
          let to = i
          const bound = Math.min(end, i + 200)
          while (to < bound && source.charCodeAt(to) !== 62) to++
          if (to < bound) i = to + 1
        }
        space(at)
        break
      }
      case KIND.symbol:
        space(at)
        out.emoji++
        put(unit, at, 1)
        space(at)
        break
      case KIND.surrogate: {
        const low = i < end ? source.charCodeAt(i) : 0
        if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff) break
        i++
        if (unit === 0xd83c && low >= 0xdffb) break // skin tone
        if (unit === 0xd835 || (unit === 0xd83c && low <= 0xdd8f)) {
          // styled letters ("𝗯𝗮𝗱") are letters
          const plain = source.slice(at, i).normalize('NFKC')
          if (plain.length === 1 && kindOf[plain.charCodeAt(0)] === K.latin) letter(plain.charCodeAt(0), at)
          break
        }
        if (unit >= 0xd840 && unit <= 0xd884) {
          out.han++
          break
        }
        out.emoji++
        space(at)
        codes[n] = unit
        origin[n++] = at
        codes[n] = low
        origin[n++] = at + 1
        last = 1
        space(i)
        break
      }
      case KIND.compat: {
        // half-width kana take their voiced mark along
        let cluster = source[at] as string
        const next = i < end ? source.charCodeAt(i) : 0
        if (next === 0xff9e || next === 0xff9f) {
          cluster += source[i]
          i++
        }
        const plain = cluster.normalize('NFKC')
        for (let j = 0; j < Math.min(plain.length, 8); j++) {
          const code = plain.charCodeAt(j)
          const inner = kindOf[code] as number
          if (inner === K.latin) letter(code, at)
          else if (inner === K.digit) digit(at)
          else if (inner === K.kana || inner === K.han) {
            if (inner === K.kana) out.kana++
            else out.han++
            unspaced(code, at)
          } else if (inner === K.bang || inner === K.ask || inner === K.stop || inner === K.comma) {
            if (inner === K.bang) out.exclamations++
            if (inner === K.ask) out.questions++
            mark(inner === K.bang ? 33 : inner === K.ask ? 63 : inner === K.stop ? 46 : 44, at)
          } else if (code === 64) {
            while (i < end && isWordUnit(source.charCodeAt(i))) i++
            space(at)
          } else space(at)
        }
        break
      }
      default:
        out.other++
        put(unit, at, 2)
    }
  }
  space(end)
  out.length = n
  out.letters = out.latin + out.kana + out.han + out.hangul + out.other
  return out
}

/** Length of the URL that begins at `at`, 0 where none does. Ends at a space or where Japanese goes on. */
function urlLength(source: string, at: number, end: number): number {
  const head = source.slice(at, at + 8).toLowerCase()
  if (!(head.startsWith('http://') || head.startsWith('https://') || head.startsWith('www.'))) return 0
  let to = at
  while (to < end) {
    const unit = source.charCodeAt(to)
    if (unit <= 32 || unit === 0x3000 || (unit >= 0x3001 && kindOf[unit] !== K.skip)) break
    to++
  }
  return to - at
}

/** The canonical form as a string, for patterns written by people. */
export function canonicalText(source: string): string {
  const { codes: units, length } = canonicalise(source)
  return String.fromCharCode(...units.subarray(0, length))
}
