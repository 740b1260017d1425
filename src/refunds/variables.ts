import { Environment } from '@marcbachmann/cel-js'
import type { RefundEvent } from './event.ts'

type Root = 'session' | 'order' | 'customer' | 'history'
type Unit = 'ms' | 'ratio' | 'kbps' | 'money' | 'plain'

/** A variable that a rule's condition may use. */
export interface RefundVariable {
  /** `session.playedMs`: `root` and `field`. */
  name: string
  root: Root
  field: string
  /** CEL type. */
  type: 'int' | 'double' | 'string' | 'bool'
  unit: Unit
  en: string
  ja: string
}

const VARIABLES = [
  ['session.startupMs', 'int', 'ms', 'start-up', '再生開始までの時間'],
  ['session.playedMs', 'int', 'ms', 'played', '再生時間'],
  ['session.stalls', 'int', 'plain', 'stalls', '停止回数'],
  ['session.stalledMs', 'int', 'ms', 'stalled', '停止時間'],
  ['session.rebufferRatio', 'double', 'ratio', 'rebuffer ratio', '停止時間の割合'],
  ['session.avgBitrateKbps', 'int', 'kbps', 'average bitrate', '平均ビットレート'],
  ['session.switches', 'int', 'plain', 'bitrate switches', 'ビットレートの切り替え回数'],
  ['session.error', 'string', 'plain', 'error', 'エラーコード'],
  ['session.ended', 'bool', 'plain', 'session ended', 'セッション終了'],
  ['session.started', 'bool', 'plain', 'playback started', '再生開始'],
  ['order.kind', 'string', 'plain', 'kind of order', '注文の種類'],
  ['order.currency', 'string', 'plain', 'currency', '通貨'],
  ['order.country', 'string', 'plain', 'country of the order', '注文の国'],
  ['order.priceMinor', 'int', 'money', 'price', '価格'],
  ['order.title', 'string', 'plain', 'title', '作品名'],
  ['customer.locale', 'string', 'plain', 'language', '言語'],
  ['customer.country', 'string', 'plain', 'country of the customer', 'お客様の国'],
  ['history.refundedOnLineMinor', 'int', 'money', 'refunded on this line', 'この明細の返金済み額'],
  ['history.refundsToCustomerToday', 'int', 'plain', 'refunds to this customer today', '本日の返金回数'],
] as const

/** Every variable a condition may use, with its type and what it is called in a sentence. */
export const refundVariables: readonly RefundVariable[] = VARIABLES.map(([name, type, unit, en, ja]) => {
  const [root, field] = name.split('.') as [Root, string]
  return { name, root, field, type, unit, en, ja }
})

const BY_NAME = new Map(refundVariables.map((variable) => [variable.name, variable]))

/** The variable called `name`, if there is one. */
export function refundVariable(name: string): RefundVariable | undefined {
  return BY_NAME.get(name)
}

class Facts {
  [field: string]: unknown
}
class SessionFacts extends Facts {}
class OrderFacts extends Facts {}
class CustomerFacts extends Facts {}
class HistoryFacts extends Facts {}

const ROOTS = { session: SessionFacts, order: OrderFacts, customer: CustomerFacts, history: HistoryFacts }

/** CEL environment in which conditions are checked and run: these variables and CEL's own functions. */
export const conditionEnvironment = buildEnvironment()

function buildEnvironment(): Environment {
  const environment = new Environment()
  for (const [root, ctor] of Object.entries(ROOTS)) {
    const fields = Object.fromEntries(fieldsOf(root as Root).map(({ field, type }) => [field, type]))
    environment.registerType(ctor.name, { ctor, fields })
    environment.registerVariable(root, ctor.name)
  }
  return environment
}

function fieldsOf(root: Root): RefundVariable[] {
  return refundVariables.filter((variable) => variable.root === root)
}

/** The event as conditions see it; null where a value is missing or is not of its type. */
export type ConditionFacts = Record<Root, Facts>

const READERS = (Object.keys(ROOTS) as Root[]).map((root) => ({
  root,
  ctor: ROOTS[root],
  fields: fieldsOf(root),
}))

/** Turns an event into typed CEL values. A session without an error has `error == ""`. */
export function conditionFacts(event: RefundEvent): ConditionFacts {
  const facts = {} as ConditionFacts
  for (const { root, ctor, fields } of READERS) {
    const source = event[root] as unknown as Record<string, unknown>
    const target = new ctor()
    for (const { field, type } of fields) target[field] = celValue(source[field], type)
    facts[root] = target
  }
  if (event.session.error === null) facts.session.error = ''
  return facts
}

function celValue(value: unknown, type: RefundVariable['type']): unknown {
  if (type === 'int') return Number.isSafeInteger(value) ? BigInt(value as number) : null
  if (type === 'double') return Number.isFinite(value) ? value : null
  if (type === 'string') return typeof value === 'string' ? value : null
  return typeof value === 'boolean' ? value : null
}
