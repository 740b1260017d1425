const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))
const formats = new Map<string, Intl.NumberFormat>()

/**
 * Digits of the minor unit in ISO 4217 where it is not 2. `Intl` has those of shop windows instead, which leave the
 * fillér of the forint out: 299000 of HUF is 2,990 forints all the same.
 */
const ISO_DIGITS: Record<string, number> = {
  ...each(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...each(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...each(4, 'CLF UYW'),
}

function each(digits: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, digits]))
}

/** Whether `code` is an ISO 4217 currency in capital letters. */
export function isCurrency(code: unknown): code is string {
  return typeof code === 'string' && CURRENCIES.has(code)
}

/**
 * Writes an amount the way readers of `locale` do: 299 USD is $2.99, 480 JPY is ¥480 (￥480 in Japanese), 299000 HUF is
 * HUF 2,990. Digits that prices of a currency do not show are shown where they are not zero: nothing is rounded.
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
  const digits = minorDigits(currency)
  // As text: 2.99 is not a binary number, and no cent may be lost on the way.
  const minor = String(Math.abs(amountMinor)).padStart(digits + 1, '0')
  const isWhole = digits === 0 || /^0+$/.test(minor.slice(-digits))
  const whole = digits === 0 ? minor : `${minor.slice(0, -digits)}.${minor.slice(-digits)}`
  return formatOf(locale, currency, isWhole ? null : digits).format(
    `${amountMinor < 0 ? '-' : ''}${whole}` as Intl.StringNumericLiteral,
  )
}

/** How many digits the minor unit of a currency has in ISO 4217: 2 for USD, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: string): number {
  return ISO_DIGITS[currency] ?? 2
}

/** @param digits how many to show; null: as many as prices do */
function formatOf(locale: string, currency: string, digits: number | null): Intl.NumberFormat {
  const key = `${locale} ${currency} ${digits}`
  let format = formats.get(key)
  if (!format) {
    const shown = digits === null ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }
    format = new Intl.NumberFormat(locale, { style: 'currency', currency, ...shown })
    formats.set(key, format)
  }
  return format
}
