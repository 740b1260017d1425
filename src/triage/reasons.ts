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
  const { cues } = reader
  for (let h = 0; h < hits.count && reasons.length < CUES; h++) {
    const start = hits.starts[h] as number
    const end = hits.ends[h] as number
    for (const term of reader.termsOf(hits.pattern[h] as number)) {
      for (const id of cues.byTerm[term] ?? []) {
        const cue = cues.cues[id]
        if (!cue || !codes.includes(cue.code)) continue
        const code = taxonomy.codes[cue.code]?.code ?? ''
        const at = place(start, end)
        if (reasons.some((known) => known.code === code && known.start === at.start && known.end === at.end))
          continue
        reasons.push({ kind: 'cue', ...at, code, weight: cue.weight })
      }
    }
    if ((hits.roles[h] as number) & (ROLE.danger | ROLE.fire)) {
      reasons.push({ kind: 'severity', ...place(start, end), weight: 3 })
    }
  }
  const primary = codes[0] ?? 0
  const telling: { feature: number; weight: number }[] = []
  for (let f = 0; f < features.size; f++) {
    const weight = model.weight(features.rows[f] as number, primary) * (features.weights[f] as number)
    if (weight > TELLING && (features.ends[f] as number) > 0) telling.push({ feature: f, weight })
  }
  telling.sort((a, b) => b.weight - a.weight)
  for (const { feature, weight } of telling.slice(0, EXAMPLES)) {
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

function round(value: number): number {
  return Math.round(value * 100) / 100
}
