import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isCurrency } from '../money.ts'
import { MAX_AMOUNT_MINOR } from './amounts.ts'

const slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'use small letters, digits and hyphens, as in streaming-rental')
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'use an ISO 4217 code such as USD or JPY')
  .refine(isCurrency, 'is not an ISO 4217 currency')
const minor = z.int().positive().max(MAX_AMOUNT_MINOR).describe('Integer minor units: 299 is $2.99 or ￥299')
const perCurrency = z.record(currency, minor)

const amountSchema = z
  .strictObject({
    sharePercent: z.int().min(1).max(100).optional().describe('Share of the price of the order line'),
    fixedMinor: perCurrency.optional().describe('The same amount for everybody, by currency'),
    minMinor: perCurrency.optional().describe('Never less than this, unless less was charged'),
    maxMinor: perCurrency.optional().describe('Never more than this'),
  })
  .refine(
    ({ sharePercent, fixedMinor }) => (sharePercent === undefined) !== (fixedMinor === undefined),
    'give either sharePercent or fixedMinor',
  )

const fileSchema = z.strictObject({
  id: slug.describe('The name of the file without .yaml'),
  name: z.strictObject({ en: z.string().min(1), ja: z.string().min(1) }),
  event: z.enum(['playback.ended', 'playback.failed']).describe('What wakes the rule'),
  priority: z.int().min(0).max(10_000).describe('Of several rules that hold, the highest pays'),
  when: z.string().min(1).max(2000).describe('CEL condition, true or false'),
  amount: amountSchema,
  limits: z
    .strictObject({
      perCustomerPerDay: z.int().positive().optional().describe('Refunds to one customer a day'),
      perRulePerDayMinor: perCurrency.optional().describe('Money this rule pays a day, by currency'),
    })
    .default({}),
  approval: z
    .strictObject({ aboveMinor: perCurrency.optional().describe('A person agrees above this amount') })
    .default({}),
  mail: slug.describe('Template of the mail to the customer'),
})

/** What a rule file says. */
export type RefundRuleFile = z.output<typeof fileSchema>

/** A rule with the version of its content. */
export type RefundRule = RefundRuleFile & {
  /** SHA-256 of what the file says, in hex; comments and layout do not change it. */
  hash: string
}

/** Schema of a file under `templates/refunds/`. */
export const refundRuleFileSchema: z.ZodType<RefundRuleFile> = fileSchema

/** JSON Schema of a rule file, for editors that complete and check YAML. */
export function refundRuleJsonSchema(): unknown {
  return z.toJSONSchema(fileSchema, { io: 'input' })
}

/** Names the version of a rule by its content. */
export function withHash(file: RefundRuleFile): RefundRule {
  return { ...file, hash: createHash('sha256').update(canonicalJson(file)).digest('hex') }
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
