const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))
const formats = new Map<string, { format: Intl.NumberFormat; digits: number }>()

/** Whether `code` is an ISO 4217 currency in capital letters. */
export function isCurrency(code: unknown): code is string {
  return typeof code === 'string' && CURRENCIES.has(code)
}

/**
 * Writes an amount the way readers of `locale` do: 299 USD is $2.99, 480 JPY is ¥480 (￥480 in Japanese).
 * @param amountMinor integer in the currency's smallest unit: cents, and whole yen (JPY has none smaller)
 * @throws RangeError for an amount that is not an integer or a currency that Intl does not know
 */
export function formatMoney(amountMinor: number, currency: string, locale: string): string {
  if (!Number.isSafeInteger(amountMinor)) {
    throw new RangeError(`the amount ${amountMinor} is not a whole number of minor units`)
  }
  if (!isCurrency(currency)) {
    throw new RangeError(`${JSON.stringify(currency)} is not an ISO 4217 currency such as USD or JPY`)
  }
  const { format, digits } = formatOf(locale, currency)
  // As text: 2.99 is not a binary number, and no cent may be lost on the way.
  const minor = String(Math.abs(amountMinor)).padStart(digits + 1, '0')
  const whole = digits === 0 ? minor : `${minor.slice(0, -digits)}.${minor.slice(-digits)}`
  return format.format(`${amountMinor < 0 ? '-' : ''}${whole}` as Intl.StringNumericLiteral)
}

/** How many digits the minor unit of a currency has: 2 for USD, 0 for JPY. @throws RangeError for no currency */
export function minorDigits(currency: string): number {
  return formatOf('en', currency).digits
}

function formatOf(locale: string, currency: string) {
  const key = `${locale} ${currency}`
  let entry = formats.get(key)
  if (!entry) {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
    entry = { format, digits: format.resolvedOptions().maximumFractionDigits ?? 2 }
    formats.set(key, entry)
  }
  return entry
}
