import type { Store } from '../../src/store/database.ts'
import type { SessionVerdict } from '../../src/store/schema.ts'

/** A session that is over, as far as incidents look at it. */
export interface PastSession {
  sid?: string
  customerId?: string
  orderLineId?: string
  title?: string
  region?: string | null
  network?: string | null
  player?: string | null
  deviceHash?: string | null
  verdict: SessionVerdict | null
  at: Date
}

let count = 0

/** Stores sessions that are over and were judged, each of a customer and an order of its own unless told. */
export async function addSessions(store: Store, sessions: PastSession[]): Promise<string[]> {
  const rows = sessions.map((session) => {
    count += 1
    const sid = session.sid ?? `evening-${count}`
    return {
      sid,
      customer_id: session.customerId ?? `customer-${count}`,
      order_id: `order-${count}`,
      order_line_id: session.orderLineId ?? `line-${count}`,
      title: session.title ?? 'Casablanca',
      region: session.region === undefined ? 'JP' : session.region,
      network: session.network ?? null,
      player: session.player ?? null,
      device_hash: session.deviceHash ?? null,
      registered_at: session.at,
      last_report_at: session.at,
      measured_at: session.at,
      reports: 9,
      measured_reports: 9,
      state: 'decided' as const,
      verdict: session.verdict,
      quality: JSON.stringify({ sid, started: session.verdict !== 'never-started', stalls: 0 }),
    }
  })
  for (let i = 0; i < rows.length; i += 1_000) {
    await store
      .insertInto('streaming_sessions')
      .values(rows.slice(i, i + 1_000))
      .execute()
  }
  return rows.map(({ sid }) => sid)
}
