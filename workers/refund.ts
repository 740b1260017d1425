import { ComeBackLater } from '../src/queue/index.ts'
import { settleSession } from '../src/refunds/index.ts'
import { playbackEvent } from '../src/streaming/index.ts'
import type { Parts } from './parts.ts'

/** Decides about sessions that are over; what a rule pays goes to payout. */
export function refundWorker({ store, refunds, queues }: Parts) {
  return async (ids: string[]) => {
    if (!refunds) return
    for (const sid of ids) {
      const settled = await settleSession(store, refunds.shop, refunds.rules, sid, playbackEvent)
      if (settled.outcome === 'later') throw new ComeBackLater(settled.reason, settled.delayMs)
      if (settled.refundId !== null) await queues.enqueue('payout', [settled.refundId])
    }
  }
}
