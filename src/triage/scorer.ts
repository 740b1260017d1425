import type { Feeling } from './feeling.ts'
import { type Features, type LinearModel, softmax } from './linear.ts'
import type { Canonical } from './normalise.ts'
import type { Hits, Reader } from './reading.ts'
import type { Taxonomy } from './taxonomy.ts'

export interface Evidence {
  text: Canonical
  hits: Hits
  reader: Reader
  features: Features
  model: LinearModel
  feeling: Feeling
  sentiment: { label: string; score: number }
  picture: boolean
}

export interface Scorer {
  /** Indexes into the taxonomy, primary first, and how sure the primary is (0..1). */
  score(evidence: Evidence): { codes: number[]; confidence: number; problem: boolean }
}

/** How much the examples count beside the cues. */
const EXAMPLES = 1.15
const SECONDARY_CUE = 2
/** How far apart the terms of one cue may stand, in canonical characters. */
const WINDOW = { spaced: 110, japanese: 45 }

/** Adds up cues, examples and feeling for each code. */
export function createScorer(taxonomy: Taxonomy): Scorer {
  const classes = taxonomy.codes.length
  const sums = new Float64Array(classes)
  const cueSums = new Float64Array(classes)
  const chances = new Float64Array(classes)
  const index = (code: string) => taxonomy.codes.findIndex((candidate) => candidate.code === code)
  const none = index('none')
  const question = index('question')
  const safety = index('item.safety')
  const abuse = index('conduct.abuse')
  const feelings = taxonomy.codes.map(({ sentiment }) => sentiment)
  let lastAt = new Int32Array(0)

  function addCues({ text, hits, reader }: Evidence): void {
    const { cues } = reader
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
      // each further cue of a code adds less, so that long posts do not drift to the code with most cues
      const sum = cueSums[cue.code] as number
      cueSums[cue.code] = Math.max(sum, cue.weight) + 0.35 * Math.min(sum, cue.weight)
    }
  }

  function score(evidence: Evidence): { codes: number[]; confidence: number; problem: boolean } {
    const { text, features, model, feeling, sentiment } = evidence
    sums.fill(0)
    cueSums.fill(0)
    model.score(features, sums)
    addCues(evidence)
    let topCue = 0
    let complaint = 0
    for (let k = 0; k < classes; k++) {
      const cue = cueSums[k] as number
      if (cue > topCue) topCue = cue
      if (cue > complaint && feelings[k] === 'negative') complaint = cue
      sums[k] = EXAMPLES * (sums[k] as number) + cue
    }
    for (let k = 0; k < classes; k++) {
      let nudge = 0
      if (feelings[k] === 'positive') {
        nudge =
          sentiment.label === 'positive'
            ? feeling.positive > 0.8
              ? 1.6
              : 0.3
            : sentiment.label === 'negative'
              ? -3
              : -0.5
        if (feeling.repaired && sentiment.label === 'positive') nudge += 2
      } else if (feelings[k] === 'negative')
        nudge = sentiment.label === 'positive' ? -1.5 : sentiment.label === 'negative' ? 0.5 : 0
      sums[k] = (sums[k] as number) + nudge
    }
    if (none >= 0 && (topCue >= 2 || evidence.picture))
      sums[none] = (sums[none] as number) - (evidence.picture ? 8 : 1)
    if (question >= 0) {
      if (text.questions > 0) sums[question] = (sums[question] as number) + 1
      if (complaint >= 2 && sentiment.label === 'negative') sums[question] = (sums[question] as number) - 1.5
      if (evidence.picture) sums[question] = (sums[question] as number) + 0.5
    }
    // the less of a post any example or cue knows, the likelier it is about something else
    if (none >= 0 && topCue < 1.5 && sentiment.label !== 'negative' && !evidence.picture) {
      sums[none] = (sums[none] as number) + 0.5
    }
    // grave codes are not guessed at from likeness alone
    for (const grave of [safety, abuse]) {
      if (grave >= 0 && (cueSums[grave] as number) < 1) sums[grave] = (sums[grave] as number) - 4
    }
    chances.set(sums)
    softmax(chances)
    let primary = 0
    for (let k = 1; k < classes; k++) if ((sums[k] as number) > (sums[primary] as number)) primary = k
    const codes = [primary]
    if (primary !== none) {
      const others: number[] = []
      for (let k = 0; k < classes; k++) {
        if (k === primary || k === none || k === question) continue
        const cued = (cueSums[k] as number) >= SECONDARY_CUE
        if ((cued && (sums[k] as number) > (sums[primary] as number) - 6) || (chances[k] as number) > 0.3)
          others.push(k)
      }
      others.sort((a, b) => (sums[b] as number) - (sums[a] as number))
      if (primary === question && others.length > 0 && complaint >= 2) codes.pop()
      codes.push(...others.slice(0, 4))
      if (primary === question && !codes.includes(question)) codes.push(question)
    }
    if (safety >= 0 && (cueSums[safety] as number) >= 3.5 && !codes.includes(safety)) codes.push(safety)
    const problem = complaint >= 2 && feelings[codes[0] as number] === 'negative'
    return { codes, problem, confidence: Math.round((chances[codes[0] as number] as number) * 1000) / 1000 }
  }
  return { score }
}
