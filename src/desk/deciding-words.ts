import type { Reason } from '../store/schema.ts'

/** Words of a post that decided its triage, and what for. */
export interface DecidingWord {
  start: number
  end: number
  text: string
  /** Each once, the weightiest reason first. */
  labels: string[]
}

/** Commas and full stops can weigh on the feeling and touch a word, but tell a person nothing. */
const MARKS_AROUND = /^[\s\p{Po}]*|[\s\p{Po}]+$/gu

/**
 * The words that decided, in their order in the post, no two of them overlapping: the heavier one is kept, of equal
 * ones the longer, and it takes over what the other was there for.
 * @param labelOf a reason in the reader's words
 */
export function decidingWords(
  text: string,
  reasons: readonly Reason[],
  labelOf: (reason: Reason) => string,
): DecidingWord[] {
  const taken: DecidingWord[] = []
  for (const { start, end, reason } of placed(text, reasons).sort(heavierFirst)) {
    const label = labelOf(reason)
    const over = taken.filter((word) => start < word.end && word.start < end)
    if (over.length === 0) taken.push({ start, end, text: text.slice(start, end), labels: [label] })
    for (const word of over) if (!word.labels.includes(label)) word.labels.push(label)
  }
  return taken.sort((a, b) => a.start - b.start)
}

interface Placed {
  start: number
  end: number
  reason: Reason
}

function placed(text: string, reasons: readonly Reason[]): Placed[] {
  return reasons.flatMap((reason) => {
    const { start, end, weight } = reason
    if (weight === 0 || start === undefined || end === undefined) return []
    if (start < 0 || end > text.length || start >= end) return []
    const [before = '', after = ''] = text.slice(start, end).match(MARKS_AROUND) ?? []
    if (before.length === end - start) return []
    return [{ start: start + before.length, end: end - after.length, reason }]
  })
}

function heavierFirst(a: Placed, b: Placed): number {
  return Math.abs(b.reason.weight) - Math.abs(a.reason.weight) || b.end - b.start - (a.end - a.start)
}
