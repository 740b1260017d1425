import { table } from '../../src/cli/output.ts'

/** One row of a result: what was measured, then numbers under names that carry their unit. */
export type Row = Record<string, string | number>

/** What one benchmark found; the baselines stand in the same rows. */
export interface Finding {
  title: string
  rows: Row[]
  /** How to read it: what the ratio divides, what was not run. */
  notes: string[]
}

/** Lays a finding out for a terminal; a column is there if any row has it. */
export function showFinding({ title, rows, notes }: Finding): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = rows.map((row) => columns.map((column) => showCell(row[column])))
  const body = rows.length === 0 ? '' : indent(table(columns, cells))
  return `${title}\n${body}${notes.map((note) => `  - ${note}\n`).join('')}`
}

function showCell(value: string | number | undefined): string {
  if (typeof value !== 'number') return value ?? ''
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 })
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

/** The value below which a share of the samples lies (nearest rank); NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5)
}

/** Rounds to three significant digits, whole from a hundred on: more would only show the machine's mood. */
export function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
