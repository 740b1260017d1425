import type { Db } from '../../store/database.ts'
import { incidentOfSessions } from '../../store/incidents.ts'
import { refundedOnLine } from '../../store/payout-limits.ts'
import { sessionsOfLine } from '../../store/playback-events.ts'
import { isDisputed } from '../../store/provider-events.ts'
import { earlierComplaints, type RefundEventRow } from '../../store/refund-events.ts'
import type { RefundRule } from '../rules/rule.ts'
import type { RefundEvent, RefundHistory } from './event.ts'
import { type OrderLineOf, orderFacts, usageFor } from './order-facts.ts'
import type { SettleParts } from './settle-event.ts'
import { suspicionOf } from './suspicion.ts'

/** An event with all that rules look at, and what is written down beside it. */
export interface Facts {
  event: RefundEvent
  sids: string[]
  deviceHash: string | null
  incidentId: number | null
}

/**
 * @param rules of whose limits the windows are counted
 * @returns null where there is nothing to decide (yet): a session of the line goes on again
 */
export async function factsOf(
  db: Db,
  parts: Pick<SettleParts, 'payouts' | 'playback'>,
  row: RefundEventRow,
  found: OrderLineOf,
  othersMinor: number | null,
  rules: readonly RefundRule[],
  now: Date,
): Promise<Facts | null> {
  const { order, line } = found
  const sessions = row.kind === 'playback' ? await sessionsOfLine(db, line.id) : []
  if (sessions.some(({ state }) => state === 'open')) return null
  const deviceHash = sessions.findLast((session) => session.device_hash !== null)?.device_hash ?? null
  const history: RefundHistory = {
    refundedOnLineMinor: await refundedOnLine(db, line.id),
    refundedByOthersMinor: othersMinor,
    disputed: await isDisputed(db, order.paymentId),
    ...(row.kind === 'playback'
      ? await suspicionOf(db, parts.payouts, {
          customerId: order.customerId,
          deviceHash,
          orderLineId: line.id,
        })
      : { suspicious: null }),
    usage: await usageFor(db, parts.payouts, rules, found, now),
  }
  const common = { at: now, ...orderFacts(found), history }
  const sids = sessions.map(({ sid }) => sid)
  const none = { sids, deviceHash, incidentId: null }
  if (row.kind === 'playback') {
    const playback = parts.playback(sessions)
    if (!playback) return null
    const incident = (await incidentOfSessions(db, sids))?.id ?? null
    const event = { ...common, ...playback, incident: { id: incident, wide: incident !== null } }
    return { ...none, event, incidentId: incident }
  }
  if (row.kind === 'complaint') {
    return {
      ...none,
      event: { ...common, kind: 'complaint.coded', complaint: await complaintOf(db, row) },
    }
  }
  const delivery = row.facts as { daysLate: number; delivered: boolean }
  return { ...none, event: { ...common, kind: 'delivery.overdue', delivery } }
}

async function complaintOf(db: Db, row: RefundEventRow) {
  const facts = row.facts as {
    codes?: string[]
    severity?: number
    confidence?: number | null
    language?: string
    network?: string
  }
  const earlier = await earlierComplaints(db, row)
  return {
    code: row.code ?? '',
    codes: facts.codes ?? [],
    severity: facts.severity ?? 0,
    confidence: facts.confidence ?? null,
    language: facts.language ?? '',
    network: facts.network ?? '',
    earlierByCustomerDays: earlier.customer,
    earlierByProductDays: earlier.product,
  }
}
