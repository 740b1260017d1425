import { sql } from 'kysely'
import type { Db } from './database.ts'

const CLAIMED = ['asked', 'reserved', 'sending', 'pending', 'paid', 'unknown'] as const

/** Order lines whose playback was refunded, or is to be, within the days asked for. */
export interface RepeatedClaims {
  byCustomer: number
  /** Watched on this device, by whomever; 0 where the device is not known. */
  byDevice: number
  /** How many customers they were: several on one device are worth a look. */
  customersOnDevice: number
}

/**
 * Counts refunds for playback over distinct order lines, so that repeated claims go to a person.
 * @param claim.deviceHash as stored with the session; null: not known
 * @param claim.orderLineId the line that is being decided: it does not count
 */
export async function repeatedClaims(
  db: Db,
  claim: { customerId: string; deviceHash: string | null; days: number; orderLineId?: string },
): Promise<RepeatedClaims> {
  const { customerId, deviceHash, days, orderLineId = '' } = claim
  const claimed = sql`r.key like '%:playback' and r.state in (${sql.join([...CLAIMED])})
    and r.created_at > now() - ${days} * interval '1 day' and r.order_line_id <> ${orderLineId}`
  // Three index scans, where one condition with "or" would read every refund.
  const { rows } = await sql<RepeatedClaims>`
    with claims as (
      select r.order_line_id, r.customer_id, false as here from refunds r
        where r.customer_id = ${customerId} and ${claimed}
      union all
      select r.order_line_id, r.customer_id, true from refunds r
        where r.device_hash = ${deviceHash} and ${claimed}
      union all
      select r.order_line_id, r.customer_id, true
        from streaming_sessions s join refunds r on r.order_line_id = s.order_line_id
        where s.device_hash = ${deviceHash} and ${claimed})
    select count(distinct order_line_id) filter (where customer_id = ${customerId})::int as "byCustomer",
      count(distinct order_line_id) filter (where here)::int as "byDevice",
      count(distinct customer_id) filter (where here)::int as "customersOnDevice"
    from claims`.execute(db)
  return rows[0] ?? { byCustomer: 0, byDevice: 0, customersOnDevice: 0 }
}
