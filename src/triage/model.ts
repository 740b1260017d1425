import { collectConcepts, collectFeatures, FEATURE_LIMIT } from './features.ts'
import { createFeatures, type LinearModel, type Sample, trainLinear } from './linear.ts'
import { canonicalise } from './normalise.ts'
import type { Reader } from './reading.ts'
import { SENTIMENT_EXAMPLES } from './sentiment-examples.ts'
import type { Taxonomy } from './taxonomy.ts'

/** Indexes of the sentiment model's classes. */
export const NEGATIVE = 0
export const NEUTRAL = 1
export const POSITIVE = 2
const FEELINGS = { negative: NEGATIVE, neutral: NEUTRAL, positive: POSITIVE }

export interface LanguageModel {
  codes: LinearModel
  sentiment: LinearModel
}

/** Learns codes and sentiment of one language from the examples in the taxonomy. */
export function trainLanguage(taxonomy: Taxonomy, reader: Reader, language: 'en' | 'ja'): LanguageModel {
  const codes: Sample[] = []
  const sentiment: Sample[] = []
  const features = createFeatures(FEATURE_LIMIT)
  const sample = (example: string, label: number): Sample => {
    const text = canonicalise(example)
    const hits = reader.read(text)
    collectFeatures(text, features)
    collectConcepts(text, hits, reader, features)
    const hashes = features.hashes.slice(0, features.size)
    return { hashes, weights: features.weights.slice(0, features.size), label }
  }
  for (const [label, { examples, sentiment: feeling }] of taxonomy.codes.entries()) {
    for (const example of examples[language]) {
      const labelled = sample(example, label)
      codes.push(labelled)
      if (feeling !== 'mixed') sentiment.push({ ...labelled, label: FEELINGS[feeling] })
    }
  }
  for (const feeling of ['negative', 'neutral', 'positive'] as const) {
    for (const example of SENTIMENT_EXAMPLES[language][feeling].trim().split('\n')) {
      sentiment.push(sample(example, FEELINGS[feeling]))
    }
  }
  return {
    codes: trainLinear(codes, taxonomy.codes.length, { minimumCount: 2 }),
    sentiment: trainLinear(sentiment, 3, { minimumCount: 2, balanced: true }),
  }
}
