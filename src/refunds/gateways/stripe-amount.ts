import { minorDigits } from '../../money.ts'

/**
 * Where the integers of Stripe's API (https://docs.stripe.com/currencies) count in other units than ISO 4217: it has no
 * subunit of the ariary, and keeps two digits of ISK and UGX.
 */
const STRIPE_DIGITS: Record<string, number> = { MGA: 0, ISK: 2, UGX: 2 }

/** Stripe's integers must be multiples of these: the third digit of dinars and fractions of ISK and UGX are refused. */
const STRIPE_STEP: Record<string, number> = {
  ...each(10, 'BHD IQD JOD KWD LYD OMR TND'),
  ...each(100, 'ISK UGX'),
}

function each(value: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, value]))
}

/** How many of Stripe's units are so many minor units of ISO: [numerator, denominator]. */
function ratio(currency: string): [number, number] {
  const digits = minorDigits(currency)
  const shift = (STRIPE_DIGITS[currency] ?? digits) - digits
  return shift >= 0 ? [10 ** shift, 1] : [1, 10 ** -shift]
}

/**
 * The largest amount not above `amountMinor` that Stripe can pay: 5,124 of KWD is 5,120. What is decided should be
 * rounded with this before it is reserved, so that the ledger and the provider agree.
 */
export function payableAtStripe(amountMinor: number, currency: string): number {
  const [up, down] = ratio(currency)
  const step = STRIPE_STEP[currency] ?? 1
  const units = Math.floor((amountMinor * up) / down / step) * step
  return (units * down) / up
}

/** Stripe's integer for an amount; null where Stripe can not pay exactly that, see `payableAtStripe`. */
export function toStripeAmount(amountMinor: number, currency: string): number | null {
  if (payableAtStripe(amountMinor, currency) !== amountMinor) return null
  const [up, down] = ratio(currency)
  return (amountMinor * up) / down
}

/** An integer of Stripe in minor units of ISO; a fraction that ISO does not have counts as a whole unit. */
export function fromStripeAmount(units: number, currency: string): number {
  const [up, down] = ratio(currency)
  return Math.ceil((units * down) / up)
}
