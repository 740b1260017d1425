import { reserveGranted } from '../../src/refunds/index.ts'
import type { NewMail } from '../../src/store/mails.ts'
import type { RefundRow } from '../../src/store/refunds.ts'
import type { TestStore } from '../support/store.ts'

/** A refund of $2.99 whose money is set aside, as a decision leaves it; each of an order line of its own. */
export async function reservedRefund(db: TestStore, lineId: string, cause = 'playback'): Promise<number> {
  return db.store.transaction().execute(async (trx) => {
    const decision = await trx
      .insertInto('refund_decisions')
      .values({
        order_line_id: lineId,
        customer_id: 'customer-1',
        outcome: 'pay',
        amount_minor: 299,
        currency: 'USD',
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
        order_id: 'order-1',
        order_line_id: lineId,
        customer_id: 'customer-1',
        payment_id: 'pay-1',
        title: 'Casablanca',
        locale: 'en',
        mail_template: 'refund-streaming',
        problem: 'stalls',
        amount_minor: 299,
        currency: 'USD',
        charged_minor: 299,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await reserveGranted(trx, refund.id)
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
