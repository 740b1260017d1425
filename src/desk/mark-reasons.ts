import type { Reason } from '../store/schema.ts'
import { decidingWords } from './deciding-words.ts'

export interface Part {
  text: string
  /** Why triage noticed these words; null for the rest. */
  why: string | null
}

/**
 * Cuts a post into parts so that the words that decided its triage can be marked.
 * @param labelOf a reason in the reader's words
 */
export function markReasons(
  text: string,
  reasons: readonly Reason[],
  labelOf: (reason: Reason) => string,
): Part[] {
  const parts: Part[] = []
  let place = 0
  for (const { start, end, labels } of decidingWords(text, reasons, labelOf)) {
    if (start > place) parts.push({ text: text.slice(place, start), why: null })
    parts.push({ text: text.slice(start, end), why: labels.join(' · ') })
    place = end
  }
  if (place < text.length) parts.push({ text: text.slice(place), why: null })
  return parts
}
