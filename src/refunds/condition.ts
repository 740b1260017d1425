import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import {
  type ConditionFacts,
  conditionEnvironment,
  type RefundVariable,
  refundVariable,
  refundVariables,
} from './variables.ts'

/** One part of a condition: what stands between its outermost `&&`. */
export interface Clause {
  text: string
  /** Variables it reads, each once. */
  variables: RefundVariable[]
  /** False where a variable it reads is not known, whatever the rest says: the unknown never pays. */
  holds(facts: ConditionFacts): boolean
}

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
 * Compiles a CEL condition into its clauses, checked against the declared variables and their types.
 * @throws ConditionError with the place in the text
 */
export function compileCondition(when: string): Clause[] {
  const checked = conditionEnvironment.check(when)
  if (!checked.valid) {
    const { summary, range, code } = checked.error as {
      summary: string
      range?: { start: number }
      code: string
    }
    throw new ConditionError(`${summary}${hint(code)}`, range?.start ?? 0)
  }
  if (checked.type !== 'bool') {
    throw new ConditionError(`the condition gives ${checked.type}; it must give true or false (bool)`, 0)
  }
  return clausesOf(conditionEnvironment.parse(when).ast).map((node) => compileClause(node, when))
}

function hint(code: string): string {
  if (code === 'unknown_variable' || code === 'no_such_key') {
    return `; known are ${refundVariables.map(({ name }) => name).join(', ')}`
  }
  if (code === 'no_such_overload') return '; both sides must be of types that can be compared'
  return ''
}

function clausesOf(node: ASTNode): ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(clausesOf) : [node]
}

function compileClause(node: ASTNode, when: string): Clause {
  const text = when.slice(node.range.start, node.range.end).replaceAll(/\s+/g, ' ').trim()
  const run = conditionEnvironment.parse(when.slice(node.range.start, node.range.end))
  const variables = readVariables(node)
  return {
    text,
    variables,
    holds: (facts) => variables.every(({ root, field }) => facts[root][field] !== null) && isTrue(run, facts),
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
