import { createMatcher } from '../matcher.ts'
import { type Canonical, canonicalise, READ_LIMIT } from '../normalise.ts'
import type { Catalogue, CatalogueItem } from './catalogue.ts'
import type { Span } from './plain-text.ts'

export interface NamedItem extends Span {
  kind: 'product' | 'title'
  id: string
  name: { en: string; ja: string }
}

interface Target {
  kind: NamedItem['kind']
  item: CatalogueItem
  /** Digits of the name: the canonical form has none, but "24 cans" are not "12 cans". */
  digits: string
  /** So short and common a word (こころ) that it counts as a title in quotation marks only. */
  quoted: boolean
}

/** The canonical form with hiragana for katakana and without spaces inside Japanese. */
interface Folded {
  codes: Uint16Array
  /** Index into the canonical form of each unit. */
  from: Int32Array
  length: number
}

const SPACE = 32
const codes = new Uint16Array(READ_LIMIT * 4 + 16)
const from = new Int32Array(READ_LIMIT * 4 + 16)

/** Finds names of the catalogue, the longest where several overlap. */
export function createNameFinder(catalogue: Catalogue): (source: string) => NamedItem[] {
  const targets = new Map<string, Target[]>()
  const add = (pattern: string, target: Target) => {
    const known = targets.get(pattern)
    if (known) known.push(target)
    else targets.set(pattern, [target])
  }
  for (const [kind, items] of [
    ['product', catalogue.products],
    ['title', catalogue.titles],
  ] as const) {
    for (const item of items) {
      for (const name of new Set([item.name.en, item.name.ja, ...item.aliases])) {
        const pattern = patternOf(name)
        if (pattern === '') continue
        const quoted = /^[\u3041-\u3096ー]{1,3}$/.test(name)
        const target: Target = { kind, item, digits: digitsOf(name), quoted }
        add(pattern, target)
        // "two kettles", "Casablanca's"
        if (/[a-z] $/.test(pattern)) add(`${pattern.slice(0, -1)}s `, target)
      }
    }
  }
  if (targets.size === 0) return () => []
  const matcher = createMatcher([...targets.keys()])

  return (source) => {
    const canonical = canonicalise(source)
    const folded = fold(canonical)
    const found: (NamedItem & { weight: number })[] = []
    matcher.scan({ ...canonical, codes: folded.codes, length: folded.length }, (id, first, last) => {
      const pattern = matcher.patterns[id] as string
      const start = originOf(canonical, folded, pattern.startsWith(' ') ? first + 1 : first)
      const end = endOf(source, canonical, folded, start, pattern.endsWith(' ') ? last - 1 : last)
      if (end <= start || cutsKatakana(source, start, end)) return
      const digits = digitsOf(source.slice(start, end))
      for (const { kind, item, digits: own, quoted } of targets.get(pattern) as Target[]) {
        if (own !== digits || (quoted && !isQuoted(source, start, end))) continue
        found.push({ kind, id: item.id, name: item.name, start, end, weight: end - start })
      }
    })
    return found
      .sort((a, b) => b.weight - a.weight || a.start - b.start)
      .map(({ weight: _, ...named }) => named)
  }
}

/** A name as it stands in folded texts: whole words where words are divided by spaces. */
function patternOf(name: string): string {
  const { codes: units, length } = fold(canonicalise(name))
  const folded = String.fromCharCode(...units.subarray(0, length)).trim()
  if (folded === '') return ''
  const spaced = (unit: string | undefined) => unit !== undefined && /[a-z0-9à-ɏ]/.test(unit)
  return `${spaced(folded[0]) ? ' ' : ''}${folded}${spaced(folded.at(-1)) ? ' ' : ''}`
}

function fold(canonical: Canonical): Folded {
  let n = 0
  for (let i = 0; i < canonical.length; i++) {
    const unit = canonical.codes[i] as number
    if (
      unit === SPACE &&
      isUnspaced(canonical.codes[i - 1]) &&
      i + 1 < canonical.length &&
      isUnspaced(canonical.codes[i + 1])
    ) {
      continue
    }
    codes[n] = unit >= 0x30a1 && unit <= 0x30f6 ? unit - 0x60 : unit
    from[n++] = i
  }
  return { codes, from, length: n }
}

function isUnspaced(unit: number | undefined): boolean {
  return unit !== undefined && ((unit >= 0x3041 && unit <= 0x30ff) || (unit >= 0x3400 && unit <= 0x9fff))
}

function originOf(canonical: Canonical, folded: Folded, at: number): number {
  return canonical.origin[folded.from[at] as number] as number
}

/** After the last letter of the match: what follows it in the canonical form may come from further on. */
function endOf(source: string, canonical: Canonical, folded: Folded, start: number, last: number): number {
  const lastUnit = folded.from[last - 1] as number
  let end = lastUnit + 1 < canonical.length ? (canonical.origin[lastUnit + 1] as number) : canonical.read
  while (end > start + 1 && !/[\p{L}\p{N}\p{M}]/u.test(source[end - 1] as string)) end--
  return end
}

/** ソラ is not in ソラマメ. */
function cutsKatakana(source: string, start: number, end: number): boolean {
  return (
    (isKatakana(source[start]) && isKatakana(source[start - 1])) ||
    (isKatakana(source[end - 1]) && isKatakana(source[end]))
  )
}

function isKatakana(character: string | undefined): boolean {
  return character !== undefined && /[\u30a1-\u30faーｦ-ﾟ]/.test(character)
}

function isQuoted(source: string, start: number, end: number): boolean {
  return /[「『“"'‘#＃《]/.test(source[start - 1] ?? '') || /[」』”》]/.test(source[end] ?? '')
}

function digitsOf(text: string): string {
  return text.normalize('NFKC').replace(/[^0-9]/g, '')
}
