import { findSession, storeQuality } from '../src/store/sessions.ts'
import { measureSession } from '../src/streaming/index.ts'
import type { Parts } from './parts.ts'

/** Measures playback sessions; those that are over go to the refund rules. */
export function qualityWorker({ store, queues, config }: Parts) {
  return async (ids: string[]) => {
    for (const sid of ids) {
      const found = await findSession(store, sid)
      if (!found || found.session.state === 'decided') continue
      const quality = measureSession(found.reports)
      const silentMs = Date.now() - (found.session.last_report_at?.getTime() ?? 0)
      const over = quality.ended || silentMs >= config.sessionIdleMs
      await storeQuality(store, sid, { ...quality }, over ? 'ended' : 'open')
      if (over) await queues.enqueue('refund', [sid])
    }
  }
}
