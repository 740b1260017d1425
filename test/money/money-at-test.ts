import {
  loadPayouts,
  type Payouts,
  payRefund,
  type RefundRule,
  registerRules,
  type SettleParts,
  settleEvent,
} from '../../src/refunds/index.ts'
import type { RefundRow } from '../../src/store/refunds.ts'
import { openOutside, orderOf } from '../refunds/outside-at-test.ts'
import { rule } from '../refunds/rules-at-test.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

export type Order = ReturnType<typeof orderOf>

/** The whole price back for whatever is complained about; a test may say more. */
export const everyComplaint = (changes: Record<string, unknown> = {}): RefundRule =>
  rule('every-complaint', {
    event: 'complaint.coded',
    codes: ['item.*', 'delivery.*', 'billing.*', 'streaming.*', 'account.*'],
    when: undefined,
    amount: { sharePercent: 100 },
    ...changes,
  })

/** A database, and the sandbox's shop and payment provider on the wire; orders are complained about and paid back. */
export async function openMoney() {
  const db = await createTestStore()
  const outside = await openOutside()
  const shipped = loadPayouts('templates/payouts.yaml')
  let asked = 0

  const partsWith = (payouts: Payouts): SettleParts => ({
    shop: outside.shop,
    gateways: outside.gateways,
    payouts,
    idleMs: 60_000,
    ownerOf: () => 'catalogue',
    playback: () => null,
  })

  async function complain(order: Order, code = 'item.wrong'): Promise<number> {
    const { id } = await db.store
      .insertInto('refund_events')
      .values({
        key: `complaint:${order.lineId}:${++asked}`,
        kind: 'complaint',
        customer_id: order.customerId,
        order_id: order.orderId,
        order_line_id: order.lineId,
        code,
        facts: JSON.stringify({ codes: [], severity: 2, confidence: 1, language: 'en', network: 'x' }),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  }

  const settle = (eventId: number, payouts = shipped) => settleEvent(db.store, partsWith(payouts), eventId)

  /** A new order whose refund is reserved. */
  async function reserved(line: Parameters<typeof orderOf>[1] = {}, payouts = shipped) {
    const order = orderOf(outside.box, line)
    const settled = await settle(await complain(order), payouts)
    if (settled.outcome !== 'pay' || settled.refundId === null) throw new Error(JSON.stringify(settled))
    return { order, id: settled.refundId }
  }

  return {
    db,
    store: db.store,
    outside,
    box: outside.box,
    payments: outside.box.payments.control,
    payouts: shipped,
    newOrder: (line: Parameters<typeof orderOf>[1] = {}) => orderOf(outside.box, line),
    complain,
    settle,
    reserved,
    pay: (id: number) => payRefund(db.store, outside.gateways, id, async () => null),
    refund: (id: number): Promise<RefundRow> =>
      db.store.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    decisionOf: (eventId: number) =>
      db.store
        .selectFrom('refund_decisions')
        .selectAll()
        .where('event_id', '=', eventId)
        .executeTakeFirstOrThrow(),
    async rules(...by: RefundRule[]) {
      await db.store.deleteFrom('refund_rule_versions').execute()
      await registerRules(db.store, by, { activateFirst: true })
    },
    async close() {
      await outside.close()
      await db.close()
    },
  }
}
export type Money = Awaited<ReturnType<typeof openMoney>>

/** The shipped payouts.yaml with room for anything, or for what is told. */
export function roomy(payouts: Payouts, more: Partial<Payouts> = {}): Payouts {
  return {
    ...payouts,
    budgets: {
      perDayMinor: { USD: 1e9, EUR: 1e9, GBP: 1e9, JPY: 1e9 },
      allPerDay: { currency: 'USD', minor: 1e9 },
    },
    unusual: { ...payouts.unusual, atLeast: 1_000_000 },
    ...more,
  }
}

/** A person at the desk. */
export async function person({ store }: Pick<TestStore, 'store'>, name: string): Promise<number> {
  const { id } = await store
    .insertInto('users')
    .values({ name, login: name, password_hash: 'x', role: 'approver' })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
