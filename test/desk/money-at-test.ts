import { loadPayouts, reserve } from '../../src/refunds/index.ts'
import type { Store } from '../../src/store/database.ts'
import type { RefundState } from '../../src/store/schema.ts'

export const PAYOUTS = loadPayouts('templates/payouts.yaml')

/** The facts of a film that kept stalling, as decisions keep them. */
export const FILM = {
  kind: 'playback.ended',
  at: '2026-11-20T10:00:00.000Z',
  session: {
    sid: 's-1',
    startupMs: 900,
    playedMs: 1_800_000,
    stalls: 14,
    stalledMs: 163_000,
    rebufferRatio: 0.083,
    avgBitrateKbps: 2400,
    switches: 9,
    error: null,
    ended: true,
    started: true,
    sessions: 2,
    implausible: [],
    lastEventAt: '2026-11-20T09:59:00.000Z',
  },
  incident: { id: null, wide: false },
  order: {
    id: 'order-1',
    kind: 'rental',
    currency: 'USD',
    customerId: 'customer-1',
    country: 'US',
    lineId: 'line-1',
    priceMinor: 299,
    title: 'Casablanca',
    sku: 'film-casablanca',
    quantity: 1,
  },
  customer: { id: 'customer-1', locale: 'en', country: 'US' },
  history: {
    refundedOnLineMinor: 0,
    refundedByOthersMinor: 0,
    disputed: false,
    suspicious: null,
    claimsByCustomer: 0,
    claimsByDevice: null,
    usage: {
      'perCustomer:1': { count: 1, minor: 299 },
      'perRule:1:streaming-rental': { count: 40, minor: 11960 },
    },
  },
}

export const REASONS = [
  { ruleId: 'streaming-rental', condition: 'session.rebufferRatio > 0.02', held: true, value: 0.083 },
  { ruleId: 'streaming-rental', condition: 'session.playedMs > 120000', held: true, value: 1_800_000 },
  { ruleId: 'streaming-rental', condition: 'order.kind == "rental"', held: false, value: 'rental' },
]

let lines = 0

/** A decision and its refund, whose money is set aside unless it waits for a person. */
export async function addDecided(
  store: Store,
  given: {
    state?: RefundState
    error?: string | null
    title?: string
    amountMinor?: number
    currency?: string
    sentence?: { en: string; ja: string }
    reasons?: readonly unknown[]
    inputs?: unknown
    limit?: string | null
    incidentId?: number
    neverStarted?: boolean
    providerId?: string
  } = {},
): Promise<{ decisionId: number; refundId: number; line: string }> {
  const line = `line-${++lines}`
  const { state = 'paid', title = 'Casablanca', amountMinor = 299, currency = 'USD' } = given
  return store.transaction().execute(async (trx) => {
    const { id: eventId } = await trx
      .insertInto('refund_events')
      .values({ key: `playback:${line}`, kind: 'playback', state: 'decided', order_id: `order-${lines}` })
      .returning('id')
      .executeTakeFirstOrThrow()
    const { id: decisionId } = await trx
      .insertInto('refund_decisions')
      .values({
        event_id: eventId,
        kind: 'playback.ended',
        order_line_id: line,
        customer_id: `customer-${lines}`,
        rule_id: 'streaming-rental',
        rule_hash: 'ab12cd34'.repeat(8),
        outcome: state === 'asked' ? 'ask' : 'pay',
        limit_hit: given.limit ?? null,
        amount_minor: amountMinor,
        currency,
        reasons: JSON.stringify(given.reasons ?? REASONS),
        inputs: JSON.stringify(given.inputs ?? FILM),
        sentence: JSON.stringify(
          given.sentence ?? {
            en: `Refund for "${title}" by the rule "Rented film that kept stalling": rebuffer ratio 8.3 %, played 30.0 min.`,
            ja: `「${title}」について、ルール「レンタル作品の再生が何度も止まった」により返金します（停止時間の割合 8.3%、再生時間 30.0分）。`,
          },
        ),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const { id: refundId } = await trx
      .insertInto('refunds')
      .values({
        key: `refund:${line}:playback`,
        decision_id: decisionId,
        order_id: `order-${lines}`,
        order_line_id: line,
        customer_id: `customer-${lines}`,
        payment_id: `pay-${lines}`,
        title,
        locale: 'en',
        mail_template: 'refund-streaming',
        amount_minor: amountMinor,
        currency,
        charged_minor: amountMinor,
        incident_id: given.incidentId ?? null,
        never_started: given.neverStarted ?? false,
        state: 'asked',
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    if (state === 'asked') return { decisionId, refundId, line }
    const money = { refundId, round: 1, orderLineId: line, chargedMinor: amountMinor, amountMinor, currency }
    await reserve(trx, PAYOUTS, money, new Date())
    await trx
      .updateTable('refunds')
      .set({ state, error: given.error ?? null, provider: 'stripe', provider_id: given.providerId ?? null })
      .where('id', '=', refundId)
      .execute()
    return { decisionId, refundId, line }
  })
}
