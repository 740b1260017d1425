import { z } from 'zod'
import { endStop, startStop } from '../store/payout-stops.ts'
import type { Desk } from './desk.ts'
import { goTo, type Route, readForm, readId, signedIn } from './visit.ts'

const note = z.string().trim().min(1).max(500)
const form = z.object({ note })

/** The switch that stops all money, and what lets it go on. */
export function payoutStopRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/payouts/stop',
      allow: 'payouts',
      async handle(visit) {
        const actor = `user:${signedIn(visit).id}`
        const { note: reason } = readForm(visit, form)
        const stopped = await desk.store
          .transaction()
          .execute((trx) => startStop(trx, { kind: 'kill-switch', reason, actor }))
        goTo(visit, '/refunds', stopped ? 'payoutsStopped' : 'payoutsStoppedAlready')
      },
    },
    {
      method: 'post',
      path: '/payouts/stops/:id/end',
      allow: 'payouts',
      async handle(visit) {
        const { note } = readForm(visit, form)
        const ended = await endStop(desk.store, {
          id: readId(visit),
          actor: `user:${signedIn(visit).id}`,
          note,
        })
        goTo(visit, '/refunds', ended ? 'payoutsResumed' : 'payoutsResumedAlready')
      },
    },
  ]
}
