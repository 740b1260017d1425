import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { deskLog } from '../log.ts'
import { budgetsToday, journalCsv, journalOf, journalSpan } from '../refunds/index.ts'
import { gatewaysLeftAlone } from '../store/money-today.ts'
import { disputesPage } from '../store/provider-events.ts'
import { listReconciliations } from '../store/reconciliations.ts'
import type { Desk } from './desk.ts'
import { type Language, translateOr } from './i18n.ts'
import { refundChart } from './refund-charts.ts'
import { ProblemError, type Route, type Visit } from './visit.ts'

const DAYS_SHOWN = 14
const DISPUTES_SHOWN = 50

/** The journal for bookkeeping, as a file. */
export function moneyRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/refunds/journal.csv',
      allow: 'payouts',
      async handle({ request, response }) {
        const { payouts } = desk.refunds
        const span = journalSpan(
          payouts,
          { from: text(request.query.from), to: text(request.query.to) },
          new Date(),
        )
        if ('fault' in span) throw new ProblemError(400, 'badDays')
        response.set({
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="refunds-${span.from}-${span.to}.csv"`,
          'cache-control': 'no-store',
        })
        const lines = journalOf(desk.store, payouts, span)
        // A file that breaks off must not look whole: the connection is cut.
        await pipeline(Readable.from(journalCsv(lines)), response).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
            deskLog.error({ err: error }, 'the journal broke off')
          response.destroy()
        })
      },
    },
  ]
}

/** The day's budgets, providers that are left alone, and how the books stand, for the page of refunds. */
export async function moneyOn(desk: Desk, visit: Visit) {
  const now = new Date()
  const { payouts } = desk.refunds
  const [today, alone, disputes, reconciliations, chart] = await Promise.all([
    budgetsToday(desk.store, payouts, now),
    gatewaysLeftAlone(desk.store),
    disputesPage(desk.store, DISPUTES_SHOWN),
    listReconciliations(desk.store, DAYS_SHOWN),
    refundChart(desk.store, visit.language, payouts, now),
  ])
  return {
    alone: alone.map(({ reason, ...each }) => ({ ...each, cause: causeOf(reason) })),
    budgets: {
      day: today.day,
      rows: today.budgets.map((budget) => {
        const share = budget.usedMinor / budget.mostMinor
        return {
          ...budget,
          leftMinor: Math.max(0, budget.mostMinor - budget.usedMinor),
          bar: Math.min(100, Math.round(share * 100)),
          level: share >= 0.9 ? 'bad' : share >= 0.6 ? 'fair' : 'good',
        }
      }),
    },
    chart,
    disputes,
    reconciliations: reconciliations.map((each) => ({
      ...each,
      faults: each.faults.map((fault) => withStates(visit.language, fault[visit.language])),
    })),
    span: journalSpan(payouts, {}, now),
  }
}

/** Sentences are stored with the states' own names in them. */
function withStates(language: Language, sentence: string): string {
  return sentence.replace(/(?<=[「"])[a-z]+(?=[」"])/g, (state) =>
    translateOr(language, 'refundState', state),
  )
}

/** What the provider did last, without what the breaker says around it. */
function causeOf(reason: string): string {
  return /circuit (?:half-open|open until \S+): (.+)$/s.exec(reason)?.[1] ?? reason
}

function text(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined
}
