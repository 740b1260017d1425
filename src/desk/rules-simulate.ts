import { z } from 'zod'
import { activeRules, MOST_EVENTS, SimulationError, simulateApart } from '../refunds/index.ts'
import { TemplateFileError } from '../yaml-file.ts'
import { type Desk, sendPage } from './desk.ts'
import { translate } from './i18n.ts'
import { type Route, readForm, type Visit } from './visit.ts'

const DAY_MS = 86_400_000
/** People wait for the answer, and so does their browser. */
const PATIENCE_MS = 25_000
const DIFFERENCES = ['live', 'newlyPaid', 'noLongerPaid', 'changed', 'newlyAsked', 'noLongerAsked'] as const

const spanForm = z.object({ from: z.iso.date(), to: z.iso.date() })

/** Tries the rules as edited on what really happened; nothing is paid and nothing is changed. */
export function simulateRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/rules/simulate',
      allow: 'operate',
      handle: (visit) => show(visit, lastMonth(new Date())),
    },
    {
      method: 'post',
      path: '/rules/simulate',
      allow: 'operate',
      async handle(visit) {
        const span = readForm(visit, spanForm)
        try {
          await show(visit, span, await simulate(span))
        } catch (error) {
          if (error instanceof TemplateFileError) return show(visit, span, { faults: error.faults })
          if (!(error instanceof SimulationError)) throw error
          await show(visit, span, { problem: translate(visit.language, `simulate.${error.reason}`) })
        }
      },
    },
  ]

  async function simulate(span: { from: string; to: string }) {
    const from = new Date(`${span.from}T00:00:00Z`)
    const to = new Date(new Date(`${span.to}T00:00:00Z`).getTime() + DAY_MS)
    const rules = desk.rules.load()
    const live = await activeRules(desk.store)
    const { payouts } = desk.refunds
    const result = await simulateApart(
      { databaseUrl: desk.databaseUrl, rules, live, payouts, from, to },
      PATIENCE_MS,
    )
    const hashes = (all: readonly { hash: string }[]) =>
      all
        .map(({ hash }) => hash)
        .sort()
        .join()
    return { result, same: hashes(rules) === hashes(live) }
  }

  async function show(
    visit: Visit,
    span: { from: string; to: string },
    shown: Partial<Awaited<ReturnType<typeof simulate>>> & {
      faults?: TemplateFileError['faults']
      problem?: string
    } = {},
  ): Promise<void> {
    const { result = null, same = false, faults = desk.rules.faults(), problem = null } = shown
    const difference = result?.difference ?? null
    await sendPage(desk, visit, 'rules-simulate', {
      ...span,
      result: result && { ...result, most: MOST_EVENTS },
      same,
      faults,
      problem,
      rules: (result?.rules ?? []).map((rule) => ({ ...rule, title: rule.name[visit.language] })),
      differences: difference ? DIFFERENCES.map((name) => ({ name, tally: difference[name] })) : [],
    })
  }
}

/** The last thirty days, this one counted. */
function lastMonth(now: Date): { from: string; to: string } {
  const first = new Date(now.getTime() - 29 * DAY_MS)
  return { from: first.toISOString().slice(0, 10), to: now.toISOString().slice(0, 10) }
}
