import { type CueSums, sumCues } from './cue-sums.ts'
import {
  collectCircumstances,
  collectConcepts,
  collectFeatures,
  markNegated,
  stressConclusion,
} from './features.ts'
import { type Feeling, weighFeeling } from './feeling.ts'
import type { Features } from './linear.ts'
import { type Canonical, canonicalise } from './normalise.ts'
import type { Hits, Reader } from './reading.ts'

/** All that is read out of one post before anything is concluded. Shared between calls of one reader. */
export interface Evidence {
  text: Canonical
  hits: Hits
  feeling: Feeling
  cues: CueSums
  /** Words of spaced scripts, or half the characters of Japanese. */
  words: number
}

/** Reads a post: its features go into `features`, the rest is returned. */
export function readEvidence(source: string | Canonical, reader: Reader, features: Features): Evidence {
  const text = typeof source === 'string' ? canonicalise(source) : source
  const hits = reader.read(text)
  const feeling = weighFeeling(text, hits, reader.language)
  const words = countWords(text)
  collectFeatures(text, reader.wordClasses, features)
  markNegated(features, hits, feeling)
  if (feeling.contrastAt >= 0) stressConclusion(features, feeling.contrastAt)
  collectConcepts(text, hits, reader, features)
  sumCues(text, hits, reader, reader.cueSums)
  collectCircumstances(text, feeling, reader.cueSums, words, features)
  return { text, hits, feeling, cues: reader.cueSums, words }
}

function countWords({ codes, length, kana, han }: Canonical): number {
  let words = 0
  for (let i = 1; i < length; i++) {
    const unit = codes[i - 1] as number
    if (codes[i] === 32 && ((unit >= 97 && unit <= 122) || unit === 48)) words++
  }
  return words + (kana + han) / 2
}
