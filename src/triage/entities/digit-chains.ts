import { isDigit, type Span } from './plain-text.ts'

/** Groups of digits with single spaces, hyphens, dots or brackets between them: what numbers for people look like. */
export interface DigitChain {
  /** A + stands before the first group. */
  plus: boolean
  groups: DigitGroup[]
}

export interface DigitGroup extends Span {
  digits: string
  /** What stands between this group and the next. */
  gap: string
}

const MOST_GROUPS = 10
const MOST_DIGITS = 24

/** Every chain of a text, from left to right, in one pass. */
export function* digitChains(text: string): Generator<DigitChain> {
  let at = 0
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at++
      continue
    }
    const chain: DigitChain = { plus: text[at - 1] === '+' || text.slice(at - 2, at) === '+(', groups: [] }
    while (chain.groups.length < MOST_GROUPS) {
      const start = at
      while (isDigit(text.charCodeAt(at))) at++
      const gap = gapAt(text, at)
      chain.groups.push({ start, end: at, digits: text.slice(start, Math.min(at, start + MOST_DIGITS)), gap })
      if (gap === '') break
      at += gap.length
    }
    yield chain
  }
}

/** The separator at `at` if digits follow it, else nothing. */
function gapAt(text: string, at: number): string {
  const sole = text[at]
  if (sole === undefined) return ''
  if (!' -.()'.includes(sole)) return ''
  if (isDigit(text.charCodeAt(at + 1))) return sole
  const pair = text.slice(at, at + 2)
  if (
    (pair === ') ' || pair === ' (' || pair === ')-' || pair === '-(') &&
    isDigit(text.charCodeAt(at + 2))
  ) {
    return pair
  }
  return ''
}
