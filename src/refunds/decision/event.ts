import type { Sentence } from './sentence.ts'

/**
 * How the playback of the ordered film went, over all sessions of the order line; null is "not known". Fits what
 * `measureSession` returns.
 */
export interface RefundSession {
  sid: string
  startupMs: number | null
  playedMs: number | null
  stalls: number | null
  stalledMs: number | null
  rebufferRatio: number | null
  avgBitrateKbps: number | null
  switches: number | null
  error: string | null
  ended: boolean
  started: boolean | null
  /** Over how many sessions of the order line this was summed. */
  sessions?: number | null
  /** Why the measurement should not be believed; anything in here sends the case to a person. */
  implausible: string[]
  /** A string where the measurement was stored as JSON. */
  lastEventAt?: Date | string | null
}

/** What may happen that deserves a refund. */
export const REFUND_EVENT_KINDS = [
  'playback.ended',
  'playback.failed',
  'complaint.coded',
  'delivery.overdue',
  'goodwill',
] as const
export type RefundEventKind = (typeof REFUND_EVENT_KINDS)[number]

/** What wakes a rule: `complaint.repeated` is a complaint that is not the first of its kind. */
export const REFUND_RULE_EVENTS = [...REFUND_EVENT_KINDS, 'complaint.repeated'] as const
export type RefundRuleEvent = (typeof REFUND_RULE_EVENTS)[number]

/** What a customer complained about in public. Nothing of the customer's words is in it. */
export interface RefundComplaint {
  /** Primary wrap-up code. */
  code: string
  /** Every wrap-up code of the complaint, the primary one among them. */
  codes: string[]
  /** 0 note to 3 danger. */
  severity: number
  /** 0 to 1, of triage in the code; 1 where a person confirmed it. Null is "not known". */
  confidence: number | null
  /** BCP 47, such as ja. */
  language: string
  /** Such as x. */
  network: string
  /** Ages in days of this customer's earlier complaints with the same code about the same product. */
  earlierByCustomerDays: number[]
  /** Ages in days of earlier complaints with the same code about the same product, by anybody. */
  earlierByProductDays: number[]
}

export interface RefundOrder {
  id: string
  kind: 'physical' | 'rental' | 'subscription'
  /** ISO 4217. */
  currency: string
  customerId: string
  /** ISO 3166-1 alpha-2. */
  country: string
  lineId: string
  /** What was charged for the whole line, in minor units. */
  priceMinor: number
  title: string
  sku?: string
  quantity?: number
}

/** What was given in the window of a limit, see `usageKeys`. */
export interface RefundUsage {
  /** Refunds and replacements, in every currency. */
  count: number
  /** Refunded, in minor units of the order's currency. */
  minor: number
}

/** What was refunded before. Money in the currency of the order; what is reserved or waits for a person counts. */
export interface RefundHistory {
  /** By us on this order line. */
  refundedOnLineMinor: number
  /**
   * By others, at the provider, on this order line. Null or absent where that is not known (or may have been another
   * line of the payment): a person decides.
   */
  refundedByOthersMinor: number | null
  /** The customer disputes the payment at their bank, so a person decides. */
  disputed?: boolean
  /** Why a person should look at this customer or device first, such as repeated claims. */
  suspicious?: Sentence | null
  /** Earlier claims of this customer, and of this device, in the window that the caller watches. */
  claimsByCustomer?: number | null
  claimsByDevice?: number | null
  /** By the `key` of each window that `usageKeys` names; a window that is missing sends the refund to a person. */
  usage?: Record<string, RefundUsage>
}

/** Something that may deserve a refund, with every fact a rule may look at. Absent facts are not known. */
export interface RefundEvent {
  kind: RefundEventKind
  at: Date
  /** Of `playback.*`. */
  session?: RefundSession
  /** Of `playback.*`: `wide` where many sessions fail and it is our failure; then one approval covers all. */
  incident?: { wide: boolean; id: number | string | null }
  /** Of `complaint.coded`. */
  complaint?: RefundComplaint
  /** Of `delivery.overdue`. */
  delivery?: { daysLate: number; delivered: boolean }
  /** Of `goodwill`: what a person at the desk wants to give. */
  goodwill?: { amountMinor: number; method: 'refund' | 'coupon' }
  order: RefundOrder
  customer: { id: string; locale: string; country: string }
  history: RefundHistory
}

/** What a refund is for, the second half of its key. */
export type RefundCause = 'playback' | 'delivery' | 'item' | 'billing' | 'complaint' | 'goodwill'

const COMPLAINT_CAUSES: Record<string, RefundCause> = {
  streaming: 'playback',
  delivery: 'delivery',
  item: 'item',
  packaging: 'item',
  order: 'item',
  billing: 'billing',
}

/**
 * What a refund is for: events with one cause share one refund an order line, so that a film that stalled is not paid
 * for once by its session and once more by the complaint about it.
 */
export function causeOf(event: Pick<RefundEvent, 'kind' | 'complaint'>): RefundCause {
  if (event.kind === 'delivery.overdue') return 'delivery'
  if (event.kind === 'goodwill') return 'goodwill'
  if (event.kind !== 'complaint.coded') return 'playback'
  const group = event.complaint?.code.split('.')[0] ?? ''
  return Object.hasOwn(COMPLAINT_CAUSES, group) ? (COMPLAINT_CAUSES[group] as RefundCause) : 'complaint'
}
