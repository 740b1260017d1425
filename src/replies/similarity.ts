/** At or above this, two replies read as the same reply. */
export const NEAR_DUPLICATE = 0.85

/** How much alike two texts are, 0 to 1: the share of letter pairs they have in common (Jaccard). */
export function similarity(a: string, b: string): number {
  return likenessTo([a])(b)
}

/** Tells how much a text is like the most similar one of `others`, 0 (none at all) to 1. */
export function likenessTo(others: readonly string[]): (text: string) => number {
  const known = others.map(letterPairs)
  return (text) => {
    const pairs = letterPairs(text)
    return known.reduce((most, other) => Math.max(most, share(pairs, other)), 0)
  }
}

function share(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  if (large.size === 0) return 1
  let common = 0
  for (const pair of small) if (large.has(pair)) common += 1
  return common / (small.size + large.size - common)
}

/** Letter pairs of texts seen lately: the same recent replies are compared with one draft after the other. */
const seen = new Map<string, ReadonlySet<string>>()
const SEEN_LIMIT = 500

function letterPairs(text: string): ReadonlySet<string> {
  const known = seen.get(text)
  if (known) return known
  const letters = Array.from(text.toLowerCase().replace(/[\s\p{P}]+/gu, ''))
  const pairs = new Set(letters.slice(1).map((letter, index) => `${letters[index]}${letter}`))
  if (seen.size >= SEEN_LIMIT) seen.clear()
  seen.set(text, pairs)
  return pairs
}
