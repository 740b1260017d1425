import type { RefundEvent, RefundRuleEvent } from '../decision/event.ts'

/** What a variable belongs to. */
export type Root =
  | 'session'
  | 'incident'
  | 'complaint'
  | 'delivery'
  | 'goodwill'
  | 'order'
  | 'customer'
  | 'history'
type Type = 'int' | 'double' | 'string' | 'bool' | 'list<string>'
type Unit = 'ms' | 'ratio' | 'kbps' | 'money' | 'days' | 'plain'

/** A variable that a rule's condition may use. */
export interface RefundVariable {
  /** `session.playedMs`: `root` and `field`. */
  name: string
  root: Root
  field: string
  /** CEL type. */
  type: Type
  unit: Unit
  en: string
  ja: string
  /** Its plain value in an event; null is "not known", as is what is not of its type. */
  read(event: RefundEvent): unknown
}

type Row = [name: string, type: Type, unit: Unit, en: string, ja: string]

const VARIABLES: Row[] = [
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
  ['session.sessions', 'int', 'plain', 'sessions', '視聴セッション数'],
  ['incident.wide', 'bool', 'plain', 'wide failure of ours', '広範囲の障害'],
  ['complaint.code', 'string', 'plain', 'wrap-up code', '分類コード'],
  ['complaint.codes', 'list<string>', 'plain', 'all wrap-up codes', 'すべての分類コード'],
  ['complaint.severity', 'int', 'plain', 'severity', '深刻度'],
  ['complaint.confidence', 'double', 'ratio', 'confidence in the code', '分類の確信度'],
  ['complaint.language', 'string', 'plain', 'language of the complaint', '投稿の言語'],
  ['complaint.network', 'string', 'plain', 'network', 'ネットワーク'],
  [
    'complaint.earlierByCustomer',
    'int',
    'plain',
    'earlier complaints of this customer',
    'このお客様からの過去の同種の申し出',
  ],
  [
    'complaint.earlierByProduct',
    'int',
    'plain',
    'earlier complaints about this product',
    'この商品への過去の同種の申し出',
  ],
  ['delivery.daysLate', 'int', 'days', 'late', '配達の遅れ'],
  ['delivery.delivered', 'bool', 'plain', 'delivered', '配達済み'],
  ['goodwill.amountMinor', 'int', 'money', 'asked for', '申請額'],
  ['goodwill.method', 'string', 'plain', 'given as', '渡し方'],
  ['order.kind', 'string', 'plain', 'kind of order', '注文の種類'],
  ['order.currency', 'string', 'plain', 'currency', '通貨'],
  ['order.country', 'string', 'plain', 'country of the order', '注文の国'],
  ['order.priceMinor', 'int', 'money', 'price', '価格'],
  ['order.quantity', 'int', 'plain', 'quantity', '数量'],
  ['order.sku', 'string', 'plain', 'product number', '商品番号'],
  ['order.title', 'string', 'plain', 'title', '品名'],
  ['customer.locale', 'string', 'plain', 'language', '言語'],
  ['customer.country', 'string', 'plain', 'country of the customer', 'お客様の国'],
  ['history.refundedOnLineMinor', 'int', 'money', 'refunded on this line', 'この明細の返金済み額'],
  ['history.refundedByOthersMinor', 'int', 'money', 'refunded by others', '他の経路での返金額'],
  ['history.disputed', 'bool', 'plain', 'payment disputed', '支払いへの異議申し立て'],
  [
    'history.claimsByCustomer',
    'int',
    'plain',
    'earlier claims of this customer',
    'このお客様の過去の返金件数',
  ],
  ['history.claimsByDevice', 'int', 'plain', 'earlier claims of this device', 'この端末の過去の返金件数'],
]

/** Those that are not the field of their name. A session that no error stopped has the error "". */
const DERIVED: Record<string, (event: RefundEvent) => unknown> = {
  'session.error': ({ session }) => (session?.error === null ? '' : session?.error),
  'complaint.earlierByCustomer': ({ complaint }) => complaint?.earlierByCustomerDays.length,
  'complaint.earlierByProduct': ({ complaint }) => complaint?.earlierByProductDays.length,
}

const isOfType: Record<Type, (value: unknown) => boolean> = {
  int: Number.isSafeInteger,
  double: Number.isFinite,
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  'list<string>': (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
}

/** Every variable a condition may use, with its type and what it is called in a sentence. */
export const refundVariables: readonly RefundVariable[] = VARIABLES.map(([name, type, unit, en, ja]) => {
  const [root, field] = name.split('.') as [Root, string]
  const isType = isOfType[type]
  const derived = DERIVED[name]
  const read = (event: RefundEvent) => {
    const value = derived
      ? derived(event)
      : (event[root] as unknown as Record<string, unknown> | undefined)?.[field]
    return isType(value) ? value : null
  }
  return { name, root, field, type, unit, en, ja, read }
})

const BY_NAME = new Map(refundVariables.map((variable) => [variable.name, variable]))

/** The variable called `name`, if there is one. */
export function refundVariable(name: string): RefundVariable | undefined {
  return BY_NAME.get(name)
}

const ALWAYS: Root[] = ['order', 'customer', 'history']
/** What each event has facts about. */
export const ROOTS: Readonly<Record<RefundRuleEvent, readonly Root[]>> = {
  'playback.ended': ['session', 'incident', ...ALWAYS],
  'playback.failed': ['session', 'incident', ...ALWAYS],
  'complaint.coded': ['complaint', ...ALWAYS],
  'complaint.repeated': ['complaint', ...ALWAYS],
  'delivery.overdue': ['delivery', ...ALWAYS],
  goodwill: ['goodwill', ...ALWAYS],
}

/** The variables that a rule for `event` may use. */
export function variablesOf(event: RefundRuleEvent): RefundVariable[] {
  return refundVariables.filter(({ root }) => ROOTS[event].includes(root))
}
