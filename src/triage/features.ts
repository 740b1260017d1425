import type { CueSums } from './cue-sums.ts'
import type { Feeling } from './feeling.ts'
import { addFeature, type Features } from './linear.ts'
import type { Canonical } from './normalise.ts'
import { type Hits, type Reader, ROLE } from './reading.ts'

/** Features looked at in one post: enough for 280 Japanese characters several times over. */
export const FEATURE_LIMIT = 2400

/** Weight of four letters inside a word, which find a misspelt or inflected one again. */
const INNER = 0.45

/** Weights of one kind of words, and of two kinds near one another. */
const ALONE = 1
const TOGETHER = 0.7

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x01000193)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/**
 * Words, pairs of words, stems (the first five letters) and runs of four letters for spaced scripts; runs of
 * one to three characters for Japanese. Both are read from one pass over the canonical form.
 */
export function collectFeatures(text: Canonical, into: Features): void {
  const { codes, length } = text
  into.size = 0
  let previous = 0
  let beforePrevious = 0
  let previousAt = 0
  let word = 0x811c9dc5
  let stem = 0
  let letters = 0
  let japanese = 0
  for (let i = 0; i < length; i++) {
    const unit = codes[i] as number
    const unspaced = unit >= 0x3041 && unit <= 0x9fff
    if (unspaced) {
      japanese++
      const two = i > 0 ? (codes[i - 1] as number) : 0
      const three = i > 1 ? (codes[i - 2] as number) : 0
      if (unit >= 0x4e00) addFeature(into, mix(0x1111, unit), 0.4, i, i + 1)
      if (japanese >= 2) addFeature(into, mix(mix(0x2222, two), unit), 1, i - 1, i + 1)
      if (japanese >= 3) addFeature(into, mix(mix(mix(0x3333, three), two), unit), 1, i - 2, i + 1)
      continue
    }
    japanese = 0
    if (unit !== 32) {
      word = mix(word, unit)
      letters++
      if (letters === 5) stem = word
      if (letters >= 4) {
        const two = mix(mix(0x8888, codes[i - 3] as number), codes[i - 2] as number)
        addFeature(into, mix(mix(two, codes[i - 1] as number), unit), INNER, i - 3, i + 1)
      }
      continue
    }
    if (letters > 0) {
      const hash = word >>> 0
      addFeature(into, hash, letters > 3 ? 1 : 0.6, i - letters, i)
      if (letters > 5) addFeature(into, mix(0x5555, stem), 0.8, i - letters, i)
      if (previous !== 0) addFeature(into, mix(mix(0x6666, previous), hash), 0.8, previousAt, i)
      if (beforePrevious !== 0) addFeature(into, mix(mix(0x7777, beforePrevious), hash), 0.3, previousAt, i)
      beforePrevious = previous
      previous = hash
      previousAt = i - letters
    }
    word = 0x811c9dc5
    letters = 0
  }
}

/**
 * What a negation denies is another feature than what it is without: "not good" teaches nothing about "good"
 * (Pang et al. 2002).
 */
export function markNegated(features: Features, hits: Hits, feeling: Feeling): void {
  for (const { hit, negated } of feeling.counted) {
    if (!negated) continue
    const from = hits.starts[hit] as number
    const to = hits.ends[hit] as number
    for (let f = 0; f < features.size; f++) {
      const start = features.starts[f] as number
      const end = features.ends[f] as number
      if (start < to && end > from) features.hashes[f] = mix(0xeeee, features.hashes[f] as number)
    }
  }
}

/** What stands before and after a "but" counts so much. */
const CONCEDED = 0.6
const CONCLUDED = 1.3

/** "Quick, but broken again": what comes after the but is what is meant. */
export function stressConclusion(features: Features, contrastAt: number): void {
  for (let f = 0; f < features.size; f++) {
    const factor = (features.ends[f] as number) <= contrastAt ? CONCEDED : CONCLUDED
    features.weights[f] = (features.weights[f] as number) * factor
  }
}

/** Word lists beyond these are not paired. */
const CONCEPTS = 64
const lastAt = new Int32Array(CONCEPTS)
const paired = new Uint8Array(CONCEPTS * CONCEPTS)
const NEGATION = CONCEPTS - 2
const ASKING = CONCEPTS - 1
/** How far apart two kinds of words still speak of one thing, in canonical characters. */
const NEAR = { en: 90, ja: 40 }

/**
 * Kinds of words (the taxonomy's word lists) and pairs of kinds that stand near one another: "milk" and "sour"
 * teach what "bread" and "mouldy" mean.
 */
export function collectConcepts(text: Canonical, hits: Hits, reader: Reader, into: Features): void {
  lastAt.fill(-1)
  paired.fill(0)
  const near = text.kana + text.han > text.latin ? NEAR.ja : NEAR.en
  if (text.questions > 0) addFeature(into, mix(0x9999, ASKING), ALONE, 0, 0)
  for (let h = 0; h < hits.count; h++) {
    const pattern = hits.pattern[h] as number
    for (const concept of reader.conceptsOf(pattern)) if (concept < NEGATION) note(concept, h)
    if ((hits.roles[h] as number) & ROLE.negator) note(NEGATION, h)
  }

  function note(concept: number, h: number): void {
    const start = hits.starts[h] as number
    const end = hits.ends[h] as number
    if (lastAt[concept] === -1) addFeature(into, mix(0x9999, concept), ALONE, start, end)
    lastAt[concept] = end
    for (let other = 0; other < CONCEPTS; other++) {
      const at = lastAt[other] as number
      if (at === -1 || other === concept || start - at > near) continue
      const pair = other < concept ? other * CONCEPTS + concept : concept * CONCEPTS + other
      if (paired[pair] === 1) continue
      paired[pair] = 1
      addFeature(into, mix(0xaaaa, pair), TOGETHER, start, end)
    }
  }
}

/** Much of one thing counts up to here. */
const MUCH = 6
const PLENTY = 3

/** What is known of the post as a whole: its length, its marks, its words of feeling, the cues that it gives. */
export function collectCircumstances(
  text: Canonical,
  feeling: Feeling,
  cues: CueSums,
  words: number,
  into: Features,
): void {
  const add = (circumstance: number, weight: number) =>
    addFeature(into, mix(0xdddd, circumstance), weight, 0, 0)
  const { positive, negative } = feeling
  add(words < 3 ? 1 : words < 6 ? 2 : words < 10 ? 3 : words < 18 ? 4 : 5, 0.7)
  if (text.questions > 0) add(10, 1)
  if (text.exclamations > 0) add(11, 1)
  if (text.urls > 0) add(12, 0.7)
  if (text.shouted > 0) add(13, 0.7)
  if (feeling.repaired) add(14, 1)
  if (feeling.ironic) add(15, 1)
  if (positive > 0) add(20, Math.min(positive, MUCH) / PLENTY)
  else add(22, 0.7)
  if (negative > 0) add(21, Math.min(negative, MUCH) / PLENTY)
  else add(23, 0.7)
  if (positive > 0 && negative > 0) add(24, 0.7)
  if (text.handles > 2) add(31, 0.7)
  for (let code = 0; code < cues.length; code++) {
    const sum = cues[code] as number
    if (sum > 0) addFeature(into, mix(0xcccc, code + 1), Math.min(sum, MUCH) / PLENTY, 0, 0)
  }
}
