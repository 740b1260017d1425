import { formatMoney } from '../../money.ts'
import type { RefundVariable } from '../rules/variables.ts'
import type { RefundEvent } from './event.ts'

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
    const value = variable.read(event)
    en += `${en && ', '}${variable.en} ${describeValue(value, variable, event.order.currency, 'en')}`
    ja += `${ja && '、'}${variable.ja} ${describeValue(value, variable, event.order.currency, 'ja')}`
  }
  return { en, ja }
}

/** One value of a variable in words; null is "not known". */
export function describeValue(
  value: unknown,
  { unit }: Pick<RefundVariable, 'unit'>,
  currency: string,
  locale: 'en' | 'ja',
): string {
  const ja = locale === 'ja'
  if (value === null) return ja ? '不明' : 'not known'
  if (value === '') return ja ? 'なし' : 'none'
  if (typeof value === 'boolean') return ja ? (value ? 'あり' : 'なし') : value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.join(ja ? '・' : ' and ')
  if (typeof value !== 'number') return String(value)
  if (unit === 'ratio') return ja ? `${(value * 100).toFixed(1)}%` : `${(value * 100).toFixed(1)} %`
  if (unit === 'ms') return duration(value, ja)
  if (unit === 'days') return ja ? `${value}日` : `${value} day(s)`
  if (unit === 'money') return formatMoney(value, currency, locale)
  return unit === 'kbps' ? `${value} kbps` : String(value)
}

function duration(ms: number, ja: boolean): string {
  if (ms < 120_000) return ja ? `${(ms / 1000).toFixed(1)}秒` : `${(ms / 1000).toFixed(1)} s`
  return ja ? `${(ms / 60_000).toFixed(1)}分` : `${(ms / 60_000).toFixed(1)} min`
}
