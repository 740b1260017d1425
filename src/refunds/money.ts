/** Largest amount handled, in minor units; anything above is a fault, not a refund. */
export const MAX_AMOUNT_MINOR = 1_000_000_000

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))
const formats = new Map<string, { format: Intl.NumberFormat; digits: number }>()

/** Whether `code` is an ISO 4217 currency in capital letters. */
export function isCurrency(code: unknown): code is string {
  return typeof code === 'string' && CURRENCIES.has(code)
}

/** Whether `amount` is a plain number of minor units: an integer, not negative, not absurd. */
export function isAmount(amount: unknown): amount is number {
  return Number.isSafeInteger(amount) && (amount as number) >= 0 && (amount as number) <= MAX_AMOUNT_MINOR
}

/** `formatMoney(299, 'USD', 'en')` is `$2.99`, `formatMoney(299, 'JPY', 'ja')` is `￥299`. */
export function formatMoney(amountMinor: number, currency: string, locale: 'en' | 'ja'): string {
  const key = locale + currency
  let entry = formats.get(key)
  if (!entry) {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
    entry = { format, digits: format.resolvedOptions().maximumFractionDigits ?? 2 }
    formats.set(key, entry)
  }
  return entry.format.format(amountMinor / 10 ** entry.digits)
}
