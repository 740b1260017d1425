import type { ASTNode } from '@marcbachmann/cel-js'

/** CEL's own macros that go through a list. */
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/**
 * Finds what could take for ever on one event: a condition decides while refunds wait, in the process that does all
 * else, and a player chooses some of the texts that it sees.
 * @returns why it is refused, and where, characters from the start of the condition; null for an ordinary condition
 */
export function unboundedPart(node: ASTNode, inLoop = false): { message: string; offset: number } | null {
  const name = node.op === 'rcall' || node.op === 'call' ? node.args[0] : null
  const fault = name === null ? null : faultOf(name, inLoop)
  if (fault) return { message: fault, offset: node.range.start }
  const within = inLoop || (node.op === 'rcall' && LOOPS.has(name as string))
  // The list that a loop goes through stands outside of it.
  const parts = node.op === 'rcall' ? [...find(node.args[1], inLoop), ...find(node.args[2], within)] : null
  for (const [part, inside] of parts ?? find(node.args, inLoop)) {
    const found = unboundedPart(part, inside)
    if (found) return found
  }
  return null
}

function faultOf(name: string, inLoop: boolean): string | null {
  if (name === 'matches') {
    return 'a pattern may take for ever on some texts; use contains, startsWith, endsWith, == or in'
  }
  if (name === 'bind') return 'cel.bind may build what fits in no memory; write the value where it is used'
  return inLoop && LOOPS.has(name) ? `${name} stands within another loop, which may take for ever` : null
}

function find(value: unknown, inLoop: boolean): [ASTNode, boolean][] {
  if (Array.isArray(value)) return value.flatMap((item) => find(item, inLoop))
  const node = value as ASTNode | null
  return typeof node === 'object' && node !== null && typeof node.op === 'string' ? [[node, inLoop]] : []
}
