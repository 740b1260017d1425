import { formatMoney } from '../money.ts'
import type { RefundEvent } from './event.ts'
import type { RefundVariable } from './variables.ts'

/** The same thing said to an English and to a Japanese reader. */
export interface Sentence {
  en: string
  ja: string
}

/** Says the values that a condition looked at: `rebuffer ratio 8.3 %, played 42.5 min`. */
export function describeFacts(event: RefundEvent, variables: readonly RefundVariable[]): Sentence {
  let en = ''
  let ja = ''
  for (const variable of variables) {
    en += `${en && ', '}${variable.en} ${describe(event, variable, 'en')}`
    ja += `${ja && '、'}${variable.ja} ${describe(event, variable, 'ja')}`
  }
  return { en, ja }
}

function describe(event: RefundEvent, variable: RefundVariable, locale: 'en' | 'ja'): string {
  const value = factOf(event, variable)
  const ja = locale === 'ja'
  if (value === null) return variable.field === 'error' ? none(ja) : unknown(ja)
  if (value === '') return none(ja)
  if (typeof value === 'boolean') return ja ? (value ? 'あり' : 'なし') : value ? 'yes' : 'no'
  if (typeof value !== 'number') return String(value)
  if (variable.unit === 'ratio') return ja ? `${(value * 100).toFixed(1)}%` : `${(value * 100).toFixed(1)} %`
  if (variable.unit === 'ms') return duration(value, ja)
  if (variable.unit === 'money') return formatMoney(value, event.order.currency, locale)
  return variable.unit === 'kbps' ? `${value} kbps` : String(value)
}

/** The plain value of a variable in an event; null is "not known". */
export function factOf(event: RefundEvent, { root, field }: RefundVariable): unknown {
  return (event[root] as unknown as Record<string, unknown>)[field] ?? null
}

function duration(ms: number, ja: boolean): string {
  if (ms < 120_000) return ja ? `${(ms / 1000).toFixed(1)}秒` : `${(ms / 1000).toFixed(1)} s`
  return ja ? `${(ms / 60_000).toFixed(1)}分` : `${(ms / 60_000).toFixed(1)} min`
}

function unknown(ja: boolean): string {
  return ja ? '不明' : 'not known'
}

function none(ja: boolean): string {
  return ja ? 'なし' : 'none'
}
