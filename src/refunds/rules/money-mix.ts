import type { ASTNode } from '@marcbachmann/cel-js'
import { isCurrency } from '../../money.ts'
import { refundVariable } from './variables.ts'

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>='])

interface MoneyFault {
  message: string
  /** Characters from the start of the condition. */
  offset: number
}

/**
 * Finds an amount that is compared with (or added to) a bare number although the condition does not say in which
 * currency: 300 is three dollars and three hundred yen. Also a currency that there is not.
 * @param currency the order's, where something outside the condition says so
 */
export function moneyFault(node: ASTNode, currency: string | null): MoneyFault | null {
  const here = faultAt(node, currency)
  if (here) return here
  const inside = node.op === '&&' ? (currency ?? currencyOf(node)) : currency
  if (node.op === '?:') {
    const [test, yes, no] = node.args
    return moneyFault(test, inside) ?? moneyFault(yes, inside ?? currencyOf(test)) ?? moneyFault(no, inside)
  }
  for (const child of childrenOf(node)) {
    const fault = moneyFault(child, inside)
    if (fault) return fault
  }
  return null
}

/** The currency that a condition asks for: `order.currency == "JPY"` between its outermost `&&`. */
export function currencyOf(node: ASTNode): string | null {
  if (node.op === '&&') return currencyOf(node.args[0]) ?? currencyOf(node.args[1])
  if (node.op !== '==') return null
  const [left, right] = node.args
  if (nameOf(left) === 'order.currency') return textOf(right)
  return nameOf(right) === 'order.currency' ? textOf(left) : null
}

function faultAt(node: ASTNode, currency: string | null): MoneyFault | null {
  const offset = node.range.start
  if (COMPARISONS.has(node.op) || node.op === '+' || node.op === '-') {
    const [left, right] = node.args as [ASTNode, ASTNode]
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const text = nameOf(one) === 'order.currency' ? textOf(other) : null
      if (text !== null && !isCurrency(text)) return noCurrency(text, other.range.start)
    }
    const bare = isMoney(left) ? right : left
    if (currency === null && isMoney(left) !== isMoney(right) && !isZero(bare)) return mix(offset)
  }
  if (node.op === 'in') {
    const [left, right] = node.args as [ASTNode, ASTNode]
    if (nameOf(left) === 'order.currency' && right.op === 'list') {
      const wrong = right.args.find((item) => textOf(item) !== null && !isCurrency(textOf(item)))
      if (wrong) return noCurrency(textOf(wrong) as string, wrong.range.start)
    }
    if (currency === null && isMoney(left)) return mix(offset)
  }
  return null
}

function mix(offset: number): MoneyFault {
  const message =
    'compares an amount with a number without saying in which currency: add order.currency == "USD" && before it (and a rule, a row or an || for each other currency)'
  return { message, offset }
}

function noCurrency(text: string, offset: number): MoneyFault {
  return { message: `"${text}" is not an ISO 4217 currency such as USD or JPY`, offset }
}

/** Whether an expression is an amount; a ratio of two is not. */
function isMoney(node: ASTNode): boolean {
  const name = nameOf(node)
  if (name !== null) return refundVariable(name)?.unit === 'money'
  if (node.op === '/') return isMoney(node.args[0]) && !isMoney(node.args[1])
  if (['+', '-', '*', '%', '-_', '?:', 'call'].includes(node.op)) return childrenOf(node).some(isMoney)
  return false
}

function isZero(node: ASTNode): boolean {
  return node.op === 'value' && (node.args === 0n || node.args === 0)
}

function nameOf(node: ASTNode): string | null {
  return node.op === '.' && node.args[0].op === 'id' ? `${node.args[0].args}.${node.args[1]}` : null
}

function textOf(node: ASTNode): string | null {
  return node.op === 'value' && typeof node.args === 'string' ? node.args : null
}

function childrenOf(node: ASTNode): ASTNode[] {
  const args: unknown[] = Array.isArray(node.args) ? node.args.flat(2) : [node.args]
  return args.filter((arg): arg is ASTNode => typeof (arg as ASTNode | null)?.op === 'string')
}
