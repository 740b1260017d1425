import { STAGES } from '../queue/index.ts'
import type { Db } from '../store/database.ts'
import { type QueueHistory, queueHistory } from '../store/queue-history.ts'
import { modelSpendByDay, type SpendRow, spendByDay } from '../store/spend.ts'
import { firstDay, plusDays, type SpendPeriod, spendReport } from '../store/spend-report.ts'
import { type ChartView, chartOf, daysOf, sparkOf, stepsBack, theMost } from './charts/index.ts'
import { formatNumber, formatPrice } from './format.ts'
import { type Language, translate, translateOr } from './i18n.ts'

const SPARK_MINUTES = 30
const DAY_MINUTES = 24 * 60

/** How the queues went: a spark and what was done for each, and two charts of all. */
export async function flowCharts(db: Db, language: Language, zone: string, now: Date) {
  const rows = await queueHistory(db, SPARK_MINUTES)
  const halves = stepsBack(language, zone, SPARK_MINUTES, DAY_MINUTES / SPARK_MINUTES, now)
  const hours = stepsBack(language, zone, 60, 24, now)
  const byStage = Map.groupBy(rows, ({ queue }) => queue)
  const say = (key: string) => translate(language, `healthSum.${key}`)
  const sparks = new Map(
    STAGES.map((stage) => {
      const own = byStage.get(stage) ?? []
      const values = halves.map(({ at }) => rowAt(own, at)?.waiting ?? null)
      const most = Math.max(0, ...values.map((value) => value ?? 0))
      const label = translate(language, 'healthSum.depth', {
        queue: translateOr(language, 'stage', stage),
        most: formatNumber(language, most),
      })
      return [stage, { spark: sparkOf(values, label), done: sum(own.map(({ done }) => done)) }]
    }),
  )
  const doneIn = (own: QueueHistory, hour: Date) => {
    const seen = own.filter(({ at }) => at >= hour && at.getTime() < hour.getTime() + 3_600_000)
    return seen.length === 0 ? null : sum(seen.map(({ done }) => done))
  }
  const throughput = chartOf(language, {
    kind: 'bars',
    title: say('throughput'),
    unit: { kind: 'count' },
    stepName: translate(language, 'chart.hour'),
    steps: hours,
    series: theMost(
      language,
      STAGES.map((stage) => ({
        name: translateOr(language, 'stage', stage),
        values: hours.map(({ at }) => doneIn(byStage.get(stage) ?? [], at)),
      })),
    ),
    empty: say('flowEmpty'),
  })
  const heard = byStage.get('listen') ?? []
  const silence = chartOf(language, {
    kind: 'surface',
    title: say('silenceChart'),
    unit: { kind: 'seconds' },
    stepName: translate(language, 'chart.halfHour'),
    steps: halves,
    series: [
      {
        name: say('silenceChart'),
        tone: 'c1',
        values: halves.map(({ at }) => rowAt(heard, at)?.oldest_seconds ?? null),
      },
    ],
    empty: say('flowEmpty'),
  })
  return { sparks, throughput, silence }
}

/** What the networks and the model charged each day of this month. */
export async function spendCharts(
  db: Db,
  language: Language,
  budget: { dailyMicroUsd: number | null } | null,
  model: { on: boolean; budgetMicroUsd: number | null },
  now: Date,
): Promise<{ networks: ChartView; model: ChartView }> {
  const today = now.toISOString().slice(0, 10)
  const first = `${today.slice(0, 8)}01`
  const steps = daysOf(language, first, today)
  const [charged, asked] = await Promise.all([
    spendByDay(db, first, today),
    modelSpendByDay(db, first, today),
  ])
  const byKind = Map.groupBy(charged, ({ network, kind }) => `${network} ${kind}`)
  const common = {
    kind: 'bars',
    unit: { kind: 'micro-usd' },
    stepName: translate(language, 'chart.day'),
    steps,
  } as const
  const say = (key: string, values = {}) => translate(language, `healthSum.${key}`, values)
  const budgetLine = (microUsd: number | null) =>
    microUsd ? { name: say('budgetLine', { budget: formatPrice(microUsd) }), value: microUsd } : null
  return {
    networks: chartOf(language, {
      ...common,
      title: say('spendChart'),
      series: theMost(
        language,
        [...byKind.values()].map((rows) => ({
          name: nameOf(language, rows[0] as SpendRow),
          values: steps.map(({ day }) => rows.find((row) => row.day === day)?.microUsd ?? 0),
        })),
      ),
      limit: budgetLine(budget?.dailyMicroUsd ?? null),
      empty: say('spendEmpty'),
    }),
    model: chartOf(language, {
      ...common,
      title: say('modelChart'),
      series: [
        {
          name: translate(language, 'health.model'),
          tone: 'c4',
          values: steps.map(({ day }) => asked.find((row) => row.day === day)?.microUsd ?? 0),
        },
      ],
      limit: budgetLine(model.on ? model.budgetMicroUsd : null),
      empty: say('modelEmpty'),
    }),
  }
}

/** What an answered complaint cost: today, within seven days, this month. */
export async function answeredCosts(db: Db, now: Date) {
  const today = now.toISOString().slice(0, 10)
  const week = plusDays(today, -6)
  const month = firstDay(today, 'month')
  const days = await spendReport(db, { from: week < month ? week : month, to: today, span: 'day' })
  const since = (from: string) => addUpPeriods(days.filter((day) => day.from >= from))
  return [
    { span: 'today', ...since(today) },
    { span: 'week', ...since(week) },
    { span: 'thisMonth', ...since(month) },
  ]
}

function addUpPeriods(days: readonly SpendPeriod[]) {
  const total = sum(days.map((day) => day.totalMicroUsd))
  const answered = sum(days.map((day) => day.answered))
  return {
    listening: sum(days.map((day) => day.listeningMicroUsd)),
    answering: sum(days.map((day) => day.answeringMicroUsd)),
    model: sum(days.map((day) => day.modelMicroUsd)),
    answered,
    each: answered === 0 ? null : Math.round(total / answered),
  }
}

function nameOf(language: Language, { network, kind }: SpendRow): string {
  return `${translateOr(language, 'network', network)} · ${translateOr(language, 'priceKind', kind)}`
}

function rowAt(rows: QueueHistory, at: Date): QueueHistory[number] | undefined {
  return rows.find((row) => row.at.getTime() === at.getTime())
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}
