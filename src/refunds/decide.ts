import { formatMoney } from '../money.ts'
import { ruleAmount } from './amount.ts'
import { type Clause, compileCondition } from './condition.ts'
import { causeOf, type RefundEvent } from './event.ts'
import { inputFault } from './input-faults.ts'
import { limitHit } from './limits.ts'
import type { RefundRule } from './rule.ts'
import { describeFacts, factOf, type Sentence } from './sentence.ts'
import { type ConditionFacts, conditionFacts, type RefundVariable } from './variables.ts'

/** One part of a rule's condition and how it came out. */
export interface Reason {
  ruleId: string
  condition: string
  held: boolean
  /** What it looked at: the value, or values by name; null is "not known". */
  value?: unknown
}

/** What was decided about an event, with everything needed to explain and repeat it. */
export interface Decision {
  outcome: 'pay' | 'ask' | 'deny' | 'no-rule'
  ruleId: string | null
  ruleHash: string | null
  /** What is paid, or what a person is asked to agree to; 0 for `deny` and `no-rule`. */
  amountMinor: number
  currency: string
  /** Second half of the refund key. */
  cause: string
  reasons: Reason[]
  /** What cut the amount or stopped it: `charge`, `key`, `input`, `implausible`, `perCustomerPerDay`, … */
  limit: string | null
  /** Every fact it saw, as plain JSON. */
  inputs: unknown
  sentence: Sentence
}

interface Compiled {
  clauses: Clause[]
  variables: RefundVariable[]
}

const compiled = new WeakMap<RefundRule, Compiled>()

/**
 * Decides about one event. Pure: the same event and rules give the same decision. Of the rules for the event
 * that hold, the highest priority counts. What is not known never pays, and never is more paid than was
 * charged for the line less what was refunded on it. The caller reserves the money under
 * `refundKey(order.lineId, cause)` and checks its caps again in the same transaction.
 * @throws ConditionError for a rule that did not come from `loadRefundRules` and does not compile
 */
export function decideRefund(event: RefundEvent, rules: RefundRule[]): Decision {
  const fault = inputFault(event)
  if (fault) return decision(event, 'deny', null, 0, [], 'input', denied(event, fault))
  const facts = conditionFacts(event)
  const reasons: Reason[] = []
  for (const rule of rulesFor(event, rules)) {
    const checked = check(event, rule, facts)
    if (checked.every((reason) => reason.held)) return applyRule(event, rule, checked)
    reasons.push(...checked)
  }
  return decision(event, 'no-rule', null, 0, reasons, null, noRule(event, rules, reasons))
}

function rulesFor(event: RefundEvent, rules: RefundRule[]): RefundRule[] {
  return rules
    .filter((rule) => rule.event === event.kind)
    .sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
}

function compile(rule: RefundRule): Compiled {
  let known = compiled.get(rule)
  if (!known) {
    const clauses = compileCondition(rule.when)
    known = { clauses, variables: [...new Set(clauses.flatMap(({ variables }) => variables))] }
    compiled.set(rule, known)
  }
  return known
}

function check(event: RefundEvent, rule: RefundRule, facts: ConditionFacts): Reason[] {
  return compile(rule).clauses.map((clause) => {
    const { text, variables } = clause
    const reason: Reason = { ruleId: rule.id, condition: text, held: clause.holds(facts) }
    const [only] = variables
    if (variables.length === 1 && only) reason.value = factOf(event, only)
    else if (only) reason.value = Object.fromEntries(variables.map((one) => [one.name, factOf(event, one)]))
    return reason
  })
}

function applyRule(event: RefundEvent, rule: RefundRule, reasons: Reason[]): Decision {
  const { order, history } = event
  const left = order.priceMinor - history.refundedOnLineMinor
  if (left <= 0) {
    const why = {
      en: 'what was charged for it has been refunded already, or nothing was charged',
      ja: '請求額はすでに全額返金済みか、請求がありません',
    }
    return decision(event, 'deny', rule, 0, reasons, 'charge', denied(event, why))
  }
  const wanted = ruleAmount(rule.amount, order.priceMinor, order.currency)
  if (wanted === null) {
    const why = {
      en: `the rule has no amount for ${order.currency}, so this is all that is left of the charge`,
      ja: `ルールに${order.currency}の金額が定められていないため、請求額の残り全額を表示しています`,
    }
    return decision(event, 'ask', rule, left, reasons, 'amount', asked(event, rule, left, why))
  }
  const amount = Math.min(wanted, left)
  if (amount === 0) {
    const why = { en: 'the share of the price rounds to nothing', ja: '返金額が0になります' }
    return decision(event, 'deny', rule, 0, reasons, 'amount', denied(event, why))
  }
  const hit = limitHit(event, rule, amount)
  if (hit)
    return decision(event, 'ask', rule, amount, reasons, hit.limit, asked(event, rule, amount, hit.why))
  return decision(
    event,
    'pay',
    rule,
    amount,
    reasons,
    amount < wanted ? 'charge' : null,
    paid(event, rule, amount, amount < wanted),
  )
}

function decision(
  event: RefundEvent,
  outcome: Decision['outcome'],
  rule: RefundRule | null,
  amountMinor: number,
  reasons: Reason[],
  limit: string | null,
  sentence: Sentence,
): Decision {
  return {
    outcome,
    ruleId: rule?.id ?? null,
    ruleHash: rule?.hash ?? null,
    amountMinor,
    currency: event.order.currency,
    cause: causeOf(event.kind),
    reasons,
    limit,
    inputs: inputsOf(event),
    sentence,
  }
}

function inputsOf(event: RefundEvent): unknown {
  const { kind, at, session, order, customer, history } = event
  return {
    kind,
    at: isoTime(at),
    session: { ...session, lastEventAt: isoTime(session.lastEventAt) },
    order: { ...order },
    customer: { ...customer },
    history: { ...history },
  }
}

function isoTime(time: Date | string | null | undefined): string | null {
  const date = time == null ? null : new Date(time)
  return date && !Number.isNaN(date.getTime()) ? date.toISOString() : null
}

function paid(event: RefundEvent, rule: RefundRule, amount: number, cut: boolean): Sentence {
  const facts = describeFacts(event, compile(rule).variables)
  const { title, currency } = event.order
  return {
    en: `Refund ${formatMoney(amount, currency, 'en')} for "${title}" by the rule "${rule.name.en}": ${facts.en}.${cut ? ' The rest was refunded before.' : ''}`,
    ja: `「${title}」について、ルール「${rule.name.ja}」により${formatMoney(amount, currency, 'ja')}を返金します（${facts.ja}）。${cut ? '残りはすでに返金済みです。' : ''}`,
  }
}

function asked(event: RefundEvent, rule: RefundRule, amount: number, why: Sentence): Sentence {
  const { title, currency } = event.order
  return {
    en: `A person decides about ${formatMoney(amount, currency, 'en')} for "${title}" (rule "${rule.name.en}"): ${why.en}.`,
    ja: `「${title}」への${formatMoney(amount, currency, 'ja')}の返金（ルール「${rule.name.ja}」）は担当者の判断を待ちます：${why.ja}。`,
  }
}

function denied(event: RefundEvent, why: Sentence): Sentence {
  const { title } = event.order
  return {
    en: `Nothing is refunded for "${title}": ${why.en}.`,
    ja: `「${title}」の返金は行いません：${why.ja}。`,
  }
}

function noRule(event: RefundEvent, rules: RefundRule[], reasons: Reason[]): Sentence {
  const { title } = event.order
  const missed = reasons.find((reason) => !reason.held)
  if (!missed) {
    return {
      en: `No refund for "${title}": no rule is written for ${event.kind}.`,
      ja: `「${title}」の返金はありません：${event.kind}に対するルールがありません。`,
    }
  }
  const rule = rules.find(({ id }) => id === missed.ruleId) as RefundRule
  const clause = compile(rule).clauses.find(({ text }) => text === missed.condition)
  const facts = describeFacts(event, clause?.variables ?? [])
  return {
    en: `No refund for "${title}": the rule "${rule.name.en}" asks for ${missed.condition} (${facts.en}).`,
    ja: `「${title}」の返金はありません：ルール「${rule.name.ja}」の条件 ${missed.condition} を満たしていません（${facts.ja}）。`,
  }
}
