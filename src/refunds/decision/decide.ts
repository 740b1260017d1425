import { ruleAmount } from '../rules/amount.ts'
import { type CompiledRule, rulesFor } from '../rules/compile-rule.ts'
import type { RefundAction, RefundRule } from '../rules/rule.ts'
import type { RefundVariable } from '../rules/variables.ts'
import { causeOf, type RefundCause, type RefundEvent } from './event.ts'
import { explainAsk, explainDeny, explainNoRule, explainPay, whyNot } from './explain.ts'
import { inputFault } from './input-faults.ts'
import { limitHit } from './limits.ts'
import { type Reason, reasonsOf, rowReason } from './reasons.ts'
import type { Sentence } from './sentence.ts'

/** What was decided about an event, with everything needed to explain and repeat it. */
export interface Decision {
  /** `pay` does what `action` says: it refunds, or sends the goods again. */
  outcome: 'pay' | 'ask' | 'deny' | 'no-rule'
  /** What the rule does; null where no rule spoke. */
  action: RefundAction | null
  ruleId: string | null
  ruleHash: string | null
  /** What is paid, or what a person is asked to agree to; 0 for `deny`, `no-rule` and a replacement. */
  amountMinor: number
  currency: string
  /** Second half of the refund key. */
  cause: RefundCause
  reasons: Reason[]
  /**
   * What cut the amount or stopped it: `charge`, `maxMinor`, `amount`, `key`, `input`, `implausible`, `suspicious`,
   * `disputed`, `others`, `incident`, `perCustomer`, `perOrder`, `perTitle`, `perRule`, `approval.aboveMinor`,
   * `approval.always`, `action`.
   */
  limit: string | null
  /** The rule asks the owner department for the cause of a repeated complaint. */
  opensListingCase: boolean
  /** Every fact it saw, as plain JSON. */
  inputs: unknown
  sentence: Sentence
}

type Verdict = Pick<Decision, 'outcome' | 'amountMinor' | 'limit' | 'sentence'> & { row?: number | null }

/**
 * Decides about one event. Pure: the same event and rules give the same decision. Of the rules for the event
 * that hold, the highest priority counts, and repeated complaints before others. What is not known never pays, and
 * never is more paid than was charged for the line less what was refunded on it, by us and by others. The caller
 * reserves the money under `refundKey(order.lineId, cause)` and checks its caps again in the same transaction.
 * @param rules not changed in place between two calls
 * @throws ConditionError for a rule that did not come from `loadRefundRules` and does not compile
 */
export function decideRefund(event: RefundEvent, rules: readonly RefundRule[]): Decision {
  const fault = inputFault(event)
  if (fault) return decision(event, null, [], deny(event, 'input', fault))
  const missed: Reason[] = []
  for (const candidate of rulesFor(event.kind, rules)) {
    if (!candidate.concerns(event)) continue
    const reasons = reasonsOf(event, candidate)
    if (!candidate.holds(event)) {
      missed.push(...reasons)
      continue
    }
    const verdict = apply(event, candidate)
    const row = typeof verdict.row === 'number' ? rowReason(event, candidate, verdict.row) : null
    return decision(event, candidate.rule, row ? [...reasons, row] : reasons, verdict)
  }
  const sentence = explainNoRule(event, rules, missed)
  return decision(event, null, missed, { outcome: 'no-rule', amountMinor: 0, limit: null, sentence })
}

function apply(event: RefundEvent, { rule, condition }: CompiledRule): Verdict {
  const variables = condition?.variables ?? []
  if (rule.action === 'replace') return replace(event, rule, variables)
  const { order, history } = event
  const left = order.priceMinor - history.refundedOnLineMinor - (history.refundedByOthersMinor ?? 0)
  if (left <= 0) return deny(event, 'charge', whyNot.nothingLeft)
  const wanted = ruleAmount(rule, event)
  if ('missing' in wanted) {
    return ask(event, rule, left, 'amount', whyNot.noAmount(wanted.missing, order.currency))
  }
  const amountMinor = Math.min(wanted.minor, left)
  if (amountMinor === 0) return deny(event, 'amount', whyNot.roundsToNothing)
  const { row } = wanted
  const hit = limitHit(event, rule, amountMinor)
  if (hit) return { ...ask(event, rule, amountMinor, hit.limit, hit.why), row }
  const limit = amountMinor < wanted.minor ? 'charge' : wanted.cut ? 'maxMinor' : null
  const sentence = explainPay(event, rule, variables, amountMinor, limit)
  return { outcome: 'pay', amountMinor, limit, sentence, row }
}

/** A replacement moves no money; the price of what is sent is weighed by the limits and approvals. */
function replace(event: RefundEvent, rule: RefundRule, variables: readonly RefundVariable[]): Verdict {
  const { order, history } = event
  const refunded = history.refundedOnLineMinor + (history.refundedByOthersMinor ?? 0)
  if (refunded >= order.priceMinor) return deny(event, 'charge', whyNot.nothingLeft)
  if (refunded > 0) return ask(event, rule, 0, 'charge', whyNot.partlyRefunded(refunded, order.currency))
  const hit = limitHit(event, rule, order.priceMinor)
  if (hit) return ask(event, rule, 0, hit.limit, hit.why)
  return {
    outcome: 'pay',
    amountMinor: 0,
    limit: null,
    sentence: explainPay(event, rule, variables, 0, null),
  }
}

function ask(
  event: RefundEvent,
  rule: RefundRule,
  amountMinor: number,
  limit: string,
  why: Sentence,
): Verdict {
  return { outcome: 'ask', amountMinor, limit, sentence: explainAsk(event, rule, amountMinor, why) }
}

function deny(event: RefundEvent, limit: string, why: Sentence): Verdict {
  return { outcome: 'deny', amountMinor: 0, limit, sentence: explainDeny(event, why) }
}

function decision(
  event: RefundEvent,
  rule: RefundRule | null,
  reasons: Reason[],
  { outcome, amountMinor, limit, sentence }: Verdict,
): Decision {
  return {
    outcome,
    action: rule?.action ?? null,
    ruleId: rule?.id ?? null,
    ruleHash: rule?.hash ?? null,
    amountMinor,
    currency: event.order.currency,
    cause: causeOf(event),
    reasons,
    limit,
    opensListingCase: rule?.opensListingCase ?? false,
    inputs: inputsOf(event),
    sentence,
  }
}

function inputsOf({ at, session, ...facts }: RefundEvent): unknown {
  const measured = session && { session: { ...session, lastEventAt: isoTime(session.lastEventAt) } }
  return { ...facts, at: isoTime(at), ...measured }
}

function isoTime(time: Date | string | null | undefined): string | null {
  const date = time == null ? null : new Date(time)
  return date && !Number.isNaN(date.getTime()) ? date.toISOString() : null
}
