import { describeValue, type RefundVariable, refundVariables } from '../refunds/index.ts'
import { formatTime } from './format.ts'
import { type Language, translate, translateOr } from './i18n.ts'

/** One fact for people: what it is called and what it was. */
export interface ShownFact {
  label: string
  value: string
}

export interface FactGroup {
  title: string
  facts: ShownFact[]
}

type Plain = Record<string, unknown>

const VARIABLES = new Map(refundVariables.map((variable) => [variable.name, variable]))
/** In which order the groups of facts stand; what else there is comes last. */
const GROUPS = [
  'session',
  'incident',
  'complaint',
  'delivery',
  'goodwill',
  'order',
  'customer',
  'history',
  'event',
]
/** Facts that rules do not ask for, in the order in which people look at them; of the others the variables' order. */
const FIRST = [
  'kind',
  'session.sid',
  'order.id',
  'order.lineId',
  'order.customerId',
  'customer.id',
  'incident.id',
]
const ORDER = new Map([...FIRST, ...VARIABLES.keys()].map((name, place) => [name, place]))
/** Null says that there is none. */
const NONE_WHERE_NULL = new Set(['session.error', 'incident.id', 'history.suspicious'])
const TIMES = new Set(['at', 'session.lastEventAt'])
/** Ages in days: how many there are says more. */
const AGES = new Set(['complaint.earlierByCustomerDays', 'complaint.earlierByProductDays'])

/** Everything that a decision saw, in groups, in the reader's words; a fact without a name of ours keeps its own. */
export function factsOf(inputs: unknown, currency: string, language: Language): FactGroup[] {
  const groups = new Map<string, ShownFact[]>()
  for (const [root, value] of Object.entries(isPlain(inputs) ? inputs : {})) {
    const group = isPlain(value) ? root : 'event'
    const facts = isPlain(value)
      ? inOrder(root, value).flatMap(([name, each]) => show(name, each, currency, language))
      : show(root, value, currency, language)
    groups.set(group, [...(groups.get(group) ?? []), ...facts])
  }
  const place = (group: string) => (GROUPS.includes(group) ? GROUPS.indexOf(group) : GROUPS.length)
  return [...groups]
    .filter(([, facts]) => facts.length > 0)
    .sort(([a], [b]) => place(a) - place(b))
    .map(([group, facts]) => ({ title: translateOr(language, 'factGroup', group), facts }))
}

/** JSON in the database does not keep its order. */
function inOrder(root: string, value: Plain): [name: string, value: unknown][] {
  const place = ([name]: [string, unknown]) => ORDER.get(name) ?? ORDER.size
  return Object.entries(value)
    .map(([field, each]): [string, unknown] => [`${root}.${field}`, each])
    .sort((a, b) => place(a) - place(b) || (a[0] < b[0] ? -1 : 1))
}

function show(name: string, value: unknown, currency: string, language: Language): ShownFact[] {
  if (name === 'history.usage') return isPlain(value) ? usage(value, currency, language) : []
  const variable = VARIABLES.get(name)
  const label = variable ? capital(variable[language]) : translateOr(language, 'fact', name)
  if (name === 'history.suspicious' && isPlain(value))
    return [{ label, value: String(value[language] ?? '') }]
  if (isPlain(value))
    return Object.entries(value).flatMap(([k, v]) => show(`${name}.${k}`, v, currency, language))
  if ((value === null && NONE_WHERE_NULL.has(name)) || (Array.isArray(value) && value.length === 0)) {
    return [{ label, value: translate(language, 'decision.none') }]
  }
  if (AGES.has(name) && Array.isArray(value)) {
    const days = value.map((age) => Math.floor(Number(age))).join(language === 'ja' ? '・' : ', ')
    return [{ label, value: translate(language, 'decision.ages', { count: value.length, days }) }]
  }
  if (name === 'kind') return [{ label, value: translateOr(language, 'ruleEvent', String(value)) }]
  if (TIMES.has(name) && typeof value === 'string') {
    const at = new Date(value)
    return [{ label, value: Number.isNaN(at.getTime()) ? value : formatTime(language, at) }]
  }
  return [{ label, value: say(variable, value, currency, language) }]
}

function say(
  variable: RefundVariable | undefined,
  value: unknown,
  currency: string,
  language: Language,
): string {
  try {
    return describeValue(value, variable ?? { unit: 'plain' }, currency, language)
  } catch {
    // An amount that can not be one, which is why nothing was paid.
    return String(value)
  }
}

/** What was given before, as limits count it: `perRule:1:streaming-rental` and so on. */
function usage(windows: Plain, currency: string, language: Language): ShownFact[] {
  return Object.entries(windows).flatMap(([key, given]) => {
    if (!isPlain(given)) return []
    const [scope = '', days = '', rule] = key.split(':')
    const name = translateOr(language, 'usageScope', scope)
    const label = translate(language, 'decision.given', {
      scope: rule ? `${name} ${rule}` : name,
      count: Number(days),
    })
    const money = say({ unit: 'money' } as RefundVariable, given.minor, currency, language)
    return [
      { label, value: translate(language, 'decision.givenValue', { count: Number(given.count), money }) },
    ]
  })
}

/** A value that a condition looked at: one, or several by name. */
export function valueSeen(
  { condition, value, of }: { condition: string; value?: unknown; of?: string },
  currency: string,
  language: Language,
): string {
  if (value === undefined) return ''
  if (of === 'repeat' && isPlain(value)) {
    return translate(language, 'decision.repeats', {
      customer: value.byCustomer ?? '',
      product: value.byProduct ?? '',
    })
  }
  if (isPlain(value)) {
    return Object.entries(value)
      .map(([name, each]) => {
        const variable = VARIABLES.get(name)
        return `${variable?.[language] ?? name} ${say(variable, each, currency, language)}`
      })
      .join(language === 'ja' ? '、' : ', ')
  }
  // One value belongs to the one variable that the condition names.
  const named = refundVariables.find(({ name }) =>
    new RegExp(`\\b${name.replace('.', '\\.')}\\b`).test(condition),
  )
  const said = say(named, value, currency, language)
  return named && of === undefined ? `${named[language]} ${said}` : said
}

/** What a rule's line asks, in words where it is no CEL. */
export function conditionAsked(
  { condition, of }: { condition: string; of?: string },
  language: Language,
): string | null {
  if (of === 'codes') return translate(language, 'decision.codes', { codes: condition })
  if (of !== 'repeat') return null
  try {
    const { perCustomer, perProduct, withinDays } = JSON.parse(condition) as Record<
      string,
      number | undefined
    >
    const parts = [
      ...(perCustomer ? [translate(language, 'decision.perCustomer', { count: perCustomer })] : []),
      ...(perProduct ? [translate(language, 'decision.perProduct', { count: perProduct })] : []),
    ]
    const what = parts.join(translate(language, 'decision.or'))
    return translate(language, 'decision.within', { what, days: withinDays ?? 0 })
  } catch {
    return condition
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
