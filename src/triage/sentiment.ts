import type { Feeling } from './feeling.ts'
import { softmax } from './linear.ts'
import { NEGATIVE, NEUTRAL, POSITIVE } from './model.ts'

export interface Sentiment {
  label: 'negative' | 'neutral' | 'positive'
  /** −1..1 */
  score: number
}

/** How much the words of feeling count beside what the examples taught, and what speaks for a plain statement. */
const LEXICON = { en: 0.6, ja: 1 }
const PLAIN = 0.35

/**
 * Three classes and a score from the words of feeling and from what our examples read like. Much of one feeling adds
 * less and less.
 * @param sums of the model's outputs for negative, neutral and positive; become their chances
 */
export function judgeSentiment(feeling: Feeling, language: 'en' | 'ja', sums: Float64Array): Sentiment {
  const lexicon = LEXICON[language]
  sums[NEGATIVE] = (sums[NEGATIVE] as number) + lexicon * damped(feeling.negative)
  sums[NEUTRAL] = (sums[NEUTRAL] as number) + PLAIN
  sums[POSITIVE] = (sums[POSITIVE] as number) + lexicon * damped(feeling.positive)
  softmax(sums)
  const negative = sums[NEGATIVE] as number
  const positive = sums[POSITIVE] as number
  const neutral = sums[NEUTRAL] as number
  const label =
    negative >= neutral && negative >= positive ? 'negative' : positive >= neutral ? 'positive' : 'neutral'
  return { label, score: Math.round((positive - negative) * 1000) / 1000 }
}

function damped(sum: number): number {
  return (3.5 * sum) / (1.8 + sum)
}
