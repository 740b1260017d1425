import { ComeBackLater } from '../src/queue/index.ts'
import { resolveComplaint, type SettleParts, settleEvent } from '../src/refunds/index.ts'
import { replyWith } from '../src/store/cases.ts'
import { linePlayback } from '../src/streaming/index.ts'
import type { Parts } from './parts.ts'

/** Decides about what may deserve a refund; money goes on to payout, goods to replace. */
export function refundWorker({ store, refunds, queues, config }: Parts) {
  return async (ids: string[]) => {
    if (!refunds) return
    const parts: SettleParts = { ...refunds, idleMs: config.sessionIdleMs, playback: linePlayback }
    for (const id of ids) {
      const resolved = await resolveComplaint(store, refunds.shop, Number(id))
      if (resolved.outcome === 'later') throw new ComeBackLater(resolved.reason, resolved.delayMs)
      const settled = await settleEvent(store, parts, Number(id))
      if (settled.outcome === 'later') throw new ComeBackLater(settled.reason, settled.delayMs)
      if (settled.refundId !== null) await queues.enqueue('payout', [settled.refundId])
      if (settled.reply && (await replyWith(store, settled.reply.caseId, settled.reply.code))) {
        await queues.enqueue('draft', [settled.reply.caseId])
      }
      if (settled.replacementId !== null) await queues.enqueue('replace', [settled.replacementId])
    }
  }
}
