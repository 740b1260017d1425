import type { Reason } from './classify.ts'
import type { Feeling } from './feeling.ts'
import type { Features, LinearModel } from './linear.ts'
import type { Canonical } from './normalise.ts'
import { type Hits, type Reader, ROLE } from './reading.ts'
import type { Taxonomy } from './taxonomy.ts'

interface Decided {
  source: string
  text: Canonical
  hits: Hits
  reader: Reader
  features: Features
  model: LinearModel
  feeling: Feeling
  taxonomy: Taxonomy
  codes: readonly number[]
}

const CUES = 8
const EXAMPLES = 3
const FEELINGS = 8
/** A feature says so little below this that it would only puzzle the reader. */
const TELLING = 0.8

/** The words that decided, in the order cues, likeness to examples, feeling. */
export function explain(decided: Decided): Reason[] {
  const { source, text, hits, reader, features, model, feeling, taxonomy, codes } = decided
  const reasons: Reason[] = []
  const place = (start: number, end: number) => {
    const from = text.origin[start] ?? 0
    const to = (text.origin[Math.max(end - 1, start)] ?? from) + 1
    return { text: source.slice(from, to), start: from, end: to }
  }
  for (let h = 0; h < hits.count && reasons.length < CUES; h++) {
    const start = hits.starts[h] as number
    const end = hits.ends[h] as number
    for (const { code, weight } of reader.cuedBy(hits.pattern[h] as number)) {
      if (reader.cueSums[code] === 0 || !codes.includes(code)) continue
      const name = taxonomy.codes[code]?.code ?? ''
      const { text: words, start: from, end: to } = place(start, end)
      if (reasons.some((known) => known.code === name && known.start === from && known.end === to)) continue
      reasons.push({ kind: 'cue', text: words, start: from, end: to, code: name, weight })
    }
    if ((hits.roles[h] as number) & (ROLE.danger | ROLE.fire)) {
      reasons.push({ kind: 'severity', ...place(start, end), weight: 3 })
    }
  }
  const primary = codes[0] ?? 0
  for (const { feature, weight } of mostTelling(features, model, primary)) {
    const at = place(features.starts[feature] as number, features.ends[feature] as number)
    reasons.push({ kind: 'example', ...at, code: taxonomy.codes[primary]?.code ?? '', weight: round(weight) })
  }
  for (const { hit, value } of feeling.counted.slice(0, FEELINGS)) {
    const kind = feeling.ironic && hit === feeling.mockery ? 'irony' : 'sentiment'
    reasons.push({
      kind,
      ...place(hits.starts[hit] as number, hits.ends[hit] as number),
      weight: round(value),
    })
  }
  return reasons
}

/** The features of words that speak loudest for a code, at most `EXAMPLES`, no two of them of the same words. */
function mostTelling(features: Features, model: LinearModel, code: number) {
  const telling: { feature: number; weight: number }[] = []
  const { rows, weights, starts, ends, size } = features
  for (let f = 0; f < size; f++) {
    const row = rows[f] as number
    if (row === 0 || ends[f] === 0) continue
    const weight = model.weight(row, code) * (weights[f] as number)
    const last = telling.at(-1)
    if (weight <= TELLING || (telling.length === EXAMPLES && last && weight <= last.weight)) continue
    const same = telling.findIndex(
      ({ feature }) =>
        (starts[feature] as number) < (ends[f] as number) &&
        (ends[feature] as number) > (starts[f] as number),
    )
    if (same >= 0) {
      if ((telling[same]?.weight ?? 0) >= weight) continue
      telling.splice(same, 1)
    }
    telling.push({ feature: f, weight })
    telling.sort((a, b) => b.weight - a.weight)
    telling.length = Math.min(telling.length, EXAMPLES)
  }
  return telling
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
