import { type Language, translate } from '../i18n.ts'
import type { Series, Tone } from './chart.ts'

const TONES: readonly Tone[] = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']

/** At most six series, the greatest first; the rest is one. A name keeps its colour while the order stays. */
export function theMost(
  language: Language,
  given: readonly { name: string; values: readonly (number | null)[] }[],
): Series[] {
  const used = given.filter(({ values }) => sum(values) > 0).toSorted((a, b) => sum(b.values) - sum(a.values))
  const all = used.length > 0 ? used : given.slice(0, 1)
  const own = all.length > TONES.length ? all.slice(0, TONES.length - 1) : all
  const rest = all.slice(own.length)
  const others = rest.length === 0 ? [] : [{ name: translate(language, 'chart.others'), values: addUp(rest) }]
  return [...own, ...others].map((each, i) => ({ ...each, tone: TONES[i] as Tone }))
}

function addUp(series: readonly { values: readonly (number | null)[] }[]): number[] {
  const steps = series[0]?.values ?? []
  return steps.map((_, i) => sum(series.map(({ values }) => values[i] ?? 0)))
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}
