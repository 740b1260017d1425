import type { CueSums } from './cue-sums.ts'
import { type Feeling, keepLongest } from './feeling.ts'
import { createHashTable } from './hash-table.ts'
import { addFeature, type Features } from './linear.ts'
import { type Canonical, canonicalText } from './normalise.ts'
import { type Hits, type Reader, ROLE } from './reading.ts'

/** Features looked at in one post: enough for 280 Japanese characters several times over. */
export const FEATURE_LIMIT = 3600

/** The four letters inside a word that end here; a word of four letters is a feature by itself. */
function addInner(codes: Uint16Array, last: number, into: Features): void {
  const two = mix(mix(0x8888, codes[last - 3] as number), codes[last - 2] as number)
  addFeature(into, mix(mix(two, codes[last - 1] as number), codes[last] as number), INNER, last - 3, last + 1)
}

/** Words and phrases of up to three words of spaced scripts → groups of classes, by the hashes of `collectFeatures`. */
export interface WordClasses {
  /** An index into `groups`; 0 where the hash has none. */
  get(hash: number): number
  groups: readonly (readonly number[])[]
}

/** Looks up phrases by their words; longer ones than three words are left out. */
export function createWordClasses(classes: readonly (readonly string[])[]): WordClasses {
  const byHash = new Map<number, number[]>()
  for (const [index, phrases] of classes.entries()) {
    for (const phrase of phrases) {
      const hash = phraseHash(canonicalText(phrase))
      if (hash === null) continue
      const known = byHash.get(hash)
      if (!known) byHash.set(hash, [index])
      else if (!known.includes(index)) known.push(index)
    }
  }
  const table = createHashTable(byHash.size)
  const groups: number[][] = [[]]
  for (const [hash, group] of byHash) table.add(hash, groups.push(group) - 1)
  return { get: table.get, groups }
}

function phraseHash(canonical: string): number | null {
  const [first, second, third, ...more] = canonical.trim().split(' ').map(wordHash)
  if (first === undefined || more.length > 0) return null
  if (second === undefined) return first
  const two = mix(mix(0x6666, first), second)
  return third === undefined ? two : mix(two, third)
}

function wordHash(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = mix(hash, word.charCodeAt(i))
  return hash >>> 0
}

/** Weight of four letters inside a word, which find a misspelt or inflected one again. */
const INNER = 0.45

/** Weights of a word of a list, of two such words near one another, and of a word of a class. */
const ALONE = 1
const TOGETHER = 0.7
const CLASS_ALONE = 0.6
const longest = new Int32Array(400)

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x01000193)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/**
 * Words, pairs of words, stems (the first five letters) and runs of four letters for spaced scripts; runs of
 * one to three characters for Japanese. Both are read from one pass over the canonical form.
 */
export function collectFeatures(text: Canonical, classes: WordClasses, into: Features): void {
  const { codes, length } = text
  into.size = 0
  post++
  let previous = 0
  let beforePrevious = 0
  let lastTwo = 0
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
      if (letters > 5) addInner(codes, i, into)
      else if (letters === 5) {
        addInner(codes, i - 1, into)
        addInner(codes, i, into)
      }
      continue
    }
    if (letters > 0) {
      const hash = word >>> 0
      addFeature(into, hash, letters > 3 ? 1 : 0.6, i - letters, i)
      if (letters > 5) addFeature(into, mix(0x5555, stem), 0.8, i - letters, i)
      const two = mix(mix(0x6666, previous), hash)
      if (previous !== 0) addFeature(into, two, 0.8, previousAt, i)
      if (beforePrevious !== 0) addFeature(into, mix(mix(0x7777, beforePrevious), hash), 0.3, previousAt, i)
      const known =
        classes.get(mix(lastTwo, hash)) || (previous === 0 ? 0 : classes.get(two)) || classes.get(hash)
      if (known !== 0) addClasses(classes.groups[known] as readonly number[], previousAt, i, into)
      lastTwo = previous === 0 ? 0 : two
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

/** The taxonomy's word lists beyond these are not looked at. */
const LISTS = 62
const NEGATION = LISTS
const ASKING = LISTS + 1
const LISTED = LISTS + 2
/** Word classes come after them, so many at the most. */
const CLASSES = 1000
/** How far apart two kinds of words still speak of one thing, in canonical characters. */
const NEAR = { en: 90, ja: 40 }
/** Listed words looked at in one post. */
const MOST_KINDS = 96

const kinds = new Int32Array(MOST_KINDS)
const kindStarts = new Int32Array(MOST_KINDS)
const kindEnds = new Int32Array(MOST_KINDS)
/** The number of the post that each kind and each pair was last found in. */
const lastPost = new Int32Array(LISTED + CLASSES)
const lastPostOfPair = new Int32Array(LISTED * LISTED)
let post = 0

/**
 * Kinds of words (the taxonomy's word lists and the word classes of the language) and pairs of listed words that stand
 * near one another: "milk" and "sour" teach what "bread" and "mouldy" mean.
 */
export function collectConcepts(text: Canonical, hits: Hits, reader: Reader, into: Features): void {
  if (text.questions > 0) addFeature(into, mix(0x9999, ASKING), ALONE, 0, 0)
  let count = 0
  const note = (kind: number, h: number) => {
    if (count >= MOST_KINDS) return
    kinds[count] = kind
    kindStarts[count] = hits.starts[h] as number
    kindEnds[count++] = hits.ends[h] as number
  }
  for (let h = 0; h < hits.count; h++) {
    for (const list of reader.listsOf(hits.pattern[h] as number)) if (list < LISTS) note(list, h)
    if ((hits.roles[h] as number) & ROLE.negator) note(NEGATION, h)
  }
  pairUp(count, NEAR[reader.language], into)
  // words of spaced scripts had their classes looked up whole, by `collectFeatures`
  if (reader.language === 'ja') collectClasses(hits, reader, into)
}

/** The word classes of what stands in an unspaced text. */
function collectClasses(hits: Hits, reader: Reader, into: Features): void {
  const count = keepLongest(hits, (h) => reader.classesOf(hits.pattern[h] as number).length > 0, longest)
  for (let k = 0; k < count; k++) {
    const h = longest[k] as number
    const classes = reader.classesOf(hits.pattern[h] as number)
    addClasses(classes, hits.starts[h] as number, hits.ends[h] as number, into)
  }
}

/** Adds each class once a post. */
function addClasses(classes: readonly number[], start: number, end: number, into: Features): void {
  for (const each of classes) {
    const kind = LISTED + each
    if (kind >= lastPost.length || lastPost[kind] === post) continue
    lastPost[kind] = post
    addFeature(into, mix(0x9999, kind), CLASS_ALONE, start, end)
  }
}

/** Adds each kind noted, and each pair of kinds that stand near one another, once. */
function pairUp(count: number, near: number, into: Features): void {
  for (let i = 0; i < count; i++) {
    const kind = kinds[i] as number
    const start = kindStarts[i] as number
    const end = kindEnds[i] as number
    if (lastPost[kind] !== post) {
      lastPost[kind] = post
      addFeature(into, mix(0x9999, kind), ALONE, start, end)
    }
    for (let j = i - 1; j >= 0 && start - (kindEnds[j] as number) <= near; j--) {
      const other = kinds[j] as number
      if (other === kind) continue
      const pair = other < kind ? other * LISTED + kind : kind * LISTED + other
      if (lastPostOfPair[pair] === post) continue
      lastPostOfPair[pair] = post
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
