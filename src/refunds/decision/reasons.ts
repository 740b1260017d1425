import { type CompiledRule, countRepeats } from '../rules/compile-rule.ts'
import type { RefundVariable } from '../rules/variables.ts'
import type { RefundEvent } from './event.ts'

/** One thing that a rule asks for and how it came out. */
export interface Reason {
  ruleId: string
  /** CEL; of `codes` and `repeat` what the file says. */
  condition: string
  held: boolean
  /** What it looked at: the value, or values by name; null is "not known". */
  value?: unknown
  /** Which part of the rule asks; absent: `when`. `amount` is the row of the table that gave the amount. */
  of?: 'codes' | 'repeat' | 'amount'
}

/** How each thing that a rule asks for came out, in the order of the file. */
export function reasonsOf(event: RefundEvent, compiled: CompiledRule): Reason[] {
  const { rule, condition: when } = compiled
  const reasons: Reason[] = []
  const { complaint } = event
  if (rule.codes && complaint) {
    const condition = rule.codes.join(', ')
    reasons.push({
      ruleId: rule.id,
      condition,
      held: compiled.concerns(event),
      value: complaint.code,
      of: 'codes',
    })
  }
  if (rule.repeat && complaint) {
    const { perCustomer, perProduct, withinDays } = rule.repeat
    const value = countRepeats(withinDays, complaint)
    const held =
      value.byCustomer >= (perCustomer ?? Number.POSITIVE_INFINITY) ||
      value.byProduct >= (perProduct ?? Number.POSITIVE_INFINITY)
    const condition = JSON.stringify({ perCustomer, perProduct, withinDays })
    reasons.push({ ruleId: rule.id, condition, held, value, of: 'repeat' })
  }
  for (const { text, variables, holds } of when?.clauses ?? []) {
    reasons.push({ ruleId: rule.id, condition: text, held: holds(event), ...valuesOf(event, variables) })
  }
  return reasons
}

/** The row of the amount's table that counted. */
export function rowReason(event: RefundEvent, { rule, rows }: CompiledRule, row: number): Reason | null {
  const when = rule.amount?.table?.[row]?.when
  if (when === undefined) return null
  const values = valuesOf(event, rows[row]?.variables ?? [])
  return { ruleId: rule.id, condition: when, held: true, ...values, of: 'amount' }
}

function valuesOf(event: RefundEvent, variables: readonly RefundVariable[]): { value?: unknown } {
  const [only] = variables
  if (!only) return {}
  if (variables.length === 1) return { value: only.read(event) }
  return { value: Object.fromEntries(variables.map(({ name, read }) => [name, read(event)])) }
}
