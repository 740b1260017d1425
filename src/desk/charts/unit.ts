import { formatMoney, minorDigits } from '../../money.ts'
import { formatPrice, formatSeconds } from '../format.ts'
import type { Language } from '../i18n.ts'

/** What a chart's figures are. */
export type Unit =
  | { kind: 'count' }
  | { kind: 'percent' }
  | { kind: 'seconds' }
  | { kind: 'micro-usd' }
  | { kind: 'money'; currency: string }

interface Format {
  /** For the axis. */
  short(value: number): string
  /** For the table and for hints. */
  exact(value: number): string
}

/** How figures of a unit are written. Shares are 0..100, money is minor units. */
export function formatOf(language: Language, unit: Unit): Format {
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(language)
  switch (unit.kind) {
    case 'count':
      return { short: (value) => compact.format(value), exact: (value) => whole.format(value) }
    case 'percent':
      return {
        short: (value) => `${Number(value.toFixed(2))} %`,
        exact: (value) => `${value.toFixed(value < 10 ? 1 : 0)} %`,
      }
    case 'seconds':
      return { short: spanOf, exact: (value) => formatSeconds(value * 1000) }
    case 'micro-usd': {
      const dollars = currencyOf(language, 'USD')
      return { short: (value) => dollars.format(value / 1e6), exact: formatPrice }
    }
    case 'money': {
      const { currency } = unit
      const money = currencyOf(language, currency)
      return {
        short: (value) => money.format(value / 10 ** minorDigits(currency)),
        exact: (value) => formatMoney(value, currency, language),
      }
    }
  }
}

function currencyOf(language: Language, currency: string) {
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    notation: 'compact',
    minimumFractionDigits: 0,
    maximumFractionDigits: 3,
  })
}

function spanOf(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toFixed(1))} h`
}
