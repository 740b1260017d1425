import { type Review, sayInReview, weekOf } from '../voice/index.ts'
import { type ChartView, chartOf, type Tone } from './charts/index.ts'
import { type Language, translate } from './i18n.ts'

const WEEKS = 13
const TONES: readonly Tone[] = ['c1', 'c2', 'c3', 'c4', 'c5']

/** The codes of a review over the weeks up to its own. */
export function reviewChart(review: Review, language: Language): ChartView {
  const { weeks, counts } = review.trend
  const shown = weeks.slice(-WEEKS)
  const short = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' })
  const steps = shown.map((week) => ({
    name: weekOf(week),
    short: short.format(new Date(`${week}T00:00:00Z`)),
  }))
  const inSpan = review.span.kind === 'week' ? shown.length : shown.length - 1
  const valuesOf = (codes: readonly string[]) =>
    steps.slice(0, inSpan).map((_, n) => {
      const at = weeks.length - shown.length + n
      return codes.reduce((sum, code) => sum + (counts.get(code)?.[at] ?? 0), 0)
    })
  const codes = review.lines.map(({ code }) => code)
  const named = review.lines.slice(0, TONES.length)
  const others = codes.slice(TONES.length)
  return chartOf(language, {
    kind: 'bars',
    title: sayInReview(language, 'trend'),
    unit: { kind: 'count' },
    stepName: sayInReview(language, 'weekOf'),
    steps: steps.slice(0, inSpan),
    series: [
      ...named.map(({ code, name }, n) => ({
        name: name[language],
        tone: TONES[n] as Tone,
        values: valuesOf([code]),
      })),
      ...(others.length > 0
        ? [{ name: sayInReview(language, 'others'), tone: 'c6' as const, values: valuesOf(others) }]
        : []),
    ],
    empty: translate(language, 'voice.noTrend'),
  })
}
