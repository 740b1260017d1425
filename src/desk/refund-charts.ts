import { formatMoney } from '../money.ts'
import { companyDay, type Payouts } from '../refunds/index.ts'
import type { Db } from '../store/database.ts'
import { usedByRule } from '../store/money-today.ts'
import { type ChartView, chartOf, daysOf, theMost } from './charts/index.ts'
import { type Language, translate } from './i18n.ts'

const DAYS = 30

/** Refunds of the last thirty days by rule, against what a day may cost. */
export async function refundChart(
  db: Db,
  language: Language,
  payouts: Payouts,
  now: Date,
): Promise<ChartView> {
  const to = companyDay(payouts, now)
  const from = new Date(Date.parse(`${to}T00:00:00Z`) - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10)
  const steps = daysOf(language, from, to)
  const { currency, minor } = payouts.budgets.allPerDay
  const byRule = Map.groupBy(await usedByRule(db, from, to), ({ ruleId }) => ruleId)
  const say = (key: string, values: Record<string, unknown> = {}) =>
    translate(language, `refundChart.${key}`, values)
  return chartOf(language, {
    kind: 'bars',
    title: say('byRule', { currency }),
    unit: { kind: 'money', currency },
    stepName: translate(language, 'chart.day'),
    steps,
    series: theMost(
      language,
      [...byRule].map(([ruleId, rows]) => ({
        name: ruleId ?? say('byPerson'),
        values: steps.map(({ day }) => rows.find((row) => row.day === day)?.baseMinor ?? 0),
      })),
    ),
    limit: { name: say('budget', { budget: formatMoney(minor, currency, language) }), value: minor },
    empty: say('empty'),
  })
}
