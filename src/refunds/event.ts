/** How the playback of the ordered film went; null is "not known". Fits what `measureSession` returns. */
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
  /** Why the measurement should not be believed; anything in here sends the case to a person. */
  implausible: string[]
  /** A string where the measurement was stored as JSON. */
  lastEventAt?: Date | string | null
}

/** What wakes a rule. Later kinds (complaints, late deliveries, goodwill) join here with their own facts. */
export type RefundEventKind = 'playback.ended' | 'playback.failed'

/** Something that may deserve a refund, with every fact a rule may look at. */
export interface RefundEvent {
  kind: RefundEventKind
  at: Date
  session: RefundSession
  order: {
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
  }
  customer: { id: string; locale: string; country: string }
  /** Money in the order's currency; a day is the company's. */
  history: {
    /** Paid, reserved, or refunded by others at the provider. */
    refundedOnLineMinor: number
    refundsToCustomerToday: number
    /** Of the rule that would pay, or of each rule by its id. */
    refundsByRuleTodayMinor: number | Record<string, number>
  }
}

const CAUSES: Record<RefundEventKind, string> = {
  'playback.ended': 'playback',
  'playback.failed': 'playback',
}

/** What a refund is for: events with one cause share one refund an order line. */
export function causeOf(kind: RefundEventKind): string {
  return CAUSES[kind]
}
