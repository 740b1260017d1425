import type { Canonical } from './normalise.ts'
import { type Hits, ROLE } from './reading.ts'

/** What the lexicon says of a post, before the examples are asked. */
export interface Feeling {
  positive: number
  negative: number
  ironic: boolean
  repaired: boolean
  /** The hits that counted: index into the hits, and the value after negation, emphasis and contrast. */
  counted: { hit: number; value: number; negated: boolean }[]
  mockery: number
  /** Where the last "but" stands, −1 without one. */
  contrastAt: number
}

const MAXIMUM = 400
const kept = new Int32Array(MAXIMUM)

/** Weighs the words of feeling in the hits: longest match, negation, emphasis, contrast, irony, repair. */
export function weighFeeling(text: Canonical, hits: Hits, language: 'en' | 'ja'): Feeling {
  const count = keepLongest(hits, (hit) => ((hits.roles[hit] as number) & ROLE.value) !== 0, kept)
  const feeling: Feeling = {
    positive: 0,
    negative: 0,
    ironic: false,
    repaired: false,
    counted: [],
    mockery: -1,
    contrastAt: -1,
  }
  let contrast = -1
  let genuine = false
  let repairedAt = -1
  let failureAfter = 0
  for (let h = 0; h < hits.count; h++) {
    const roles = hits.roles[h] as number
    if (roles === 0) continue
    if (roles & ROLE.contrast) contrast = hits.starts[h] as number
    if (roles & ROLE.repaired) repairedAt = hits.starts[h] as number
    if (roles & ROLE.genuine) genuine = true
  }
  feeling.contrastAt = contrast
  let mocking = 0
  let sincere = 0
  for (let k = 0; k < count; k++) {
    const hit = kept[k] as number
    let value = hits.values[hit] as number
    if (value === 0) continue
    const start = hits.starts[hit] as number
    const end = hits.ends[hit] as number
    const negated = language === 'en' ? negatedBefore(text, hits, start) : negatedAfter(text, hits, end)
    if (negated) value = value > 0 ? -0.8 * value - 0.4 : -0.35 * value
    value *= emphasis(text, hits, start)
    if (contrast >= 0) value *= end <= contrast ? 0.6 : start > contrast ? 1.3 : 1
    feeling.counted.push({ hit, value, negated })
    if (value > 0) {
      feeling.positive += value
      if ((hits.roles[hit] as number) & ROLE.mockery) {
        mocking += value
        if (feeling.mockery < 0) feeling.mockery = hit
      } else if (value > 1) sincere += value
    } else {
      feeling.negative -= value
      if (contrast >= 0 && start > contrast) failureAfter -= value
    }
  }
  // "they were quick, but it is broken again": what comes after the but was not put right
  const undone = repairedAt < contrast && failureAfter >= 1
  feeling.repaired = repairedAt >= 0 && !undone
  if (undone) feeling.positive *= 0.5
  const opposed = contrast >= 0 && feeling.mockery >= 0 && (hits.starts[feeling.mockery] as number) < contrast
  const failure = language === 'en' ? 1.5 : 2
  if (
    mocking > 0 &&
    feeling.negative >= failure &&
    sincere <= 1.6 &&
    !opposed &&
    !genuine &&
    !feeling.repaired
  ) {
    feeling.ironic = true
    feeling.negative += 0.6 * mocking
    feeling.positive = 0
  }
  if (feeling.repaired && (feeling.positive >= 1 || genuine)) {
    feeling.negative *= 0.35
    feeling.positive += 1.5
  } else if (genuine && !undone && feeling.positive > 0) feeling.positive += 0.8
  return feeling
}

/**
 * Of hits that overlap only the longest says something: "not bad" hides "bad".
 * @param into receives the indexes of the hits kept, as many as fit
 * @returns how many
 */
export function keepLongest(hits: Hits, counts: (hit: number) => boolean, into: Int32Array): number {
  let count = 0
  for (let h = 0; h < hits.count; h++) {
    if (!counts(h)) continue
    const start = hits.starts[h] as number
    const end = hits.ends[h] as number
    let keep = true
    while (count > 0) {
      const last = into[count - 1] as number
      const lastStart = hits.starts[last] as number
      const lastEnd = hits.ends[last] as number
      if (start >= lastEnd) break
      if (end - start > lastEnd - lastStart) count--
      else {
        keep = false
        break
      }
    }
    if (keep && count < into.length) into[count++] = h
  }
  return count
}

function negatedBefore(text: Canonical, hits: Hits, start: number): boolean {
  for (let h = 0; h < hits.count; h++) {
    const end = hits.ends[h] as number
    if (end > start) break
    if (((hits.roles[h] as number) & ROLE.negator) === 0 || start - end > 26) continue
    let spaces = 0
    let open = true
    for (let i = end; i < start; i++) {
      const unit = text.codes[i] as number
      if (unit === 32) spaces++
      else if (unit === 44 || unit === 46 || unit === 33 || unit === 63) open = false
    }
    if (open && spaces <= 4) return true
  }
  return false
}

/** A Japanese negation follows its word, joined by nothing but a few hiragana that do not end the clause. */
function negatedAfter(text: Canonical, hits: Hits, end: number): boolean {
  for (let h = 0; h < hits.count; h++) {
    const start = hits.starts[h] as number
    if (((hits.roles[h] as number) & ROLE.negator) === 0 || start < end || start - end > 7) continue
    let open = true
    for (let i = end; i < start && open; i++) {
      const unit = text.codes[i] as number
      const next = i + 1 < text.length ? (text.codes[i + 1] as number) : 0
      if (unit < 0x3041 || unit > 0x3096) open = false
      else if (unit === 0x3051 || unit === 0x304c || unit === 0x306e)
        open = false // け, が, の
      else if (unit === 0x306b && next !== 0x306a)
        open = false // に, but for になれない
      // て goes on only into ている, ておりません, てない
      else if (unit === 0x3066 && next !== 0x3044 && next !== 0x304a && next !== 0x306a && next !== 0x307e)
        open = false
    }
    // わけではない, とは言えない, とは思えない are joined by more
    if (open) return true
  }
  return false
}

function emphasis(text: Canonical, hits: Hits, start: number): number {
  let factor = text.shouted > 1 ? 1.15 : 1
  if (text.exclamations > 0) factor *= 1.1
  for (let h = 0; h < hits.count; h++) {
    const end = hits.ends[h] as number
    if (end > start) break
    if (start - end > 3) continue
    const roles = hits.roles[h] as number
    if (roles & ROLE.intensifier) factor *= 1.35
    else if (roles & ROLE.diminisher) factor *= 0.7
  }
  return Math.min(factor, 2)
}
