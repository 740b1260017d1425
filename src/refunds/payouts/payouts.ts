import { z } from 'zod'
import { isCurrency, minorDigits } from '../../money.ts'
import { businessDay, clockTime, timeZone } from '../../time-zone.ts'
import { readYamlFile } from '../../yaml-file.ts'
import { MAX_AMOUNT_MINOR } from './amounts.ts'

const currency = z.string().refine(isCurrency, 'is not an ISO 4217 currency such as USD or JPY')
const minor = z.int().positive().max(MAX_AMOUNT_MINOR)
const perCurrency = z.record(currency, minor)
const date = z.union([z.iso.date(), z.date().transform((day) => day.toISOString().slice(0, 10))])

/** `templates/payouts.yaml`: what all refunds together may cost, and how the books are kept. */
export const payoutsSchema = z
  .strictObject({
    books: z.strictObject({ timeZone, dayClosesAt: clockTime.default('00:00') }),
    budgets: z.strictObject({
      perDayMinor: perCurrency,
      allPerDay: z.strictObject({ currency, minor }),
    }),
    exchange: z
      .array(
        z.strictObject({
          from: date,
          rates: z.record(currency, z.number().positive().max(1_000_000)),
        }),
      )
      .min(1),
    unusual: z.strictObject({
      factor: z.number().min(1).max(1000),
      atLeast: z.int().min(1),
      weeks: z.int().min(1).max(52),
    }),
    repeatedClaims: z.strictObject({
      perCustomer: z.int().min(1),
      perDevice: z.int().min(1),
      days: z.int().min(1).max(366),
    }),
    activation: z.strictObject({ fourEyes: z.boolean() }),
    goodwill: z.strictObject({ perPersonPerDayMinor: perCurrency, mostMinor: perCurrency }),
  })
  .superRefine((payouts, context) => {
    const base = payouts.budgets.allPerDay.currency
    for (const [index, { from, rates }] of payouts.exchange.entries()) {
      const path = ['exchange', index, 'rates']
      if (rates[base] !== 1) {
        context.addIssue({
          code: 'custom',
          path,
          message: `${base}: must be 1, it is the currency of budgets.allPerDay`,
        })
      }
      for (const each of Object.keys(payouts.budgets.perDayMinor)) {
        if (rates[each] === undefined) {
          context.addIssue({
            code: 'custom',
            path,
            message: `${each} has a budget and no rate from ${from} on`,
          })
        }
      }
      if (payouts.exchange.some((other, at) => at < index && other.from >= from)) {
        context.addIssue({
          code: 'custom',
          path: ['exchange', index, 'from'],
          message: 'the oldest block stands first',
        })
      }
    }
    for (const each of Object.keys(payouts.goodwill.mostMinor)) {
      if (payouts.goodwill.perPersonPerDayMinor[each] === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['goodwill', 'perPersonPerDayMinor'],
          message: `${each} is missing, but stands under mostMinor`,
        })
      }
    }
  })

export type Payouts = z.output<typeof payoutsSchema>

/** Reads `templates/payouts.yaml`. @throws TemplateFileError */
export function loadPayouts(file: string): Payouts {
  return readYamlFile(file, payoutsSchema).value
}

/** The company's day, YYYY-MM-DD, by its time zone and the hour at which its books close. */
export function companyDay(payouts: Payouts, at: Date): string {
  return businessDay(at, payouts.books.timeZone, payouts.books.dayClosesAt)
}

const RATE_SCALE = 1_000_000_000n

/**
 * What an amount is worth in the currency of all budgets (minor units, rounded up, so that a sum of many is never
 * less than it should be), by the rates of its day. Null where the table does not know.
 */
export function inBaseMinor(
  payouts: Payouts,
  amountMinor: number,
  currency: string,
  day: string,
): number | null {
  const rate = payouts.exchange.findLast(({ from }) => from <= day)?.rates[currency]
  if (rate === undefined) return null
  const base = payouts.budgets.allPerDay.currency
  // The least rate there is counts too: nothing is worth nothing.
  const scaled = BigInt(Math.max(1, Math.round(rate * Number(RATE_SCALE))))
  const up = 10n ** BigInt(minorDigits(base))
  const down = RATE_SCALE * 10n ** BigInt(minorDigits(currency))
  return Number((BigInt(amountMinor) * scaled * up + down - 1n) / down)
}
