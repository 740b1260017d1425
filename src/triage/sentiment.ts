import type { Feeling } from './feeling.ts'
import { type Features, type LinearModel, softmax } from './linear.ts'
import { NEGATIVE, NEUTRAL, POSITIVE } from './model.ts'

export interface Sentiment {
  label: 'negative' | 'neutral' | 'positive'
  /** −1..1 */
  score: number
  /** Of negative, neutral, positive; sum 1. */
  chances: number[]
}

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
): Sentiment {
  sums.fill(0)
  if (model) model.score(features, sums)
  for (let k = 0; k < 3; k++) sums[k] = EXAMPLES * Math.max(-3, Math.min(3, sums[k] as number))
  sums[NEGATIVE] = (sums[NEGATIVE] as number) + LEXICON * damped(feeling.negative)
  sums[POSITIVE] = (sums[POSITIVE] as number) + LEXICON * damped(feeling.positive)
  sums[NEUTRAL] = (sums[NEUTRAL] as number) + NEUTRAL_BIAS + (asks && feeling.negative < 1.2 ? 0.6 : 0)
  // praise without one word of praise is rare; what reads like it is mostly a plain statement
  if (feeling.positive === 0) sums[POSITIVE] = (sums[POSITIVE] as number) - PRAISE_WITHOUT_WORDS
  softmax(sums)
  return labelled()
}

/** How much the codes say about the feeling; praise has words of its own. */
const BY_CODES = { negative: 0.8, neutral: 0.8, positive: 0.35 }
/** Keeps one unlikely kind of code from deciding alone. */
const FLOOR = 0.05

/**
 * A complaint need not contain a word of feeling: what the post is about says how its author feels, and where
 * nothing but that speaks, it decides.
 * @param mass chances of negative, neutral and positive codes, 0..1
 */
export function feelByCodes(felt: Sentiment, mass: Float64Array): Sentiment {
  sums[NEGATIVE] =
    Math.log(felt.chances[NEGATIVE] as number) +
    BY_CODES.negative * Math.log(FLOOR + (mass[NEGATIVE] as number))
  sums[NEUTRAL] =
    Math.log(felt.chances[NEUTRAL] as number) + BY_CODES.neutral * Math.log(FLOOR + (mass[NEUTRAL] as number))
  sums[POSITIVE] =
    Math.log(felt.chances[POSITIVE] as number) +
    BY_CODES.positive * Math.log(FLOOR + (mass[POSITIVE] as number))
  softmax(sums)
  return labelled()
}

function labelled(): Sentiment {
  const negative = sums[NEGATIVE] as number
  const positive = sums[POSITIVE] as number
  const neutral = sums[NEUTRAL] as number
  const label =
    negative >= neutral && negative >= positive ? 'negative' : positive >= neutral ? 'positive' : 'neutral'
  return {
    label,
    score: Math.round((positive - negative) * 1000) / 1000,
    chances: [Math.max(negative, 1e-4), Math.max(neutral, 1e-4), Math.max(positive, 1e-4)],
  }
}

function damped(sum: number): number {
  return (3.5 * sum) / (1.8 + sum)
}
