import { canonicalText } from './normalise.ts'
import type { Taxonomy } from './taxonomy.ts'

/** A cue of one code: every term must occur, none of the excluded ones may. */
export interface Cue {
  code: number
  terms: number[]
  excluded: number[]
  weight: number
}

export interface CompiledCues {
  cues: Cue[]
  /** Canonical patterns → the terms they fulfil. */
  patterns: Map<string, number[]>
  terms: number
  /** Cues by the terms that they need. */
  byTerm: number[][]
}

/**
 * Turns a phrase as a person writes it into the pattern it has in canonical text. Spaced scripts match whole
 * words; a trailing `*` also lets longer words in. Digits match any number.
 */
export function toPattern(phrase: string, language: 'en' | 'ja'): string {
  const open = phrase.endsWith('*')
  let pattern = canonicalText(open ? phrase.slice(0, -1) : phrase)
  if (open && pattern.endsWith(' ')) pattern = pattern.slice(0, -1)
  if (language === 'ja') {
    const first = pattern.charCodeAt(1)
    const last = pattern.charCodeAt(pattern.length - 2)
    if (first >= 0x3000 && first < 0xd800) pattern = pattern.slice(1)
    if (pattern.endsWith(' ') && last >= 0x3000 && last < 0xd800) pattern = pattern.slice(0, -1)
  }
  return pattern
}

/**
 * Compiles the cue expressions of a taxonomy for one language:
 *
 *     refund                      the word (Japanese: the characters)
 *     cancel*                     words that begin so
 *     box|parcel + crushed        one of the first and also the second, not far apart
 *     $parcel + late - fee        words of the list `parcel`, and "late", but no "fee" in the post
 *     !smoke                      counts double;  ~order  counts half
 */
export function compileCues(taxonomy: Taxonomy, language: 'en' | 'ja'): CompiledCues {
  const patterns = new Map<string, number[]>()
  const termIds = new Map<string, number>()
  const cues: Cue[] = []
  const termOf = (source: string): number => {
    const known = termIds.get(source)
    if (known !== undefined) return known
    const id = termIds.size
    termIds.set(source, id)
    for (const alternative of source.split('|')) {
      const name = alternative.trim()
      const phrases = name.startsWith('$') ? (taxonomy.words[name.slice(1)]?.[language] ?? []) : [name]
      for (const phrase of phrases) {
        const pattern = toPattern(phrase, language)
        if (pattern.trim() === '') continue
        const terms = patterns.get(pattern)
        if (!terms) patterns.set(pattern, [id])
        else if (!terms.includes(id)) terms.push(id)
      }
    }
    return id
  }
  for (const [code, { cues: sources }] of taxonomy.codes.entries()) {
    for (const source of sources[language]) {
      const strength = source.startsWith('!') ? 2 : source.startsWith('~') ? 0.5 : 1
      const [needed = '', ...without] = (strength === 1 ? source : source.slice(1)).split(' - ')
      const terms = needed.split(' + ').map(termOf)
      const weight = strength * (terms.length > 1 ? 2.5 : 2)
      cues.push({ code, terms, excluded: without.map(termOf), weight })
    }
  }
  const byTerm: number[][] = Array.from({ length: termIds.size }, () => [])
  for (const [index, cue] of cues.entries()) for (const term of new Set(cue.terms)) byTerm[term]?.push(index)
  return { cues, patterns, terms: termIds.size, byTerm }
}
