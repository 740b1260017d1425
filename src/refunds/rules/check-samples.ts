import { matchesCode } from '../../code-pattern.ts'
import type { RefundEvent } from '../decision/event.ts'
import { compileRule, kindOf } from './compile-rule.ts'
import type { Condition } from './condition.ts'
import type { RefundRule } from './rule.ts'
import { sampleCombinations } from './sample-events.ts'

/** A condition that decides nothing, and where it stands in the rule. */
export interface IdleCondition {
  path: (string | number)[]
  message: string
}

/** The conditions of a rule that are true for all or for none of the sample events. */
export function idleConditions(rule: RefundRule): IdleCondition[] {
  const { condition, rows } = compileRule(rule)
  const idle: IdleCondition[] = []
  const look = (path: (string | number)[], found: Condition | null) => {
    const message = found && idleness(rule, found)
    if (message) idle.push({ path, message: `${path.at(-1)}: ${message}` })
  }
  look(['when'], condition)
  for (const [index, row] of rows.entries()) look(['amount', 'table', index, 'when'], row)
  return idle
}

function idleness(rule: RefundRule, condition: Condition): string | null {
  let held = 0
  let missed = 0
  for (const sample of samplesFor(rule)) {
    // Nothing holds about what is not known, so such an event says nothing about the condition.
    if (condition.variables.some(({ read }) => read(sample) === null)) continue
    if (condition.holds(sample)) held += 1
    else missed += 1
    if (held > 0 && missed > 0) return null
  }
  if (held > 0) return `is true for all ${held} sample events of ${rule.event}; is it what was meant?`
  if (missed === 0) return null
  return `is true for none of ${missed} sample events of ${rule.event}; a slip in a number or a name?`
}

/** The samples, some of them with the names that only this shop and its rule know: products, places, languages. */
function* samplesFor(rule: RefundRule): Generator<RefundEvent> {
  const conditions = [rule.when, ...(rule.amount?.table ?? []).map(({ when }) => when)].join('\n')
  const names = [...conditions.matchAll(/"([^"\\]+)"|'([^'\\]+)'/g)].map(
    ([, double, single]) => double ?? single,
  )
  const { codes = [] } = rule
  const own = [...names, ...codes.map((code) => code.replace('*', 'other'))].filter(
    (code) => code !== undefined && matchesCode(codes, code),
  )
  let index = 0
  for (const sample of sampleCombinations(kindOf(rule))) {
    index += 1
    const turn = index + Math.floor(index / 60)
    const { complaint } = sample
    if (complaint && rule.codes && !matchesCode(codes, complaint.code)) {
      const code = own[turn % own.length] as string
      sample.complaint = { ...complaint, code, codes: [code, ...complaint.codes] }
    }
    const name = names[turn % (2 * names.length + 1)]
    yield name === undefined ? sample : withName(sample, name)
  }
}

/** The event with a name where it may stand: a place, a language, or what a product or an error is called. */
function withName(event: RefundEvent, name: string): RefundEvent {
  const { order, customer, complaint, session } = event
  if (/^[A-Z]{2}$/.test(name)) {
    return { ...event, order: { ...order, country: name }, customer: { ...customer, country: name } }
  }
  if (/^[a-z]{2,3}(-[A-Za-z]{2,4})?$/.test(name)) {
    const spoken = complaint && { complaint: { ...complaint, language: name } }
    return { ...event, customer: { ...customer, locale: name }, ...spoken }
  }
  const failed = session?.error && { session: { ...session, error: name } }
  return { ...event, order: { ...order, sku: name, title: name }, ...failed }
}
