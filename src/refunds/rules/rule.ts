import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { REFUND_RULE_EVENTS, type RefundRuleEvent } from '../decision/event.ts'
import { MAX_AMOUNT_MINOR } from '../payouts/amounts.ts'

const slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'use small letters, digits and hyphens, as in streaming-rental')
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'use an ISO 4217 code such as USD or JPY')
  .refine(isCurrency, 'is not an ISO 4217 currency')
const minor = z.int().positive().max(MAX_AMOUNT_MINOR).describe('Integer minor units: 299 is $2.99 or ￥299')
const perCurrency = z
  .record(currency, minor)
  .refine((amounts) => Object.keys(amounts).length > 0, 'name at least one currency, as in { USD: 500 }')
const sharePercent = z.int().min(1).max(100).describe('Share of the price of the order line')
const fixedMinor = perCurrency.describe('The same amount for everybody, by currency')
const condition = z.string().min(1).max(2000).describe('CEL condition, true or false')
const code = z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/, 'use a wrap-up code, as in item.wrong')
const codePattern = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]*(\.([a-z][a-z0-9_]*|\*))?$/,
    'use a wrap-up code, as in item.wrong, or all of a group, as in item.*',
  )

const rowSchema = z
  .strictObject({
    when: condition.optional().describe('The row counts where this holds; the last row may do without'),
    sharePercent: sharePercent.optional(),
    fixedMinor: fixedMinor.optional(),
  })
  .refine((row) => given(row.sharePercent, row.fixedMinor) === 1, 'give either sharePercent or fixedMinor')
  .meta(oneOf('sharePercent', 'fixedMinor'))

const amountSchema = z
  .strictObject({
    sharePercent: sharePercent.optional(),
    fixedMinor: fixedMinor.optional(),
    table: z.array(rowSchema).min(1).max(50).optional().describe('The first row that holds gives the amount'),
    requested: z.literal(true).optional().describe('What the person at the desk asks for; goodwill only'),
    minMinor: perCurrency.optional().describe('Never less than this, unless less was charged'),
    maxMinor: perCurrency.optional().describe('Never more than this'),
  })
  .refine(
    (amount) => given(amount.sharePercent, amount.fixedMinor, amount.table, amount.requested) === 1,
    'give one of sharePercent, fixedMinor, table and requested',
  )
  .meta(oneOf('sharePercent', 'fixedMinor', 'table', 'requested'))

const limitSchema = z
  .strictObject({
    days: z.int().min(1).max(366).describe('In how many days; 1 is today'),
    count: z.int().positive().max(1_000_000).optional().describe('At most so many refunds and replacements'),
    minor: perCurrency.optional().describe('At most so much money, by currency'),
  })
  .refine((limit) => given(limit.count, limit.minor) > 0, 'give count, minor or both')

const fields = z.strictObject({
  id: slug.describe('The name of the file without .yaml'),
  name: z.strictObject({ en: z.string().min(1), ja: z.string().min(1) }),
  event: z.enum(REFUND_RULE_EVENTS).describe('What wakes the rule'),
  priority: z.int().min(0).max(10_000).describe('Of several rules that hold, the highest counts'),
  codes: z.array(codePattern).min(1).optional().describe('complaint.*: the primary wrap-up codes it is for'),
  repeat: z
    .strictObject({
      perCustomer: z.int().min(2).optional().describe('From this complaint of one customer on'),
      perProduct: z.int().min(2).optional().describe('From this complaint about one product on'),
      withinDays: z.int().min(1).max(366),
    })
    .refine(
      (repeat) => given(repeat.perCustomer, repeat.perProduct) > 0,
      'give perCustomer, perProduct or both',
    )
    .optional()
    .describe('complaint.repeated: how many complaints of one code about one product, this one counted'),
  when: condition.optional().describe('CEL condition; complaint.* and goodwill may do without'),
  action: z
    .enum(['refund', 'replace', 'ask'])
    .default('refund')
    .describe('refund pays, replace sends the goods again, ask leaves it to a person'),
  amount: amountSchema.optional().describe('How much; replace has none'),
  limits: z
    .strictObject({
      perCustomer: limitSchema.optional().describe('What one customer gets, by all rules and people'),
      perOrder: limitSchema.optional().describe('What is given for one order, by all rules and people'),
      perTitle: limitSchema.optional().describe('What is given for one product, by all rules and people'),
      perRule: limitSchema.optional().describe('What this rule gives to everybody'),
    })
    .default({}),
  approval: z
    .strictObject({
      aboveMinor: perCurrency.optional().describe('A person agrees above this amount'),
      always: z.boolean().optional().describe('A person agrees to each'),
    })
    .default({}),
  mail: slug.describe('Template of the mail to the customer'),
  reply: code.optional().describe('Wrap-up code whose public reply follows a complaint'),
  quietDays: z
    .int()
    .min(1)
    .max(366)
    .default(14)
    .describe('Warn where it has not fired for so many days although its event came'),
  opensListingCase: z
    .boolean()
    .optional()
    .describe('complaint.repeated: asks the owner department for the cause'),
})

const CAN_DO_WITHOUT_WHEN: readonly RefundRuleEvent[] = ['complaint.coded', 'complaint.repeated', 'goodwill']

const fileSchema = fields.superRefine((rule, context) => {
  const fault = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message })
  const complaint = rule.event === 'complaint.coded' || rule.event === 'complaint.repeated'
  if (complaint && !rule.codes) fault([], `codes: say which wrap-up codes this ${rule.event} rule is for`)
  if (!complaint && rule.codes) fault(['codes'], 'only complaint.coded and complaint.repeated have codes')
  if (rule.event === 'complaint.repeated' && !rule.repeat)
    fault([], 'repeat: say what counts as repeated, as in { perCustomer: 2, withinDays: 180 }')
  if (rule.event !== 'complaint.repeated' && rule.repeat) fault(['repeat'], 'only complaint.repeated has it')
  if (rule.event !== 'complaint.repeated' && rule.opensListingCase)
    fault(['opensListingCase'], 'only complaint.repeated opens one')
  if (!rule.when && !CAN_DO_WITHOUT_WHEN.includes(rule.event))
    fault([], `when: a ${rule.event} rule needs a condition, or it would pay always`)
  if (rule.action === 'refund' && !rule.amount) fault([], 'amount: say how much is refunded')
  if (rule.action === 'replace' && rule.amount) fault(['amount'], 'a replacement has no amount')
  if (rule.reply && !complaint) fault(['reply'], 'only a complaint can be replied to')
  if (rule.amount?.requested && rule.event !== 'goodwill')
    fault(['amount', 'requested'], 'only goodwill has it')
  const rows = rule.amount?.table ?? []
  for (const [index, row] of rows.entries()) {
    if (!row.when && index < rows.length - 1)
      fault(['amount', 'table', index], 'only the last row may do without `when`; the rows below never count')
  }
})

function given(...values: unknown[]): number {
  return values.filter((value) => value !== undefined).length
}

/** What a rule file says. */
export type RefundRuleFile = z.output<typeof fileSchema>
export type RefundAction = RefundRuleFile['action']
export type RefundLimitScope = keyof RefundRuleFile['limits']

/** A rule with the version of its content. */
export type RefundRule = RefundRuleFile & {
  /** SHA-256 of what the file says, in hex; comments and layout do not change it. */
  hash: string
}

/** Schema of a file under `templates/refunds/`. */
export const refundRuleFileSchema: z.ZodType<RefundRuleFile> = fileSchema

/** What `superRefine` asks for above, said to editors. */
const BY_EVENT = [
  needs(['codes'], oneOfThese('event', ['complaint.coded', 'complaint.repeated'])),
  needs(['repeat'], oneOfThese('event', ['complaint.repeated'])),
  needs(['when'], oneOfThese('event', ['playback.ended', 'playback.failed', 'delivery.overdue'])),
  needs(['amount'], { not: oneOfThese('action', ['replace', 'ask']) }),
]

function needs(required: string[], where: object) {
  return { anyOf: [{ not: where }, { required }] }
}

function oneOfThese(field: string, values: string[]) {
  return { properties: { [field]: { enum: values } }, required: [field] }
}

function oneOf(...names: string[]) {
  return { oneOf: names.map((name) => ({ required: [name] })) }
}

/** JSON Schema of a rule file, for editors that complete and check YAML. */
export function refundRuleJsonSchema(): unknown {
  const { $schema, ...schema } = z.toJSONSchema(fields, { io: 'input' })
  return { $schema, title: 'A refund rule of Kikimimi (docs/refund-rules.md)', ...schema, allOf: BY_EVENT }
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
