import { recentSessions } from '../store/sessions.ts'
import { type Desk, sendPage } from './desk.ts'
import type { Route } from './visit.ts'

const SHOWN = 100

/** Recent streaming sessions and how they went. */
export function streamingRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/streaming',
      allow: 'read',
      async handle(visit) {
        const sessions = await recentSessions(desk.store, SHOWN)
        await sendPage(desk, visit, 'streaming', {
          rows: sessions.map((session) => ({
            ...session,
            ...measured(session.quality),
            outcome: session.outcome ?? 'none',
            why: session.sentence?.[visit.language] ?? '',
          })),
        })
      },
    },
  ]
}

function measured(quality: Record<string, unknown> | null) {
  const of = (name: string) => (typeof quality?.[name] === 'number' ? (quality[name] as number) : null)
  const ratio = of('rebufferRatio')
  return {
    startupMs: of('startupMs'),
    playedMs: of('playedMs'),
    stalls: of('stalls'),
    stalledMs: of('stalledMs'),
    rebuffer: ratio === null ? null : `${(ratio * 100).toFixed(1)} %`,
    level: ratio === null ? 'unknown' : ratio > 0.05 ? 'bad' : ratio > 0.01 ? 'fair' : 'good',
  }
}
