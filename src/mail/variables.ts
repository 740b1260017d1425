/** What a mail is about; each kind is written with its own data. */
export type MailKind = 'refund' | 'coupon' | 'replacement' | 'letter'

const EVERY = ['title', 'customerName'] as const
const OF_A_REFUND = [...EVERY, 'amountMinor', 'currency', 'problem', 'incident'] as const

/** Data that each kind of mail is written with. docs/refunds.md says what they mean. */
export const MAIL_VARIABLES: Readonly<Record<MailKind, readonly string[]>> = {
  refund: OF_A_REFUND,
  coupon: [...OF_A_REFUND, 'couponCode'],
  replacement: [...EVERY, 'quantity'],
  // To a department of ours: where to read, and no word of a customer.
  letter: ['letterKind', 'department', 'matter', 'letterUrl', 'due'],
}

/** Of these, what may be missing (no name on record, a code that the shop keeps to itself): never to be needed. */
export const MAY_BE_MISSING: ReadonlySet<string> = new Set([
  'customerName',
  'problem',
  'incident',
  'couponCode',
])

export const ALL_MAIL_VARIABLES: ReadonlySet<string> = new Set(Object.values(MAIL_VARIABLES).flat())

/** Data of made-up mails, with which every template is tried out before it is used. */
export const SAMPLE_MAILS: readonly Readonly<Record<string, unknown>>[] = [
  { problem: 'stalls', incident: 'wide', customerName: '佐藤 美咲', couponCode: 'SORRY-7F3K' },
  { problem: 'error', customerName: 'Laura <b>"Whitfield"</b>' },
  {},
].map((more) => ({
  title: 'Casablanca',
  amountMinor: 299,
  currency: 'USD',
  quantity: 2,
  letterKind: 'new',
  department: 'Logistics',
  matter: 'Late delivery',
  letterUrl: 'https://desk.example/letters/7',
  due: '2026-11-24 15:00',
  ...more,
}))
