/**
 * What a search finds a text by: its pairs of neighbouring characters, none across a gap, and of East Asian characters
 * and signs each one alone, too. What holds a word holds all of the word's pairs, so no language needs to be cut into
 * words. Each pair is kept as a number of 32 bits (FNV-1a): two pairs that share one cost a second look, no more.
 * @returns each number once, in no order
 */
export function gramsOf(text: string): number[] {
  const grams = new Set<number>()
  let former = ''
  for (const letter of text.normalize('NFKC').toLowerCase()) {
    if (letter <= ' ') {
      former = ''
      continue
    }
    if (former !== '') grams.add(numberOf(former + letter))
    if (isIndexedAlone(letter)) grams.add(numberOf(letter))
    former = letter
  }
  return [...grams]
}

/** Characters that say something by themselves: 箱. */
export function isIndexedAlone(letter: string): boolean {
  return letter >= '\u2E80'
}

function numberOf(gram: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < gram.length; at += 1) hash = Math.imul(hash ^ gram.charCodeAt(at), 0x01000193)
  return hash | 0
}
