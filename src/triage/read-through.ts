/** A text without what hides things in it. */
export interface SeenThrough {
  text: string
  /** Where each unit of `text` stands in the source; one more entry for its end. */
  from: Uint32Array
}

const HIDDEN =
  /\p{Cf}|\u034f|[\u115f\u1160]|[\u17b4\u17b5]|[\u180b-\u180f]|\u3164|[\ufe00-\ufe0f]|\uffa0|\u20e3/u
const DIGIT = /\p{Nd}/u

/**
 * Takes out characters that nobody sees (zero-width spaces and joiners, marks of direction, soft hyphens, variation
 * selectors) and makes digits of every script, keycaps, circled and mathematical ones plain: ٠٩٠, ०९०, ０９０, ①, 1️⃣.
 */
export function readThrough(source: string): SeenThrough {
  const from = new Uint32Array(source.length + 1)
  let text = ''
  let at = 0
  for (const character of source) {
    const code = character.codePointAt(0) as number
    if (code < 0x80) {
      from[text.length] = at
      text += character
    } else if (!HIDDEN.test(character)) {
      const plain = plainOf(character, code)
      for (let i = 0; i < plain.length; i++) from[text.length + i] = at + Math.min(i, character.length - 1)
      text += plain
    }
    at += character.length
  }
  from[text.length] = source.length
  return { text, from: from.subarray(0, text.length + 1) }
}

function plainOf(character: string, code: number): string {
  // circled and bracketed ones, superscripts; never longer than what they stand for
  if (code > 0x24ff && code < 0x2776) return character
  const composed = character.normalize('NFKC')
  if (composed.length === 1 && composed >= '0' && composed <= '9') return composed
  if (!DIGIT.test(character)) return character
  // Unicode keeps the ten digits of a script together, from zero on
  let zero = code
  while (code - zero < 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero--
  return String(code - zero)
}
