import { findSession, sessionReports, storeQuality } from '../src/store/sessions.ts'
import { measureSession } from '../src/streaming/index.ts'
import type { Parts } from './parts.ts'

/** Measures playback sessions; those that are over go to the refund rules. */
export function qualityWorker({ store, queues, config }: Parts) {
  // The sandbox's players tell an evening in seconds, back-dated; real players can not have played longer than they
  // were registered.
  const trustPlayerClock = config.shop === null
  return async (ids: string[]) => {
    for (const sid of ids) {
      const session = await findSession(store, sid)
      if (!session || session.state === 'decided') continue
      const quality = measureSession(
        await sessionReports(store, sid),
        trustPlayerClock ? {} : { registeredAt: session.registered_at },
      )
      const silentMs = Date.now() - (session.last_report_at?.getTime() ?? 0)
      const over = quality.ended || silentMs >= config.sessionIdleMs
      await storeQuality(store, session, { ...quality }, over ? 'ended' : 'open')
      if (over) await queues.enqueue('refund', [sid])
    }
  }
}
