import { createRequire } from 'node:module'
import { readWordClasses } from './corpus.ts'
import type { CueSums } from './cue-sums.ts'
import { type CompiledCues, compileCues, toPattern } from './cues.ts'
import { ENGLISH } from './english-lexicon.ts'
import { createWordClasses, type WordClasses } from './features.ts'
import { JAPANESE } from './japanese-lexicon.ts'
import { type Lexicon, listed } from './lexicon.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import type { Canonical } from './normalise.ts'
import { DANGER, OPT_OUT, OPT_OUT_BLOCKERS, PUBLIC_FIRE } from './signals.ts'
import type { Taxonomy } from './taxonomy.ts'

/** What a pattern may tell besides its value; bits. */
export const ROLE = {
  value: 1,
  negator: 2,
  intensifier: 4,
  diminisher: 8,
  contrast: 16,
  repaired: 32,
  mockery: 64,
  genuine: 128,
  danger: 256,
  fire: 512,
  optOut: 1024,
  optOutBlocker: 2048,
} as const

const HITS = 4096
const NOTHING: readonly number[] = []

/** Everything found in one post, in the order of its ends. Shared between calls of one reader. */
export interface Hits {
  count: number
  roles: Uint16Array
  values: Float32Array
  /** Canonical positions without the spaces around a word; end exclusive. */
  starts: Int32Array
  ends: Int32Array
  pattern: Int32Array
}

/** All that is known of one language, found in one pass. */
export interface Reader {
  language: 'en' | 'ja'
  cues: CompiledCues
  /** Room for the sums of one post's cues. */
  cueSums: CueSums
  read(text: Canonical): Hits
  /** Terms of cues that the pattern fulfils. */
  termsOf(pattern: number): readonly number[]
  /** Codes that have a cue with the pattern in it, and the weight of the strongest. */
  cuedBy(pattern: number): readonly { code: number; weight: number }[]
  /** Word lists of the taxonomy that the pattern stands in. */
  listsOf(pattern: number): readonly number[]
  wordClasses: WordClasses
  /** Word classes of an unspaced language that the pattern stands in, see `readWordClasses`. */
  classesOf(pattern: number): readonly number[]
}

/** Builds the reader of a language: lexicon, signals and the taxonomy's cues in one matcher. */
export function createReader(taxonomy: Taxonomy, language: 'en' | 'ja'): Reader {
  const lexicon = language === 'en' ? ENGLISH : JAPANESE
  const cues = compileCues(taxonomy, language)
  const roles = new Map<string, number>()
  const values = new Map<string, number>()
  const add = (phrase: string, role: number) => {
    const pattern = toPattern(phrase, language)
    if (pattern.trim() !== '') roles.set(pattern, (roles.get(pattern) ?? 0) | role)
    return pattern
  }
  const valued = (phrase: string, value: number) => values.set(add(phrase, ROLE.value), value)
  if (language === 'en') for (const [word, value] of Object.entries(afinn())) valued(word, value * 0.8)
  for (const [value, words] of lexicon.values) for (const word of listed(words)) valued(word, value)
  for (const [name, role] of LISTS) for (const word of listed(lexicon[name])) add(word, role)
  const signals: [Record<'en' | 'ja', string>, number][] = [
    [DANGER, ROLE.danger],
    [PUBLIC_FIRE, ROLE.fire],
    [OPT_OUT, ROLE.optOut],
    [OPT_OUT_BLOCKERS, ROLE.optOutBlocker],
  ]
  for (const [lists, role] of signals) for (const phrase of listed(lists[language])) add(phrase, role)
  for (const pattern of cues.patterns.keys()) if (!roles.has(pattern)) roles.set(pattern, 0)
  const inLists = new Map<string, number[]>()
  const inClasses = new Map<string, number[]>()
  const enter = (into: Map<string, number[]>, group: number, phrases: readonly string[]) => {
    for (const phrase of phrases) {
      const pattern = toPattern(phrase, language)
      if (pattern.trim() === '') continue
      if (!roles.has(pattern)) roles.set(pattern, 0)
      const known = into.get(pattern)
      if (!known) into.set(pattern, [group])
      else if (!known.includes(group)) known.push(group)
    }
  }
  for (const [list, words] of Object.values(taxonomy.words).entries()) enter(inLists, list, words[language])
  const classed = readWordClasses(language)
  // words of spaced scripts are looked up whole
  if (language === 'ja') for (const [index, phrases] of classed.entries()) enter(inClasses, index, phrases)

  const patterns = [...roles.keys()]
  const matcher: Matcher = createMatcher(patterns)
  const roleOf = Uint16Array.from(patterns, (pattern) => roles.get(pattern) ?? 0)
  const valenceOf = Float32Array.from(patterns, (pattern) => values.get(pattern) ?? 0)
  const leads = Uint8Array.from(patterns, (pattern) => (pattern.startsWith(' ') ? 1 : 0))
  const trails = Uint8Array.from(patterns, (pattern) => (pattern.endsWith(' ') ? 1 : 0))
  const terms = patterns.map((pattern) => cues.patterns.get(pattern) ?? NOTHING)
  const cued = terms.map((of) => cuesOf(of, cues))
  const lists = patterns.map((pattern) => inLists.get(pattern) ?? NOTHING)
  const classes = patterns.map((pattern) => inClasses.get(pattern) ?? NOTHING)
  const hits: Hits = {
    count: 0,
    roles: new Uint16Array(HITS),
    values: new Float32Array(HITS),
    starts: new Int32Array(HITS),
    ends: new Int32Array(HITS),
    pattern: new Int32Array(HITS),
  }
  const found = (id: number, start: number, end: number) => {
    const at = hits.count
    if (at >= HITS) return
    hits.roles[at] = roleOf[id] as number
    hits.values[at] = valenceOf[id] as number
    hits.starts[at] = start + (leads[id] as number)
    hits.ends[at] = end - (trails[id] as number)
    hits.pattern[at] = id
    hits.count++
  }
  return {
    language,
    cues,
    wordClasses: createWordClasses(language === 'en' ? classed : []),
    cueSums: new Float64Array(taxonomy.codes.length),
    termsOf: (pattern) => terms[pattern] ?? [],
    cuedBy: (pattern) => cued[pattern] ?? [],
    listsOf: (pattern) => lists[pattern] ?? NOTHING,
    classesOf: (pattern) => classes[pattern] ?? NOTHING,
    read(text) {
      hits.count = 0
      matcher.scan(text, found)
      return hits
    },
  }
}

function cuesOf(terms: readonly number[], { cues, byTerm }: CompiledCues) {
  const strongest = new Map<number, number>()
  for (const id of terms.flatMap((term) => byTerm[term] ?? [])) {
    const { code = -1, weight = 0 } = cues[id] ?? {}
    strongest.set(code, Math.max(weight, strongest.get(code) ?? 0))
  }
  return [...strongest].map(([code, weight]) => ({ code, weight }))
}

const LISTS: [Exclude<keyof Lexicon, 'values'>, number][] = [
  ['negators', ROLE.negator],
  ['intensifiers', ROLE.intensifier],
  ['diminishers', ROLE.diminisher],
  ['contrasts', ROLE.contrast],
  ['repaired', ROLE.repaired],
  ['mockeries', ROLE.mockery],
  ['genuine', ROLE.genuine],
]

/** AFINN-165 as the `sentiment` package ships it: words and their valence, −5..5. */
function afinn(): Record<string, number> {
  return createRequire(import.meta.url)('sentiment/languages/en/labels.json')
}
