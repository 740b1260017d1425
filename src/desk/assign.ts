import { z } from 'zod'
import { assignCase, escalateCase, settleEscalation, type Unread } from '../cases/index.ts'
import { showCase } from './case-page.ts'
import type { Desk } from './desk.ts'
import { notTheirLanguage } from './reading.ts'
import { type Permission, rolesThatMay } from './roles.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const person = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)
const nobody = z.literal('').transform(() => null)
/** Also to somebody who does not read the case's language. */
const insist = z.literal('yes').optional()
const assignForm = z.object({
  to: z.union([person, nobody]),
  /** Whose it was when the page was made. */
  seen: z.union([person, nobody]),
  insist,
})
const escalateForm = z.object({ to: person, reason: z.string().trim().min(1).max(500), insist })

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
        const { to, seen } = form
        const insists = form.insist === 'yes'
        const done = await assignCase(store, { caseId, userId: signedIn(visit).id, roles, to, seen, insists })
        if (done.outcome === 'unread') {
          const fields = { to, seen: seen ?? '' }
          return askAgain(desk, visit, caseId, { action: 'assign', permission: 'edit', fields }, done)
        }
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
        const { to, reason } = form
        const insists = form.insist === 'yes'
        const done = await escalateCase(store, {
          caseId,
          userId: signedIn(visit).id,
          leads,
          to,
          reason,
          insists,
        })
        if (done.outcome === 'unread') {
          const fields = { to, reason }
          return askAgain(desk, visit, caseId, { action: 'escalate', permission: 'approve', fields }, done)
        }
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

/** Says that this person does not read the case, and who does; the giver may insist. */
async function askAgain(
  desk: Desk,
  visit: Visit,
  caseId: number,
  asked: {
    action: 'assign' | 'escalate'
    permission: Permission
    fields: Record<string, string | number | null>
  },
  unread: Unread,
): Promise<void> {
  const { action, permission } = asked
  const by = await notTheirLanguage(desk, visit, unread, permission)
  const fields = Object.entries(asked.fields).map(([name, value]) => ({ name, value: String(value) }))
  const insist = { action, name: unread.name, fields }
  await showCase(desk, visit, caseId, { alert: { key: 'unread', by }, insist }, 409)
}
