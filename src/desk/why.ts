import type { Reason } from '../store/schema.ts'
import { decidingWords } from './deciding-words.ts'

/** What decided the triage of a case, for the list under "Why". */
export interface Why {
  /** Words that were there for the same, together. */
  rows: { words: string[]; label: string }[]
  /** Reasons that are no words of the post: how many follow its author, what a model said. */
  notes: { text: string; label: string }[]
}

const MOST_WORDS = 12

/**
 * Gathers the reasons of all posts of a case, so that each word stands there once, with all that it was there for.
 * @param labelOf a reason in the reader's words
 */
export function whyOf(
  posts: readonly { text: string; reasons: readonly Reason[] | null }[],
  labelOf: (reason: Reason) => string,
): Why {
  const words = new Map<string, { text: string; labels: Set<string> }>()
  const notes = new Map<string, { text: string; label: string }>()
  for (const { text, reasons } of posts) {
    for (const word of decidingWords(text, reasons ?? [], labelOf)) {
      const key = word.text.toLowerCase()
      const known = words.get(key) ?? { text: word.text, labels: new Set() }
      for (const label of word.labels) known.labels.add(label)
      words.set(key, known)
    }
    for (const reason of reasons ?? []) {
      if (isNote(reason)) notes.set(reason.text, { text: reason.text, label: labelOf(reason) })
    }
  }
  // The same labels in the same order, whichever of them a word brought first.
  const shown = [...words.values()].slice(0, MOST_WORDS)
  const order = [...new Set(shown.flatMap(({ labels }) => [...labels]))]
  const rows = new Map<string, string[]>()
  for (const { text, labels } of shown) {
    const label = order.filter((each) => labels.has(each)).join(' · ')
    rows.set(label, [...(rows.get(label) ?? []), text])
  }
  return {
    rows: [...rows].map(([label, together]) => ({ words: together, label })),
    notes: [...notes.values()],
  }
}

function isNote({ kind, start, weight }: Reason): boolean {
  return start === undefined || (kind === 'severity' && weight === 0)
}
