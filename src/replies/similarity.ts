import { createRecent } from '../recent.ts'

/** At or above this, two replies read as the same reply. */
export const NEAR_DUPLICATE = 0.85

/** Whether two replies read as the same reply. */
export function isNearDuplicate(a: string, b: string): boolean {
  return likenessTo([a], NEAR_DUPLICATE)(b) >= NEAR_DUPLICATE
}

/** How much alike two texts are, 0 to 1: the share of letter pairs they have in common (Jaccard). */
export function similarity(a: string, b: string): number {
  return likenessTo([a])(b)
}

/**
 * Tells how much a text is like the most similar one of `others`, 0 (none at all) to 1.
 * @param from a likeness below this need not be told: 0 may stand for it
 */
export function likenessTo(others: readonly string[], from = 0): (text: string) => number {
  const known = others.map(letterPairs)
  return (text) => {
    const pairs = letterPairs(text)
    return known.reduce((most, other) => Math.max(most, share(pairs, other, Math.max(from, most))), 0)
  }
}

/** 0 where it can not reach `from`: looking stops as soon as that is sure. */
function share(a: ReadonlySet<string>, b: ReadonlySet<string>, from: number): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  if (large.size === 0) return 1
  // With c in common the share is c / (small + large - c): at least `from` needs this many.
  let missing = small.size - (from * (small.size + large.size)) / (1 + from)
  let common = 0
  for (const pair of small) {
    if (large.has(pair)) common += 1
    else if (--missing < 0) return 0
  }
  return common / (small.size + large.size - common)
}

/** Letter pairs of texts seen lately: the same recent replies are compared with one draft after the other. */
const seen = createRecent<ReadonlySet<string>>(500)

function letterPairs(text: string): ReadonlySet<string> {
  const known = seen.get(text)
  if (known) return known
  const letters = Array.from(text.toLowerCase().replace(/[\s\p{P}]+/gu, ''))
  const pairs = new Set(letters.slice(1).map((letter, index) => `${letters[index]}${letter}`))
  seen.set(text, pairs)
  return pairs
}
