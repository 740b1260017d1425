import type { RefundComplaint, RefundEvent } from '../../src/refunds/index.ts'
import { type Changes, playback } from './playback.ts'

type OrderChanges = Pick<Changes, 'order' | 'customer' | 'history'>

/** Decaf was ordered for $14.99 and regular coffee came: the first time that anybody says so. */
export function complaint(
  changes: Partial<RefundComplaint> = {},
  { order, ...rest }: OrderChanges = {},
): RefundEvent {
  const code = changes.code ?? 'item.wrong'
  return {
    ...parcel({ order, ...rest }),
    kind: 'complaint.coded',
    complaint: {
      code,
      codes: [code],
      severity: 2,
      confidence: 0.93,
      language: 'en',
      network: 'x',
      earlierByCustomerDays: [],
      earlierByProductDays: [],
      ...changes,
    },
  }
}

/** The same coffee, which has not come by the day that was promised. */
export function overdue(daysLate: number, changes: OrderChanges = {}): RefundEvent {
  return { ...parcel(changes), kind: 'delivery.overdue', delivery: { daysLate, delivered: false } }
}

/** The person at the desk wants to give something for it. */
export function goodwill(amountMinor: number, changes: OrderChanges = {}): RefundEvent {
  return { ...parcel(changes), kind: 'goodwill', goodwill: { amountMinor, method: 'refund' } }
}

function parcel({ order, ...rest }: OrderChanges): Omit<RefundEvent, 'kind'> {
  const { session: _session, incident: _incident, kind: _kind, ...event } = playback(rest)
  return {
    ...event,
    order: {
      ...event.order,
      kind: 'physical',
      priceMinor: 1499,
      title: 'Decaf coffee beans, 500 g',
      sku: 'coffee-decaf-500',
      ...order,
    },
  }
}
