import type { Reason } from '../store/schema.ts'

export interface Part {
  text: string
  /** Why triage noticed these words; null for the rest. */
  why: string | null
}

/**
 * Cuts a post into parts so that the words that decided its triage can be marked. Overlaps keep the heavier word.
 * @param nameOf a reason in the reader's words
 */
export function markReasons(
  text: string,
  reasons: readonly Reason[],
  nameOf: (reason: Reason) => string,
): Part[] {
  const taken: { start: number; end: number; why: string }[] = []
  for (const reason of reasons.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))) {
    const { start, end } = reason
    if (reason.weight === 0) continue
    if (start === undefined || end === undefined || start < 0 || end > text.length || start >= end) continue
    if (taken.some((other) => start < other.end && other.start < end)) continue
    taken.push({ start, end, why: nameOf(reason) })
  }
  const parts: Part[] = []
  let place = 0
  for (const { start, end, why } of taken.toSorted((a, b) => a.start - b.start)) {
    if (start > place) parts.push({ text: text.slice(place, start), why: null })
    parts.push({ text: text.slice(start, end), why })
    place = end
  }
  if (place < text.length) parts.push({ text: text.slice(place), why: null })
  return parts
}
