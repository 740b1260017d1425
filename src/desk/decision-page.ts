import { decisionPage } from '../store/decision-page.ts'
import { conditionAsked, factsOf, valueSeen } from './decision-facts.ts'
import { type Desk, sendPage } from './desk.ts'
import { ProblemError, type Route, readId } from './visit.ts'

type Found = NonNullable<Awaited<ReturnType<typeof decisionPage>>>
type Reason = Found['decision']['reasons'][number] & { ruleId?: string; of?: string }

/** One decision with all that explains it, and what came of it. */
export function decisionPageRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/refunds/decisions/:id',
      allow: 'read',
      async handle(visit) {
        const found = await decisionPage(desk.store, readId(visit))
        if (!found) throw new ProblemError(404)
        const { decision, refund, ledger, shadow } = found
        const { language } = visit
        const { currency } = decision
        const reasons: readonly Reason[] = decision.reasons
        await sendPage(desk, visit, 'decision', {
          ...found,
          title:
            refund?.title ?? found.replacement?.title ?? titleOf(decision.inputs) ?? decision.order_line_id,
          why: decision.sentence[language],
          sessionHref:
            decision.sid === null ? null : `/streaming/sessions/${encodeURIComponent(decision.sid)}`,
          rule: decision.rule_id && { id: decision.rule_id, short: decision.rule_hash?.slice(0, 12) ?? null },
          reasons: reasons.map((reason) => ({
            held: reason.held,
            ruleId: reason.ruleId ?? decision.rule_id,
            part: reason.of ?? 'when',
            asked: conditionAsked(reason, language),
            condition: reason.condition,
            saw: valueSeen(reason, currency, language),
          })),
          severalRules: new Set(reasons.map(({ ruleId }) => ruleId)).size > 1,
          facts: factsOf(decision.inputs, currency, language),
          shadow: shadow.map((row) => ({ ...row, short: row.hash.slice(0, 12) })),
          ledger: ledger.map((line) => ({
            ...line,
            size: Math.abs(line.amount_minor),
            debit: line.amount_minor > 0,
          })),
        })
      },
    },
  ]
}

function titleOf(inputs: unknown): string | null {
  const title = (inputs as { order?: { title?: unknown } } | null)?.order?.title
  return typeof title === 'string' ? title : null
}
