import type { Evidence } from './evidence.ts'
import { softmax } from './linear.ts'
import type { Taxonomy } from './taxonomy.ts'
import { ABUSE, SAFETY } from './taxonomy.ts'

export interface Verdict {
  /** Indexes into the taxonomy, primary first. */
  codes: number[]
  /** How sure the primary is, 0..1. */
  confidence: number
}

/** Chance from which a further code is given: by itself, where a cue speaks for it, where several do. */
const GIVEN = 0.22
const GIVEN_CUED = 0.06
const GIVEN_STRONGLY_CUED = 0.02
const CUED = 2
const SEVERAL_CUED = 3
/** Of two codes that are both this likely, which comes first is also a matter of custom. */
const RIVAL = 0.15
const CUSTOM = 0.5
const MOST_FURTHER = 3
/** Of a cue that speaks twice, see `sumCues`. */
const STRONGLY_CUED = 3.9

/**
 * Chooses codes by their chances.
 * @param precedence see `learnPrecedence`
 */
export function createScorer(
  taxonomy: Taxonomy,
  precedence: Float32Array,
): {
  /** @param sums of the codes' outputs; become their chances */
  score(sums: Float64Array, evidence: Evidence, picture: boolean): Verdict
} {
  const index = (code: string) => taxonomy.codes.findIndex((candidate) => candidate.code === code)
  const none = index('none')
  const question = index('question')
  const praise = index('feedback.praise')
  const safety = index(SAFETY)
  const abuse = index(ABUSE)

  function score(sums: Float64Array, { cues, feeling }: Evidence, picture: boolean): Verdict {
    if (picture) {
      if (none >= 0) sums[none] = (sums[none] as number) - 8
      if (question >= 0) sums[question] = (sums[question] as number) + 0.5
    }
    // who is accused of harassment must have said something like it
    if (abuse >= 0 && cues[abuse] === 0) sums[abuse] = (sums[abuse] as number) - UNHEARD
    softmax(sums)
    const primary = first(sums)
    const others: number[] = []
    for (let k = 0; k < sums.length; k++) {
      if (k === primary || k === none || k === question) continue
      if (k === praise && (feeling.ironic || feeling.positive < 1)) continue
      const cue = cues[k] as number
      const needed = cue >= SEVERAL_CUED ? GIVEN_STRONGLY_CUED : cue >= CUED ? GIVEN_CUED : GIVEN
      if ((sums[k] as number) >= needed) others.push(k)
    }
    others.sort((a, b) => (sums[b] as number) - (sums[a] as number))
    const codes = [primary, ...others.slice(0, MOST_FURTHER)]
    if (primary === none && codes.length > 1) codes.shift()
    if (safety >= 0 && (cues[safety] as number) >= STRONGLY_CUED && !codes.includes(safety))
      codes.push(safety)
    return { codes, confidence: Math.round((sums[codes[0] as number] as number) * 1000) / 1000 }
  }

  /** The likeliest code, or its rival where posts that are about both are usually filed under that. */
  function first(chances: Float64Array): number {
    let best = 0
    for (let k = 1; k < chances.length; k++) if ((chances[k] as number) > (chances[best] as number)) best = k
    let rival = -1
    for (let k = 0; k < chances.length; k++) {
      if (k !== best && (chances[k] as number) > (chances[rival] ?? 0)) rival = k
    }
    const [a, b] = [chances[best] as number, chances[rival] ?? 0]
    if (b < RIVAL) return best
    return Math.log(a / b) < CUSTOM * (precedence[rival * chances.length + best] as number) ? rival : best
  }
  return { score }
}

/** How much likeness to harassment counts less where no cue speaks of it. */
const UNHEARD = 0.7
