import { z } from 'zod'
import { assignCase, escalateCase, settleEscalation } from '../cases/index.ts'
import { showCase } from './case-page.ts'
import type { Desk } from './desk.ts'
import { rolesThatMay } from './roles.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn } from './visit.ts'

const person = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)
const nobody = z.literal('').transform(() => null)
const assignForm = z.object({
  to: z.union([person, nobody]),
  /** Whose it was when the page was made. */
  seen: z.union([person, nobody]),
})
const escalateForm = z.object({ to: person, reason: z.string().trim().min(1).max(500) })

/** Whose a case is, and who else must look at it. */
export function assignRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'post',
      path: '/cases/:id/assign',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const form = readForm(visit, assignForm)
        const roles = rolesThatMay('edit')
        const done = await assignCase(store, { caseId, userId: signedIn(visit).id, roles, ...form })
        if (done.outcome === 'nobody') throw new ProblemError(400, 'badForm')
        if (done.outcome === 'changed') {
          return showCase(desk, visit, caseId, { alert: { key: 'assigned' } }, 409)
        }
        goTo(visit, `/cases/${caseId}`, form.to === null ? 'unassigned' : 'assigned')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/escalate',
      allow: 'edit',
      async handle(visit) {
        const caseId = readId(visit)
        const form = readForm(visit, escalateForm)
        const leads = rolesThatMay('approve')
        const done = await escalateCase(store, { caseId, userId: signedIn(visit).id, leads, ...form })
        if (done.outcome === 'no-lead') throw new ProblemError(400, 'badForm')
        if (done.outcome === 'not-open') {
          return showCase(desk, visit, caseId, { alert: { key: 'notOpen' } }, 409)
        }
        goTo(visit, `/cases/${caseId}`, 'escalated')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/escalation/settle',
      allow: 'approve',
      async handle(visit) {
        const caseId = readId(visit)
        const settled = await settleEscalation(store, { caseId, userId: signedIn(visit).id })
        goTo(visit, `/cases/${caseId}`, settled ? 'escalationSettled' : undefined)
      },
    },
  ]
}
