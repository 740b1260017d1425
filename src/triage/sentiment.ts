import type { Feeling } from './feeling.ts'
import { type Features, type LinearModel, softmax } from './linear.ts'
import { NEGATIVE, NEUTRAL, POSITIVE } from './model.ts'

const sums = new Float64Array(3)
const LEXICON = 1
const EXAMPLES = 0.4
const NEUTRAL_BIAS = 0.9
const PRAISE_WITHOUT_WORDS = 0.8

/**
 * Three classes and a score from the words of feeling and from what the examples of the taxonomy read like.
 * Much of one feeling adds less and less.
 */
export function judgeSentiment(
  feeling: Feeling,
  features: Features,
  model: LinearModel | null,
  asks: boolean,
): { label: 'negative' | 'neutral' | 'positive'; score: number } {
  sums.fill(0)
  if (model) model.score(features, sums)
  for (let k = 0; k < 3; k++) sums[k] = EXAMPLES * Math.max(-3, Math.min(3, sums[k] as number))
  sums[NEGATIVE] = (sums[NEGATIVE] as number) + LEXICON * damped(feeling.negative)
  sums[POSITIVE] = (sums[POSITIVE] as number) + LEXICON * damped(feeling.positive)
  sums[NEUTRAL] = (sums[NEUTRAL] as number) + NEUTRAL_BIAS + (asks && feeling.negative < 1.2 ? 0.6 : 0)
  // praise without one word of praise is rare; what reads like it is mostly a plain statement
  if (feeling.positive === 0) sums[POSITIVE] = (sums[POSITIVE] as number) - PRAISE_WITHOUT_WORDS
  softmax(sums)
  const negative = sums[NEGATIVE] as number
  const positive = sums[POSITIVE] as number
  const neutral = sums[NEUTRAL] as number
  const label =
    negative >= neutral && negative >= positive ? 'negative' : positive >= neutral ? 'positive' : 'neutral'
  return { label, score: Math.round((positive - negative) * 1000) / 1000 }
}

/**
 * A complaint need not contain a word of feeling: where the code says that something went wrong, and nothing
 * was asked or praised, it is negative.
 */
export function complainWithoutWords(
  sentiment: { label: 'negative' | 'neutral' | 'positive'; score: number },
  problem: boolean,
  asks: boolean,
): { label: 'negative' | 'neutral' | 'positive'; score: number } {
  if (!problem || asks || sentiment.label !== 'neutral') return sentiment
  return { label: 'negative', score: Math.min(sentiment.score, -0.25) }
}

function damped(sum: number): number {
  return (3.5 * sum) / (1.8 + sum)
}
