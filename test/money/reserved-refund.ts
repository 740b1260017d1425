import { loadPayouts, reserve } from '../../src/refunds/index.ts'
import type { NewMail } from '../../src/store/mails.ts'
import type { RefundRow } from '../../src/store/refunds.ts'
import type { TestStore } from '../support/store.ts'

const PAYOUTS = loadPayouts('templates/payouts.yaml')

interface OrderedLine {
  orderId: string
  customerId: string
  paymentId: string
  title: string
  priceMinor: number
  currency: string
}

const A_RENTAL: OrderedLine = {
  orderId: 'order-1',
  customerId: 'customer-1',
  paymentId: 'pay-1',
  title: 'Casablanca',
  priceMinor: 299,
  currency: 'USD',
}

/**
 * A refund of the whole price (of $2.99, unless the line is told) whose money is set aside, as a decision leaves it;
 * each of an order line of its own.
 */
export async function reservedRefund(
  db: TestStore,
  lineId: string,
  cause = 'playback',
  line: OrderedLine = A_RENTAL,
): Promise<number> {
  return db.store.transaction().execute(async (trx) => {
    const decision = await trx
      .insertInto('refund_decisions')
      .values({
        order_line_id: lineId,
        customer_id: line.customerId,
        outcome: 'pay',
        amount_minor: line.priceMinor,
        currency: line.currency,
        reasons: '[]',
        inputs: '{}',
        sentence: '{"en":"","ja":""}',
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const refund = await trx
      .insertInto('refunds')
      .values({
        key: `refund:${lineId}:${cause}`,
        decision_id: decision.id,
        order_id: line.orderId,
        order_line_id: lineId,
        customer_id: line.customerId,
        payment_id: line.paymentId,
        title: line.title,
        locale: 'en',
        mail_template: 'refund-streaming',
        problem: 'stalls',
        amount_minor: line.priceMinor,
        currency: line.currency,
        charged_minor: line.priceMinor,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const money = {
      refundId: refund.id,
      round: 1,
      orderLineId: lineId,
      chargedMinor: line.priceMinor,
      amountMinor: line.priceMinor,
      currency: line.currency,
    }
    await reserve(trx, PAYOUTS, money, new Date())
    return refund.id
  })
}

export async function mailOf(refund: RefundRow): Promise<NewMail> {
  return {
    key: `refund-${refund.key}`,
    message_id: `<${refund.id}@kikimimi>`,
    refund_id: refund.id,
    customer_id: refund.customer_id,
    recipient: 'laura@example.com',
    locale: 'en',
    template: 'refund-streaming',
    subject: 'Casablanca',
    text: 'refunded',
    html: '<p>refunded</p>',
  }
}

export async function rowOf(db: TestStore, id: number): Promise<RefundRow> {
  return db.store.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** Lets time pass for a refund, as if everything about it had happened earlier. */
export async function letPass(db: TestStore, id: number, ms: number): Promise<void> {
  const row = await rowOf(db, id)
  const earlier = (time: Date) => new Date(time.getTime() - ms)
  await db.store
    .updateTable('refunds')
    .set({
      waiting_since: earlier(row.waiting_since),
      sending_at: row.sending_at && earlier(row.sending_at),
    })
    .where('id', '=', id)
    .execute()
}

/** The events of a refund in its ledger, as `round event`. */
export async function ledgerOf(db: TestStore, id: number): Promise<string[]> {
  const rows = await db.store
    .selectFrom('ledger_entries')
    .select(['round', 'event'])
    .where('refund_id', '=', id)
    .orderBy('id')
    .execute()
  return [...new Set(rows.map((row) => `${row.round} ${row.event}`))]
}
