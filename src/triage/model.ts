import type { CorpusPost } from './corpus.ts'
import { readEvidence } from './evidence.ts'
import { FEATURE_LIMIT } from './features.ts'
import { createKinship, hasYoungCodes, type Kinship } from './kinship.ts'
import { createFeatures, createLinearModel, type LinearModel, type LinearWeights } from './linear.ts'
import type { Reader } from './reading.ts'
import { SENTIMENT_EXAMPLES } from './sentiment-examples.ts'
import type { CodeSentiment, Taxonomy } from './taxonomy.ts'
import { type EachPost, type Target, trainLinear } from './train-linear.ts'

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

/** A language's model by weights that were learnt now or earlier. */
export function createLanguageModel(
  taxonomy: Taxonomy,
  reader: Reader,
  weights: LinearWeights,
): LanguageModel {
  const linear = createLinearModel(weights)
  const features = createFeatures(FEATURE_LIMIT)
  const read = (text: string) => {
    readEvidence(text, reader, features)
    return features
  }
  return { linear, kinship: createKinship(taxonomy, reader.language, linear, read) }
}

/**
 * Learns codes and feeling of one language from the taxonomy's examples and from the posts of the shipped corpus
 * whose codes the taxonomy has.
 */
export function trainLanguage(
  taxonomy: Taxonomy,
  corpus: readonly CorpusPost[],
  reader: Reader,
): LinearWeights {
  const { language } = reader
  const indexOf = new Map(taxonomy.codes.map(({ code }, index) => [code, index]))
  const features = createFeatures(FEATURE_LIMIT)
  const eachPost: EachPost = (visit) => {
    const teach = (text: string, codes: readonly number[], sentiment: CodeSentiment) => {
      readEvidence(text, reader, features)
      visit(features, [aboutCodes(codes), aboutFeeling(sentiment)])
    }
    for (const [index, { examples, sentiment }] of taxonomy.codes.entries()) {
      for (const example of examples[language]) teach(example, [index], sentiment)
    }
    for (const { text, codes, sentiment } of corpus) {
      const known = codes.flatMap((code) => indexOf.get(code) ?? [])
      // what a taxonomy without this code would call the post, nobody knows
      teach(text, indexOf.has(codes[0] as string) ? known : [], sentiment)
    }
    for (const sentiment of ['negative', 'neutral', 'positive'] as const) {
      for (const example of SENTIMENT_EXAMPLES[language][sentiment].trim().split('\n'))
        teach(example, [], sentiment)
    }
  }
  const heads = [taxonomy.codes.length, Object.keys(FEELINGS).length]
  return trainLinear(eachPost, heads, { keepRarities: hasYoungCodes(taxonomy, language) })
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
