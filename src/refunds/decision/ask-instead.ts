import type { RefundRule } from '../rules/rule.ts'
import type { Decision } from './decide.ts'
import type { RefundEvent } from './event.ts'
import { explainAsk } from './explain.ts'
import type { LimitHit } from './limits.ts'

/** The same decision, left to a person because something outside of the rule stands in the way of paying now. */
export function askInstead(
  decision: Decision,
  event: RefundEvent,
  rule: RefundRule,
  hit: LimitHit,
): Decision {
  return {
    ...decision,
    outcome: 'ask',
    limit: hit.limit,
    sentence: explainAsk(event, rule, decision.amountMinor, hit.why),
  }
}
