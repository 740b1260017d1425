import { sessionReports } from '../src/store/cmcd-reports.ts'
import { raisePlaybackEvent } from '../src/store/playback-events.ts'
import { findSession, storeQuality } from '../src/store/sessions.ts'
import { measureSession, sessionVerdict } from '../src/streaming/index.ts'
import type { Parts } from './parts.ts'

/** Measures playback sessions; those that are over go to the refund rules. */
export function qualityWorker({ store, queues, config }: Parts) {
  // The sandbox's players tell an evening in seconds, back-dated; real players can not have played longer than they
  // were registered.
  const trustPlayerClock = config.shop === null
  async function raise(orderLineId: string): Promise<void> {
    const eventId = await raisePlaybackEvent(store, orderLineId, config.sessionIdleMs)
    if (eventId !== null) await queues.enqueue('refund', [eventId])
  }
  return async (ids: string[]) => {
    for (const sid of ids) {
      const session = await findSession(store, sid)
      if (!session || session.state === 'decided') continue
      // Late reports of a session that said goodbye are measured before it is decided.
      if (session.state === 'ended' && session.reports === session.measured_reports) {
        await raise(session.order_line_id)
        continue
      }
      const quality = measureSession(
        await sessionReports(store, sid),
        trustPlayerClock ? {} : { registeredAt: session.registered_at },
      )
      const silentMs = Date.now() - (session.last_report_at?.getTime() ?? 0)
      const over = quality.ended || silentMs >= config.sessionIdleMs
      const verdict = sessionVerdict(quality, over)
      await storeQuality(store, session, { ...quality }, over ? 'ended' : 'open', verdict)
      if (over) await raise(session.order_line_id)
    }
  }
}
