import { z } from 'zod'
import { snoozeCase } from '../cases/index.ts'
import { showCase } from './case-page.ts'
import { nextAfter } from './decisions.ts'
import type { Desk } from './desk.ts'
import { snoozeUntil } from './snooze-until.ts'
import { goTo, type Route, readForm, readId, signedIn } from './visit.ts'

const note = z.string().trim().max(500).default('')
const snoozeForm = z.discriminatedUnion('until', [
  z.object({ until: z.literal('hour'), note }),
  z.object({ until: z.literal('tomorrow'), note }),
  z.object({ until: z.literal('date'), date: z.iso.date(), note }),
])

/** Cases that rest for a while. */
export function snoozeRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'post',
      path: '/cases/:id/snooze',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const form = readForm(visit, snoozeForm)
        const until = snoozeUntil(form, desk.replies.brand.timeZone, new Date())
        if (!until) return showCase(desk, visit, caseId, { alert: { key: 'snoozeDate' } }, 422)
        const next = await nextAfter(desk, visit, caseId)
        const userId = signedIn(visit).id
        if (!(await snoozeCase(store, { caseId, userId, until, note: form.note || null }))) {
          return showCase(desk, visit, caseId, { alert: { key: 'notOpen' } }, 409)
        }
        goTo(visit, next, 'snoozed')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/wake',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const userId = signedIn(visit).id
        const woken = await snoozeCase(store, { caseId, userId, until: null, note: null })
        goTo(visit, `/cases/${caseId}`, woken ? 'woken' : undefined)
      },
    },
  ]
}
