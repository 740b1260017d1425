import type { CorpusPost } from './corpus.ts'
import { readEvidence } from './evidence.ts'
import { FEATURE_LIMIT } from './features.ts'
import { createKinship, type Kinship } from './kinship.ts'
import { createFeatures, type EachPost, type LinearModel, type Target, trainLinear } from './linear.ts'
import type { Reader } from './reading.ts'
import { SENTIMENT_EXAMPLES } from './sentiment-examples.ts'
import type { CodeSentiment, Taxonomy } from './taxonomy.ts'

/** Indexes of the sentiment head's outputs. */
export const NEGATIVE = 0
export const NEUTRAL = 1
export const POSITIVE = 2
const FEELINGS = { negative: NEGATIVE, neutral: NEUTRAL, positive: POSITIVE }

/** Codes first (in the order of the taxonomy), then negative, neutral, positive. */
export interface LanguageModel {
  linear: LinearModel
  kinship: Kinship
}

/** What further codes of a post weigh beside its primary one. */
const FURTHER = 0.15

/**
 * Learns codes and feeling of one language from the taxonomy's examples and from the posts of the shipped corpus
 * whose codes the taxonomy has.
 */
export function trainLanguage(
  taxonomy: Taxonomy,
  corpus: readonly CorpusPost[],
  reader: Reader,
): LanguageModel {
  const { language } = reader
  const indexOf = new Map(taxonomy.codes.map(({ code }, index) => [code, index]))
  const features = createFeatures(FEATURE_LIMIT)
  const read = (text: string) => {
    readEvidence(text, reader, features)
    return features
  }
  const eachPost: EachPost = (visit) => {
    for (const [index, { examples, sentiment }] of taxonomy.codes.entries()) {
      for (const example of examples[language])
        visit(read(example), [aboutCodes([index]), aboutFeeling(sentiment)])
    }
    for (const { text, codes, sentiment } of corpus) {
      const known = codes.flatMap((code) => indexOf.get(code) ?? [])
      // what a taxonomy without this code would call the post, nobody knows
      visit(read(text), [aboutCodes(indexOf.has(codes[0] as string) ? known : []), aboutFeeling(sentiment)])
    }
    for (const sentiment of ['negative', 'neutral', 'positive'] as const) {
      for (const example of SENTIMENT_EXAMPLES[language][sentiment].trim().split('\n')) {
        visit(read(example), [null, aboutFeeling(sentiment)])
      }
    }
  }
  const linear = trainLinear(eachPost, [taxonomy.codes.length, Object.keys(FEELINGS).length])
  return { linear, kinship: createKinship(taxonomy, language, linear, read) }
}

function aboutCodes(codes: readonly number[]): Target | null {
  if (codes.length === 0) return null
  if (codes.length === 1) return { outputs: codes, shares: [1], importance: 1 }
  const further = FURTHER / (codes.length - 1)
  return { outputs: codes, shares: codes.map((_, i) => (i === 0 ? 1 - FURTHER : further)), importance: 1 }
}

function aboutFeeling(sentiment: CodeSentiment): Target | null {
  if (sentiment === 'mixed') return null
  return { outputs: [FEELINGS[sentiment]], shares: [1], importance: IMPORTANCE[sentiment] }
}

/** Complaints are most of what is written; the others must not drown. */
const IMPORTANCE = { negative: 1, neutral: 1.4, positive: 1.8 }
