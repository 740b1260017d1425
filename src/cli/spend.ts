import { z } from 'zod'
import {
  firstDay,
  plusDays,
  SPEND_SPANS,
  type SpendPeriod,
  type SpendSpan,
  spendReport,
} from '../store/spend-report.ts'
import { type Command, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, table, write } from './output.ts'

const MICRO = 1_000_000
/** How many spans are shown where no days are given. */
const SHOWN: Record<SpendSpan, number> = { day: 7, week: 8, month: 6 }
const DAYS: Record<SpendSpan, number> = { day: 1, week: 7, month: 30.44 }
const MOST_DAYS = 3660
const day = z.iso.date()

export const spend: Command = {
  help: `Usage: npm run --silent kikimimi -- spend [--by day|week|month] [--from DATE] [--to DATE] [--json]

What listening cost, what answering cost, and what an answered complaint cost: everything that was charged over the
complaints that got their first reply then. Days are UTC, as X counts them; what X charges once within such a day is
counted once. Prices stand in templates/prices.yaml. Compare with the bill: this is what we know of.

  --by          day (default), week (from Monday) or month
  --from, --to  days (2026-11-01, both counted); default: the last 7 days, 8 weeks or 6 months
  --json        one JSON object a line, the latest first: {"from","to","listeningUsd","answeringUsd","modelUsd",
                "totalUsd","replies","answered","perAnsweredUsd","by":[{"network","kind","charges","usd"}]}
                perAnsweredUsd is null where no complaint was answered
`,
  async run(args) {
    const { values } = readArgs(args, {
      by: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
    })
    const span = SPEND_SPANS.find((known) => known === (values.by ?? 'day'))
    if (!span) throw new UsageError('--by must be day, week or month')
    const to = readDay('to', values.to) ?? new Date().toISOString().slice(0, 10)
    const from =
      readDay('from', values.from) ??
      firstDay(plusDays(to, -Math.floor((SHOWN[span] - 1) * DAYS[span])), span)
    if (from > to) throw new UsageError('--from must not be after --to')
    if (plusDays(from, MOST_DAYS) < to) throw new UsageError('--from must be within ten years of --to')
    const report = await withStore(({ store }) => spendReport(store, { from, to, span }))
    if (values.json) for (const period of report) await printJson(inDollars(period))
    else await write(process.stdout, spendTable(report))
    return 0
  },
}

function readDay(option: string, given: string | undefined): string | null {
  if (given === undefined) return null
  const parsed = day.safeParse(given)
  if (!parsed.success) throw new UsageError(`--${option} must be a day such as 2026-11-01`)
  return parsed.data
}

function inDollars({ by, ...period }: SpendPeriod) {
  return {
    from: period.from,
    to: period.to,
    listeningUsd: period.listeningMicroUsd / MICRO,
    answeringUsd: period.answeringMicroUsd / MICRO,
    modelUsd: period.modelMicroUsd / MICRO,
    totalUsd: period.totalMicroUsd / MICRO,
    replies: period.replies,
    answered: period.answered,
    perAnsweredUsd: period.perAnsweredMicroUsd === null ? null : period.perAnsweredMicroUsd / MICRO,
    by: by.map(({ microUsd, ...kind }) => ({ ...kind, usd: microUsd / MICRO })),
  }
}

function spendTable(report: readonly SpendPeriod[]): string {
  return table(
    ['DAYS (UTC)', 'LISTENING', 'ANSWERING', 'MODEL', 'TOTAL', 'REPLIES', 'ANSWERED', 'EACH'],
    report.map((period) => [
      period.from === period.to ? period.from : `${period.from} to ${period.to}`,
      dollars(period.listeningMicroUsd),
      dollars(period.answeringMicroUsd),
      dollars(period.modelMicroUsd),
      dollars(period.totalMicroUsd),
      period.replies,
      period.answered,
      period.perAnsweredMicroUsd === null ? '-' : dollars(period.perAnsweredMicroUsd),
    ]),
  )
}

function dollars(microUsd: number): string {
  return `$${(microUsd / MICRO).toFixed(3)}`
}
