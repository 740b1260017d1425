import { activateRule, type RefundEvent, type RefundRule, registerRules } from '../../src/refunds/index.ts'
import { refundRuleFileSchema, withHash } from '../../src/refunds/rules/rule.ts'
import type { Store } from '../../src/store/database.ts'

/** A sound rule about films that stall; tests change single fields. */
export function rule(id: string, changes: Record<string, unknown> = {}): RefundRule {
  return withHash(
    refundRuleFileSchema.parse({
      id,
      name: { en: `The ${id}`, ja: `ルール${id}` },
      event: 'playback.ended',
      priority: 10,
      when: 'session.stalls > 3',
      amount: { sharePercent: 50 },
      mail: 'refund-streaming',
      ...changes,
    }),
  )
}

/** Registers rules as their files would be, and has them pay. */
export async function activate(store: Store, ...rules: RefundRule[]): Promise<void> {
  await registerRules(store, rules, { activateFirst: false })
  for (const { id, hash } of rules) {
    const done = await activateRule(store, { ruleId: id, hash, actor: 'user:1', fourEyes: false })
    if (done.outcome === 'refused' && done.reason !== 'active-already') throw new Error(done.why.en)
  }
}

let lines = 0

/** A rented film that stalled, each on an order line of its own. */
export function stalled(
  changes: { at?: Date; stalls?: number; order?: Partial<RefundEvent['order']> } = {},
): RefundEvent {
  const n = ++lines
  const order: RefundEvent['order'] = {
    id: `order-${n}`,
    kind: 'rental',
    currency: 'USD',
    customerId: 'customer-1',
    country: 'US',
    lineId: `line-${n}`,
    priceMinor: 300,
    title: 'Casablanca',
    ...changes.order,
  }
  return {
    kind: 'playback.ended',
    at: changes.at ?? new Date('2026-11-20T12:00:00Z'),
    session: {
      sid: `session-${n}`,
      startupMs: 1000,
      playedMs: 2_400_000,
      stalls: changes.stalls ?? 9,
      stalledMs: 72_000,
      rebufferRatio: 0.03,
      avgBitrateKbps: 3000,
      switches: 1,
      error: null,
      ended: true,
      started: true,
      implausible: [],
    },
    order,
    customer: { id: order.customerId, locale: 'en', country: 'US' },
    history: { refundedOnLineMinor: 0, refundedByOthersMinor: 0 },
  }
}

let events = 0

/** An event that was decided, as settling leaves it. @returns the event's id */
export async function storeDecided(
  store: Store,
  event: RefundEvent,
  decided: {
    at?: Date
    rule?: RefundRule | null
    outcome?: 'pay' | 'ask' | 'deny' | 'no-rule'
    amountMinor?: number
  } = {},
): Promise<number> {
  const kind = event.kind.split('.')[0] as 'playback' | 'complaint' | 'delivery' | 'goodwill'
  const at = decided.at ?? event.at
  const { id } = await store
    .insertInto('refund_events')
    .values({
      key: `${kind}:${event.order.lineId}:${++events}`,
      kind,
      state: 'decided',
      order_line_id: event.order.lineId,
      code: event.complaint?.code ?? null,
      created_at: at,
      due_since: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await store
    .insertInto('refund_decisions')
    .values({
      event_id: id,
      kind: event.kind,
      order_line_id: event.order.lineId,
      customer_id: event.customer.id,
      rule_id: decided.rule?.id ?? null,
      rule_hash: decided.rule?.hash ?? null,
      outcome: decided.outcome ?? (decided.rule ? 'pay' : 'no-rule'),
      amount_minor: decided.amountMinor ?? 0,
      currency: event.order.currency,
      reasons: '[]',
      inputs: JSON.stringify(event),
      sentence: JSON.stringify({ en: 'A sentence.', ja: '文。' }),
      at,
    })
    .execute()
  return id
}
