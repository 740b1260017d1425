import type { Store } from '../store/database.ts'
import { incidentsSince, type StreamingHour, streamingHours } from '../store/streaming-hours.ts'
import { type ChartView, chartOf, type Step, stepsBack } from './charts/index.ts'
import { calm } from './format.ts'
import { type Language, translate } from './i18n.ts'

const HOURS = 24
/** Sessions of a busy day are added up once for all who look. */
const KEPT_MS = 60_000
const kept = new WeakMap<Store, { until: number; hours: Promise<StreamingHour[]> }>()

/** How streaming did in the last 24 hours, with its incidents. */
export async function streamingCharts(
  store: Store,
  language: Language,
  zone: string,
  now: Date,
): Promise<ChartView[]> {
  const steps = stepsBack(language, zone, 60, HOURS, now)
  const from = steps[0]?.at ?? now
  const [hours, incidents] = await Promise.all([hoursOf(store, from, now), incidentsSince(store, from)])
  const at = steps.map((step) => hours.find((hour) => hour.at.getTime() === step.at.getTime()))
  const say = (key: string) => translate(language, `streamChart.${key}`)
  const common = {
    stepName: translate(language, 'chart.hour'),
    steps,
    marks: incidents.map((incident) => ({
      name: `${say('incident')}${incident.value === '' ? '' : ` (${calm(incident.value)})`}`,
      ...stepsOf(steps, incident.began_at, incident.closed_at ?? now),
    })),
    markName: say('incident'),
    empty: say('empty'),
  }
  const share = (value: (hour: StreamingHour) => { part: number; whole: number }) =>
    at.map((hour) => {
      const { part, whole } = hour ? value(hour) : { part: 0, whole: 0 }
      return whole === 0 ? null : (part / whole) * 100
    })
  return [
    chartOf(language, {
      ...common,
      kind: 'bars',
      title: say('sessions'),
      unit: { kind: 'count' },
      series: [
        { name: say('good'), tone: 'c1', values: at.map((hour) => hour?.good ?? 0) },
        { name: say('poor'), tone: 'c3', values: at.map((hour) => hour?.poor ?? 0) },
        { name: say('neverStarted'), tone: 'late', values: at.map((hour) => hour?.neverStarted ?? 0) },
      ],
    }),
    chartOf(language, {
      ...common,
      kind: 'surface',
      title: say('ratio'),
      unit: { kind: 'percent' },
      series: [
        {
          name: say('ratio'),
          tone: 'c1',
          values: share(({ playedMs, stalledMs }) => ({ part: stalledMs, whole: playedMs + stalledMs })),
        },
      ],
    }),
    chartOf(language, {
      ...common,
      kind: 'surface',
      title: say('failed'),
      unit: { kind: 'percent' },
      series: [
        {
          name: say('failed'),
          tone: 'c1',
          values: share(({ good, poor, neverStarted }) => ({
            part: neverStarted,
            whole: good + poor + neverStarted,
          })),
        },
      ],
    }),
  ]
}

function hoursOf(store: Store, from: Date, now: Date): Promise<StreamingHour[]> {
  const known = kept.get(store)
  if (known && known.until > now.getTime()) return known.hours
  const hours = streamingHours(store, from)
  kept.set(store, { until: now.getTime() + KEPT_MS, hours })
  // What failed is asked again by the next who looks.
  hours.catch(() => kept.delete(store))
  return hours
}

/** The steps that a span of time touches. */
function stepsOf(steps: readonly Step[], from: Date, to: Date): { from: number; to: number } {
  const stepAt = (time: Date) =>
    Math.max(
      0,
      steps.findLastIndex(({ at }) => at <= time),
    )
  return { from: stepAt(from), to: stepAt(to) }
}
