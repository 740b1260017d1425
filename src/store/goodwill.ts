import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Writes down that a person at the desk gives something for an order line. @returns null where somebody did before */
export async function insertGoodwillEvent(
  trx: Db,
  event: {
    key: string
    caseId: number
    customerId: string
    orderId: string
    orderLineId: string
    sku: string
    facts: { amountMinor: number; currency: string; method: 'refund' | 'coupon'; userId: number }
  },
): Promise<number | null> {
  const row = await trx
    .insertInto('refund_events')
    .values({
      key: event.key,
      kind: 'goodwill',
      state: 'decided',
      case_id: event.caseId,
      customer_id: event.customerId,
      order_id: event.orderId,
      order_line_id: event.orderLineId,
      sku: event.sku,
      facts: JSON.stringify(event.facts),
      decided_at: sql<Date>`now()`,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}
