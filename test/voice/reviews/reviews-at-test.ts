import { type NewContact, writeContacts } from '../../../src/store/contacts.ts'
import type { Store } from '../../../src/store/database.ts'
import { keepCounts, readSpan, type Span } from '../../../src/voice/index.ts'

export const ZONE = 'Asia/Tokyo'
let refs = 0

/** Contacts, each a post of somebody else unless it is told otherwise. */
export async function addContacts(
  store: Store,
  count: number,
  given: Partial<NewContact> & { at: Date },
): Promise<void> {
  const contacts = Array.from({ length: count }, (): NewContact => {
    const n = ++refs
    return {
      kind: 'post',
      ref: `r${n}`,
      case_id: null,
      network: 'x',
      region: null,
      language: 'en',
      code: 'delivery.late',
      codes: [given.code ?? 'delivery.late'],
      code_before: null,
      sentiment: 'negative',
      severity: 1,
      product_id: null,
      product_name: null,
      order_kind: null,
      outcome: 'nothing',
      open: false,
      refund_minor: null,
      refund_currency: null,
      first_answer_s: null,
      cost_micro_usd: 0,
      text: `Voice number ${n}`,
      person: `person-${n}`,
      ...given,
    }
  })
  await writeContacts(store, contacts)
}

/** Adds up everything that is to be added up. */
export async function keepAllCounts(store: Store, now: Date, zone = ZONE): Promise<void> {
  while (await keepCounts(store, zone, now));
}

export function spanNamed(name: string, zone = ZONE): Span {
  const span = readSpan(name, zone)
  if (!span) throw new RangeError(name)
  return span
}

/** Noon in Tokyo. */
export function noon(day: string): Date {
  return new Date(`${day}T03:00:00Z`)
}
