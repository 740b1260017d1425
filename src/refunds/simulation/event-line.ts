import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { REFUND_EVENT_KINDS, type RefundEvent } from '../decision/event.ts'

/** What is not given is not known. */
const known = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => (value ?? null) as z.output<T> | null)
const maybe = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => (value ?? undefined) as z.output<T> | undefined)
const text = z.string().max(1000)
const count = z.int().min(0)
const amount = z.number()
const ages = z.array(z.number().min(0)).max(10_000).default([])

const session = z.object({
  sid: text.default(''),
  startupMs: known(z.number()),
  playedMs: known(z.number()),
  stalls: known(count),
  stalledMs: known(z.number()),
  rebufferRatio: known(z.number()),
  avgBitrateKbps: known(z.number()),
  switches: known(count),
  error: known(text),
  ended: z.boolean().default(true),
  started: known(z.boolean()),
  sessions: maybe(count),
  implausible: z.array(text).default([]),
  lastEventAt: maybe(text),
})

const line = z.object({
  id: maybe(text),
  kind: z.enum(REFUND_EVENT_KINDS),
  at: z.iso.datetime({ offset: true }).transform((at) => new Date(at)),
  session: maybe(session),
  incident: maybe(
    z.object({
      wide: z.boolean(),
      id: z
        .union([z.number(), text])
        .nullish()
        .transform((id) => id ?? null),
    }),
  ),
  complaint: maybe(
    z.object({
      code: text,
      codes: z.array(text).optional(),
      severity: z.int().min(0).max(3),
      confidence: known(z.number().min(0).max(1)),
      language: text.default('und'),
      network: text.default('x'),
      earlierByCustomerDays: ages,
      earlierByProductDays: ages,
    }),
  ),
  delivery: maybe(z.object({ daysLate: z.int(), delivered: z.boolean() })),
  goodwill: maybe(z.object({ amountMinor: amount, method: z.enum(['refund', 'coupon']).default('refund') })),
  order: z.object({
    id: text,
    kind: z.enum(['physical', 'rental', 'subscription']),
    currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency such as USD or JPY'),
    customerId: text,
    country: text.default(''),
    lineId: text,
    priceMinor: amount,
    title: text,
    sku: maybe(text),
    quantity: maybe(z.int()),
    paymentMinor: maybe(amount),
  }),
  customer: maybe(z.object({ id: text, locale: text.default('en'), country: text.default('') })),
  history: maybe(
    z.object({
      // Null is "nobody could tell"; a file that says nothing means that there were none.
      refundedByOthersMinor: amount.nullable().default(0),
      disputed: maybe(z.boolean()),
      suspicious: maybe(z.object({ en: text, ja: text })),
      claimsByCustomer: maybe(count),
      claimsByDevice: maybe(count),
    }),
  ),
})

/** An event as it stands in a file or was stored with its decision. What we gave before is counted anew. */
export type ReplayedEvent = RefundEvent & {
  /** Names it among the examples. */
  id?: string
}

/** Reads an event from JSON: a line of `refunds simulate --events`, or the inputs of a stored decision. */
export const refundEventLine: z.ZodType<ReplayedEvent> = line.transform((read): ReplayedEvent => {
  const { complaint, order, customer, history } = read
  return {
    ...read,
    complaint: complaint && { ...complaint, codes: complaint.codes ?? [complaint.code] },
    customer: customer ?? { id: order.customerId, locale: 'en', country: order.country },
    history: { refundedByOthersMinor: 0, ...history, refundedOnLineMinor: 0 },
  }
})
