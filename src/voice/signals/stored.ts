import { type Field, type KeysOfKind, keyOf } from './field.ts'
import { type Kind, LAG_HOURS, type Part, RING, type Watched } from './watched.ts'

/** One key as a row of plain JSON: some 3 kB. */
export interface StoredKey {
  kind: Kind
  name: string
  rate: number
  spread: number
  keptLog: number
  /** Null: never. */
  raisedUntil: number | null
  baseline: Omit<Watched['baseline'], 'cellCounts' | 'cellExposures'> & {
    cellCounts: number[]
    cellExposures: number[]
  }
  counts: number[]
  shapes: number[]
  parts: { code: string; count: number; keptLog: number; hour: number; counts: number[] }[]
}

/** What is not of one key: one more row. */
export interface StoredField {
  began: number
  hour: number
  fraction: number
  expected: number[]
  cells: number[]
  kinds: Record<Kind, { rate: number; size: number; spread: number }>
}

export function storeKeys(field: Field): StoredKey[] {
  return Object.values(field.kinds).flatMap(({ keys }) => [...keys.values()].map(storeKey))
}

function storeKey(watched: Watched): StoredKey {
  const { kind, name, rate, spread, keptLog, raisedUntil, baseline } = watched
  return {
    kind,
    name,
    rate,
    spread,
    keptLog,
    raisedUntil: Number.isFinite(raisedUntil) ? raisedUntil : null,
    baseline: {
      ...baseline,
      cellCounts: [...baseline.cellCounts],
      cellExposures: [...baseline.cellExposures],
    },
    counts: [...watched.counts],
    shapes: [...watched.shapes],
    parts: [...watched.parts.values()].map((part) => ({ ...part, counts: [...part.counts] })),
  }
}

export function storeField({ kinds, began, hour, fraction, expected, cells }: Field): StoredField {
  const common = ({ prior, spread }: KeysOfKind) => ({ ...prior, spread })
  return {
    began,
    hour,
    fraction,
    expected: [...expected],
    cells: [...cells],
    kinds: {
      company: common(kinds.company),
      product: common(kinds.product),
      title: common(kinds.title),
      code: common(kinds.code),
    },
  }
}

/** Puts stored rows into a new field. */
export function restoreInto(field: Field, stored: StoredField, keys: readonly StoredKey[]): void {
  field.began = stored.began
  field.hour = stored.hour
  field.fraction = stored.fraction
  field.expected.set(stored.expected)
  field.cells.set(stored.cells)
  for (const kind of Object.keys(field.kinds) as Kind[]) {
    const { rate, size, spread } = stored.kinds[kind]
    Object.assign(field.kinds[kind], { prior: { rate, size }, spread })
  }
  for (const key of keys) restoreKey(keyOf(field, key.kind, key.name), key, stored.hour)
}

function restoreKey(watched: Watched, key: StoredKey, hour: number): void {
  const { rate, spread, keptLog, baseline } = key
  const raisedUntil = key.raisedUntil ?? Number.NEGATIVE_INFINITY
  Object.assign(watched, { rate, spread, keptLog, raisedUntil })
  Object.assign(watched.baseline, {
    ...baseline,
    cellCounts: Float32Array.from(baseline.cellCounts),
    cellExposures: Float32Array.from(baseline.cellExposures),
  })
  watched.counts.set(key.counts)
  watched.shapes.set(key.shapes)
  for (const stored of key.parts) {
    const part: Part = { ...stored, counts: Uint16Array.from(stored.counts) }
    watched.parts.set(part.code, part)
    for (let open = hour - LAG_HOURS + 1; open <= part.hour; open++) {
      if (part.counts[open % RING] !== 0) (watched.touched[open % RING] as Part[]).push(part)
    }
  }
}
