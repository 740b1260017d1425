import type { Canonical } from './normalise.ts'
import type { Hits, Reader } from './reading.ts'

/** How strongly the cues of each code speak, by its index in the taxonomy; 0 where none does. */
export type CueSums = Float64Array

/** How far apart the terms of one cue may stand, in canonical characters. */
const WINDOW = { spaced: 110, japanese: 45 }
/** What each further cue of a code adds: long posts must not drift to the code with most cues. */
const FURTHER_CUE = 0.35

let lastAt = new Int32Array(0)

/** Sums up the cues that fire: all their terms occur near one another, and none that they exclude. */
export function sumCues(text: Canonical, hits: Hits, reader: Reader, into: CueSums): void {
  const { cues } = reader
  into.fill(0)
  const window = text.kana + text.han > text.latin ? WINDOW.japanese : WINDOW.spaced
  if (lastAt.length < cues.terms) lastAt = new Int32Array(cues.terms)
  lastAt.fill(-1)
  const fired = new Set<number>()
  for (let h = 0; h < hits.count; h++) {
    const end = hits.ends[h] as number
    for (const term of reader.termsOf(hits.pattern[h] as number)) {
      lastAt[term] = end
      for (const id of cues.byTerm[term] ?? []) {
        const cue = cues.cues[id]
        if (!cue || fired.has(id)) continue
        if (
          cue.terms.every((needed) => lastAt[needed] !== -1 && end - (lastAt[needed] as number) <= window)
        ) {
          fired.add(id)
        }
      }
    }
  }
  for (const id of fired) {
    const cue = cues.cues[id]
    if (!cue || cue.excluded.some((term) => lastAt[term] !== -1)) continue
    const sum = into[cue.code] as number
    into[cue.code] = Math.max(sum, cue.weight) + FURTHER_CUE * Math.min(sum, cue.weight)
  }
}
