import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import type { RefundEvent, RefundRuleEvent } from '../decision/event.ts'
import { splitClauses } from './clauses.ts'
import { type ConditionFacts, conditionEnvironment, conditionFacts } from './condition-facts.ts'
import { currencyOf, moneyFault } from './money-mix.ts'
import { unboundedPart } from './unbounded.ts'
import { type RefundVariable, ROOTS, type Root, refundVariable, variablesOf } from './variables.ts'

/** A condition that was checked, and what it reads. */
export interface Condition {
  /** What stands between its outermost `&&`, in its order. */
  clauses: Clause[]
  /** Variables it reads, each once. */
  variables: RefundVariable[]
  /** The currency that it asks for, where it does. */
  currency: string | null
  /** False where a variable it reads is not known, whatever the rest says: the unknown never pays. */
  holds(event: RefundEvent): boolean
}

/** One part of a condition. */
export type Clause = Omit<Condition, 'clauses' | 'currency'> & { text: string }

/** A condition is not CEL, or not over our variables. */
export class ConditionError extends Error {
  override name = 'ConditionError'
  /** Where in the condition, characters from its start. */
  offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/**
 * Compiles a CEL condition of a rule for `event`, checked against the variables that the event has and their types,
 * and against amounts of two currencies that meet.
 * @param currency the currency that is known to be the order's, for the row of a table under such a condition
 * @throws ConditionError with the place in the text
 */
export function compileCondition(
  when: string,
  event: RefundRuleEvent,
  currency: string | null = null,
): Condition {
  const environment = conditionEnvironment(event)
  const checked = environment.check(when)
  if (!checked.valid) {
    const { summary, range, code } = checked.error as {
      summary: string
      range?: { start: number; end: number }
      code: string
    }
    const about = range ? when.slice(range.start, range.end) : ''
    throw new ConditionError(`${summary}${hint(code, about, event)}`, range?.start ?? 0)
  }
  if (checked.type !== 'bool') {
    throw new ConditionError(`the condition gives ${checked.type}; it must give true or false (bool)`, 0)
  }
  const run = environment.parse(when)
  const fault = unboundedPart(run.ast) ?? moneyFault(run.ast, currency)
  if (fault) throw new ConditionError(fault.message, fault.offset)
  const clauses = (run.ast.op === '&&' ? splitClauses(when) : [when]).map((source) => {
    const text = source.replaceAll(/\s+/g, ' ').trim()
    return { text, ...evaluation(environment.parse(source)) }
  })
  return { clauses, currency: currencyOf(run.ast) ?? currency, ...evaluation(run) }
}

function hint(code: string, about: string, event: RefundRuleEvent): string {
  if (code === 'unknown_variable' || code === 'no_such_key') {
    const names = variablesOf(event).map(({ name }) => name)
    const root = about.split('.')[0] as Root
    const elsewhere = Object.values(ROOTS).flat().includes(root) && !ROOTS[event].includes(root)
    return `${elsewhere ? `; a ${event} rule has no ${root}` : ''}; known are ${names.join(', ')}`
  }
  if (code === 'no_such_overload') return '; both sides must be of types that can be compared'
  return ''
}

function evaluation(run: ParseResult): Pick<Condition, 'variables' | 'holds'> {
  const variables = readVariables(run.ast)
  const readers = variables.map(({ read }) => read)
  return {
    variables,
    holds(event) {
      for (const read of readers) if (read(event) === null) return false
      return isTrue(run, conditionFacts(event))
    },
  }
}

function isTrue(run: ParseResult, facts: ConditionFacts): boolean {
  try {
    return run(facts) === true
  } catch {
    return false
  }
}

/** Finds the declared variables that a syntax tree reads. */
function readVariables(node: ASTNode): RefundVariable[] {
  const found = new Set<RefundVariable>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    const part = value as ASTNode | null
    if (typeof part !== 'object' || part === null || typeof part.op !== 'string') return
    if (part.op === '.' && part.args[0].op === 'id') {
      const variable = refundVariable(`${part.args[0].args}.${part.args[1]}`)
      if (variable) found.add(variable)
    }
    visit(part.args)
  }
  visit(node)
  return [...found]
}
