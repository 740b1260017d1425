import type { Feeling } from './feeling.ts'
import { type Features, type LinearModel, softmax } from './linear.ts'
import type { Canonical } from './normalise.ts'
import type { Hits, Reader } from './reading.ts'
import type { Taxonomy } from './taxonomy.ts'
import { CIRCUMSTANCES, EVIDENCE, FURTHER, KINDS } from './weights.ts'

export interface Evidence {
  text: Canonical
  hits: Hits
  reader: Reader
  features: Features
  model: LinearModel
  feeling: Feeling
  sentiment: { label: string; score: number }
  picture: boolean
  words: number
}

export interface Scorer {
  /**
   * Indexes into the taxonomy, primary first, how sure the primary is (0..1), and the chances of negative, neutral
   * and positive codes (valid until the next call).
   */
  score(evidence: Evidence): { codes: number[]; confidence: number; mass: Float64Array }
}

const CUED = 1.5
const STRONGLY_CUED = 3.9
/** Chance from which a further code is given. */
const GIVEN = 0.35
const GIVEN_CONDUCT = 0.5
const MOST_FURTHER = 3
/** How far apart the terms of one cue may stand, in canonical characters. */
const WINDOW = { spaced: 110, japanese: 45 }

/** Weighs cues, likeness to the examples and feeling for each code. */
export function createScorer(taxonomy: Taxonomy): Scorer {
  const classes = taxonomy.codes.length
  const sums = new Float64Array(classes)
  const likeness = new Float64Array(classes)
  const cueSums = new Float64Array(classes)
  const chances = new Float64Array(classes)
  const mass = new Float64Array(3)
  const circumstances = new Float64Array(CIRCUMSTANCES.length)
  const index = (code: string) => taxonomy.codes.findIndex((candidate) => candidate.code === code)
  const none = index('none')
  const question = index('question')
  const praise = index('feedback.praise')
  const conduct = index('service.conduct')
  const safety = index('item.safety')
  const abuse = index('conduct.abuse')
  const feelings = taxonomy.codes.map(({ sentiment }) => sentiment)
  const rows = taxonomy.codes.map(({ code, sentiment }) => KINDS[KIND_OF[code] ?? sentiment] ?? null)
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

  function readCircumstances(
    { text, feeling, sentiment, features, words }: Evidence,
    known: number,
    topCue: number,
  ): void {
    circumstances[0] = 1
    circumstances[1] = sentiment.label === 'negative' ? 1 : 0
    circumstances[2] = sentiment.label === 'positive' ? 1 : 0
    circumstances[3] = text.questions > 0 ? 1 : 0
    circumstances[4] = words < 4 ? 1 : 0
    circumstances[5] = words < 9 ? 1 : 0
    circumstances[6] = topCue < CUED ? 1 : 0
    circumstances[7] = known / Math.max(1, features.size)
    circumstances[8] = feeling.repaired ? 1 : 0
    circumstances[9] = Math.min(feeling.positive, 6) / 3
    circumstances[10] = Math.min(feeling.negative, 6) / 3
    circumstances[11] = text.exclamations > 0 ? 1 : 0
  }

  function score(evidence: Evidence): { codes: number[]; confidence: number; mass: Float64Array } {
    const { feeling } = evidence
    likeness.fill(0)
    cueSums.fill(0)
    const known = evidence.model.score(evidence.features, likeness)
    addCues(evidence)
    let topCue = 0
    let allCues = 1
    let mean = 0
    for (let k = 0; k < classes; k++) {
      const cue = cueSums[k] as number
      topCue = Math.max(topCue, cue)
      allCues += cue
      mean += (likeness[k] as number) / classes
    }
    readCircumstances(evidence, known, topCue)
    for (let k = 0; k < classes; k++) {
      const cue = cueSums[k] as number
      likeness[k] = (likeness[k] as number) - mean
      let sum =
        EVIDENCE.model * (likeness[k] as number) +
        EVIDENCE.cue * Math.min(cue, 7) +
        (cue >= CUED ? EVIDENCE.cued : 0) +
        (cue >= STRONGLY_CUED ? EVIDENCE.strong : 0) +
        EVIDENCE.share * (cue / allCues)
      const row = rows[k]
      if (row) for (let c = 0; c < row.length; c++) sum += (row[c] as number) * (circumstances[c] as number)
      sums[k] = sum
    }
    if (evidence.picture) {
      if (none >= 0) sums[none] = (sums[none] as number) - 8
      if (question >= 0) sums[question] = (sums[question] as number) + 0.5
    }
    // grave codes are not guessed at from likeness alone
    for (const grave of [safety, abuse]) {
      if (grave >= 0 && (cueSums[grave] as number) < 1) sums[grave] = (sums[grave] as number) - GRAVE
    }
    chances.set(sums)
    softmax(chances)
    let primary = 0
    for (let k = 1; k < classes; k++) if ((sums[k] as number) > (sums[primary] as number)) primary = k
    const others: number[] = []
    for (let k = 0; k < classes; k++) {
      if (k === primary || k === none || k === question) continue
      if ((cueSums[k] as number) < 1 && (likeness[k] as number) < 1) continue
      // a polite word in a complaint is no praise, and naming the support no complaint about it
      if (k === praise && ((cueSums[k] as number) < CUED || feeling.ironic || feeling.positive < 1)) continue
      if (furtherChance(k, primary, evidence) >= (k === conduct ? GIVEN_CONDUCT : GIVEN)) others.push(k)
    }
    others.sort((a, b) => (sums[b] as number) - (sums[a] as number))
    const codes = [primary, ...others.slice(0, MOST_FURTHER)]
    if (primary === none && codes.length > 1) codes.shift()
    if (safety >= 0 && (cueSums[safety] as number) >= STRONGLY_CUED && !codes.includes(safety))
      codes.push(safety)
    mass.fill(0)
    for (let k = 0; k < classes; k++) {
      const chance = chances[k] as number
      const usual = feelings[k]
      if (k === none)
        for (let m = 0; m < 3; m++) mass[m] = (mass[m] as number) + chance * (NONE_FEELS[m] as number)
      else if (usual === 'negative') mass[0] = (mass[0] as number) + chance
      else if (usual === 'positive') mass[2] = (mass[2] as number) + chance
      else if (usual === 'neutral') mass[1] = (mass[1] as number) + chance
      else for (let m = 0; m < 2; m++) mass[m] = (mass[m] as number) + chance / 2
    }
    // who recounts a nice thing calmly reads like praise
    mass[1] = (mass[1] as number) + 0.5 * (mass[2] as number)
    return { codes, mass, confidence: Math.round((chances[codes[0] as number] as number) * 1000) / 1000 }
  }

  /** How likely the post is about this code too, beside its primary one. */
  function furtherChance(k: number, primary: number, { sentiment, words }: Evidence): number {
    const cue = cueSums[k] as number
    const cued = cue >= CUED ? 1 : 0
    const negative = sentiment.label === 'negative' ? 1 : 0
    const errand = feelings[k] === 'mixed' ? 1 : 0
    const facts = [
      1,
      Math.min(cue, 6),
      cued,
      cue >= STRONGLY_CUED ? 1 : 0,
      (sums[k] as number) - (sums[primary] as number),
      chances[k] as number,
      primary === none ? 1 : 0,
      primary === question ? 1 : 0,
      likeness[k] as number,
      Math.min(words, 40) / 40,
      k === praise ? 1 : 0,
      k === conduct ? 1 : 0,
      k === safety || k === abuse ? 1 : 0,
      k === praise && sentiment.label === 'positive' ? 1 : 0,
      k === conduct ? negative : 0,
      cue * negative,
      errand * cued,
      errand * Math.min(cue, 6),
    ]
    let sum = 0
    for (let i = 0; i < facts.length; i++) sum += (facts[i] as number) * (FURTHER[i] as number)
    return 1 / (1 + Math.exp(-sum))
  }
  return { score }
}

/** A post that is about nothing we know says little about its feeling. */
const NONE_FEELS = [0.2, 0.45, 0.35]

/** How much more than likeness a grave code needs. */
const GRAVE = 2.5

/** Codes that circumstances speak for or against in a way of their own; others go by their sentiment. */
const KIND_OF: Record<string, string> = {
  none: 'none',
  question: 'question',
  'feedback.suggestion': 'wish',
  'feedback.praise': 'praise',
  'service.conduct': 'conduct',
  'conduct.abuse': 'grave',
  'item.safety': 'grave',
}
