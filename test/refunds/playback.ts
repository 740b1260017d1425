import type { RefundEvent, RefundSession } from '../../src/refunds/index.ts'

/** What may be changed about the usual evening. */
export interface Changes {
  kind?: 'playback.ended' | 'playback.failed'
  session?: Partial<RefundSession>
  incident?: RefundEvent['incident']
  order?: Partial<RefundEvent['order']>
  customer?: Partial<RefundEvent['customer']>
  history?: Partial<RefundEvent['history']>
}

/** Casablanca, rented for $2.99 and watched for forty minutes with 72 seconds of stalls. */
export function playback(changes: Changes = {}): RefundEvent {
  return {
    kind: changes.kind ?? 'playback.ended',
    at: new Date('2026-11-20T21:00:00Z'),
    session: {
      sid: 'session-1',
      startupMs: 4_000,
      playedMs: 2_401_000,
      stalls: 9,
      stalledMs: 72_000,
      rebufferRatio: 72_000 / 2_473_000,
      avgBitrateKbps: 3_000,
      switches: 2,
      error: null,
      ended: true,
      started: true,
      implausible: [],
      ...changes.session,
    },
    incident: changes.incident ?? { wide: false, id: null },
    order: {
      id: 'order-1',
      kind: 'rental',
      currency: 'USD',
      customerId: 'customer-1',
      country: 'US',
      lineId: 'order-1-1',
      priceMinor: 299,
      title: 'Casablanca',
      sku: 'film-casablanca',
      quantity: 1,
      ...changes.order,
    },
    customer: { id: 'customer-1', locale: 'en', country: 'US', ...changes.customer },
    history: {
      refundedOnLineMinor: 0,
      refundedByOthersMinor: 0,
      disputed: false,
      suspicious: null,
      claimsByCustomer: 0,
      claimsByDevice: 0,
      ...changes.history,
    },
  }
}
