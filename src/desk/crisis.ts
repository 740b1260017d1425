import { z } from 'zod'
import { endCrisis, listCrises, openCrisis, startCrisis } from '../store/crises.ts'
import { type Desk, sendPage } from './desk.ts'
import { goTo, type Route, readForm, signedIn } from './visit.ts'

const form = z.object({ note: z.string().trim().min(1).max(500) })
const MOST = 50

/** The switch that stops every automatic reply, in every process, without a restart. */
export function crisisRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/crisis',
      allow: 'crisis',
      async handle(visit) {
        const [on, past] = await Promise.all([openCrisis(store), listCrises(store, MOST)])
        await sendPage(desk, visit, 'crisis', { on, past, byPolicy: desk.replies.policy.crisis })
      },
    },
    {
      method: 'post',
      path: '/crisis/start',
      allow: 'crisis',
      async handle(visit) {
        const { note: reason } = readForm(visit, form)
        const started = await startCrisis(store, { reason, actor: `user:${signedIn(visit).id}` })
        goTo(visit, '/crisis', started ? 'crisisStarted' : 'crisisOnAlready')
      },
    },
    {
      method: 'post',
      path: '/crisis/end',
      allow: 'crisis',
      async handle(visit) {
        const { note } = readForm(visit, form)
        const ended = await endCrisis(store, { note, actor: `user:${signedIn(visit).id}` })
        goTo(visit, '/crisis', ended ? 'crisisEnded' : 'crisisOverAlready')
      },
    },
  ]
}
