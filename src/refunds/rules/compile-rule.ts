import { matchesCode } from '../../code-pattern.ts'
import type { RefundComplaint, RefundEvent, RefundEventKind } from '../decision/event.ts'
import { type Condition, compileCondition } from './condition.ts'
import type { RefundRule } from './rule.ts'

/** A rule ready to be asked. */
export interface CompiledRule {
  rule: RefundRule
  /** Its `when`; null where the rule does without. */
  condition: Condition | null
  /** Conditions of the rows of the amount's table; null always holds. */
  rows: (Condition | null)[]
  /** Whether the rule is about an event's wrap-up code at all. */
  concerns(event: RefundEvent): boolean
  /** Whether all it asks for holds. */
  holds(event: RefundEvent): boolean
}

const compiled = new WeakMap<RefundRule, CompiledRule>()

/**
 * Compiles a rule, once.
 * @throws ConditionError for a rule that did not come from `loadRefundRules` and does not compile
 */
export function compileRule(rule: RefundRule): CompiledRule {
  let known = compiled.get(rule)
  if (!known) {
    const condition = rule.when === undefined ? null : compileCondition(rule.when, rule.event)
    const rows = (rule.amount?.table ?? []).map(({ when }) =>
      when === undefined ? null : compileCondition(when, rule.event, condition?.currency),
    )
    const { codes, repeat } = rule
    known = {
      rule,
      condition,
      rows,
      concerns: (event) =>
        codes === undefined || (event.complaint !== undefined && matchesCode(codes, event.complaint.code)),
      holds: (event) =>
        (repeat === undefined || (event.complaint !== undefined && isRepeated(repeat, event.complaint))) &&
        (condition === null || condition.holds(event)),
    }
    compiled.set(rule, known)
  }
  return known
}

/** How many complaints of one code about one product there are in the window of a rule, this one counted. */
export function countRepeats(
  withinDays: number,
  complaint: RefundComplaint,
): { byCustomer: number; byProduct: number } {
  const within = (ages: number[]) => 1 + ages.filter((days) => days >= 0 && days <= withinDays).length
  return {
    byCustomer: within(complaint.earlierByCustomerDays),
    byProduct: within(complaint.earlierByProductDays),
  }
}

/** Whether a complaint is the second, fifth, ... that a rule waits for. */
export function isRepeated(repeat: NonNullable<RefundRule['repeat']>, complaint: RefundComplaint): boolean {
  const { byCustomer, byProduct } = countRepeats(repeat.withinDays, complaint)
  const { perCustomer, perProduct } = repeat
  return (
    (perCustomer !== undefined && byCustomer >= perCustomer) ||
    (perProduct !== undefined && byProduct >= perProduct)
  )
}

const ordered = new WeakMap<readonly RefundRule[], Map<RefundEventKind, CompiledRule[]>>()

/**
 * The rules for a kind of event in the order in which they are asked: complaints that repeat before those that do
 * not, then falling priority. A list of rules is looked through once, so it must not be changed in place.
 */
export function rulesFor(kind: RefundEventKind, rules: readonly RefundRule[]): readonly CompiledRule[] {
  let byKind = ordered.get(rules)
  if (!byKind) {
    byKind = new Map()
    ordered.set(rules, byKind)
  }
  let list = byKind.get(kind)
  if (!list) {
    list = rules
      .filter((rule) => kindOf(rule) === kind)
      .sort((a, b) => repeatFirst(a, b) || b.priority - a.priority || (a.id < b.id ? -1 : 1))
      .map(compileRule)
    byKind.set(kind, list)
  }
  return list
}

/** The kind of event that can wake a rule. */
export function kindOf(rule: RefundRule): RefundEventKind {
  return rule.event === 'complaint.repeated' ? 'complaint.coded' : rule.event
}

function repeatFirst(a: RefundRule, b: RefundRule): number {
  return Number(b.event === 'complaint.repeated') - Number(a.event === 'complaint.repeated')
}

/**
 * The rule that decides about an event: of those that hold the one with the highest priority, and one about repeated
 * complaints before the others. Null where none holds. What is not known never holds.
 */
export function matchRule(event: RefundEvent, rules: readonly RefundRule[]): RefundRule | null {
  for (const candidate of rulesFor(event.kind, rules)) {
    if (candidate.concerns(event) && candidate.holds(event)) return candidate.rule
  }
  return null
}
