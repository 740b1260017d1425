import { z } from 'zod'
import {
  approveDraft,
  type Claims,
  type Conflict,
  closeCase,
  correctCode,
  type FourEyes,
  type Locked,
  markNotForUs,
  markPostedByHand,
  type Refused,
  rejectDraft,
  reopenCase,
  saveDraft,
  undoApproval,
} from '../cases/index.ts'
import { wantedCodes } from '../refunds/index.ts'
import { casePlace, draftPlace, neighbours } from '../store/case-place.ts'
import { showCase } from './case-page.ts'
import type { Desk } from './desk.ts'
import { fourEyesRule } from './four-eyes.ts'
import { signAs } from './sign-as.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const version = z.coerce.number().int().positive()
const text = z.string().max(20_000)
const editForm = z.object({ version, text })
const sendForm = editForm.extend({
  /** Why it goes out although it breaks hard rules; empty where nobody says. */
  override: z.string().trim().max(500).optional(),
})
const reason = z.string().trim().min(1).max(500)
const code = z.string().max(80)
const recodeForm = z.object({
  seen: z.string().max(3000),
  code,
  /** One further code arrives as a string, several as a list. */
  also: z.union([z.array(code).max(25), code.transform((one) => [one])]).default([]),
  severity: z.enum(['0', '1', '2', '3']).transform((digit) => Number(digit) as 0 | 1 | 2 | 3),
})
const notForUsForm = z.object({ seen: z.coerce.number().int().nonnegative() })
const closeForm = z.object({ reason, seen: z.coerce.number().int().nonnegative().optional() })

/** What a person decides on a draft and its case. */
export function decisionRoutes(desk: Desk): Route[] {
  const { store } = desk
  const { check } = desk.replies
  return [
    {
      method: 'post',
      path: '/drafts/:id/save',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const form = readForm(visit, editForm)
        const { enterprise } = desk.replies.policy
        const saved = await saveDraft(store, {
          draftId,
          userId: signedIn(visit).id,
          check,
          enterprise,
          ...form,
        })
        if (saved.outcome !== 'saved') return failed(desk, visit, draftId, form.text, saved)
        goTo(visit, `/cases/${await caseOf(desk, draftId)}`, 'saved')
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/approve',
      allow: 'approve',
      async handle(visit) {
        const draftId = readId(visit)
        const form = readForm(visit, sendForm)
        const next = await nextAfter(desk, visit, await caseOf(desk, draftId))
        const done = await approveDraft(store, {
          draftId,
          userId: signedIn(visit).id,
          check,
          fourEyes: (subject) => fourEyesRule(desk, subject),
          sign: signAs(desk, visit),
          ...form,
        })
        if (done.outcome === 'by-hand') {
          return showCase(
            desk,
            visit,
            await caseOf(desk, draftId),
            { typed: form.text, alert: { key: 'byHand' } },
            409,
          )
        }
        if (done.outcome !== 'approved') return failed(desk, visit, draftId, form.text, done)
        await desk.queues.enqueue('publish', [draftId], { severity: done.severity, delayMs: done.dueInMs })
        goTo(visit, `${next}?undo=${draftId}`, 'approved')
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/undo',
      allow: 'approve',
      async handle(visit) {
        const draftId = readId(visit)
        const caseId = await caseOf(desk, draftId)
        const done = await undoApproval(store, { draftId, userId: signedIn(visit).id })
        if (done.outcome === 'undone') return goTo(visit, `/cases/${caseId}`, 'undone')
        const alert =
          done.outcome === 'too-late' ? { key: 'undoTooLate' } : { key: 'undoChanged', by: done.by }
        return showCase(desk, visit, caseId, { alert }, 409)
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/posted',
      allow: 'approve',
      async handle(visit) {
        const draftId = readId(visit)
        const form = readForm(visit, sendForm)
        const userId = signedIn(visit).id
        const next = await nextAfter(desk, visit, await caseOf(desk, draftId))
        const { enterprise } = desk.replies.policy
        // The composer opened with what stands in the editor: that is what was posted.
        const saved = await saveDraft(store, {
          draftId,
          userId,
          check,
          enterprise,
          version: form.version,
          text: form.text,
        })
        if (saved.outcome !== 'saved') return failed(desk, visit, draftId, form.text, saved)
        const done = await markPostedByHand(store, {
          draftId,
          version: saved.version,
          userId,
          check,
          override: form.override,
          fourEyes: (subject) => fourEyesRule(desk, subject),
        })
        if (done.outcome !== 'posted') return failed(desk, visit, draftId, form.text, done)
        if (done.answered) return goTo(visit, next, 'posted')
        goTo(visit, `/cases/${done.caseId}`, 'postedWroteAgain')
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/reject',
      allow: 'approve',
      async handle(visit) {
        const draftId = readId(visit)
        const form = readForm(visit, z.object({ version, note: reason }))
        const next = await nextAfter(desk, visit, await caseOf(desk, draftId))
        const done = await rejectDraft(store, { draftId, userId: signedIn(visit).id, ...form })
        if (done.outcome !== 'rejected') return failed(desk, visit, draftId, undefined, done)
        goTo(visit, next, 'rejected')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/close',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const form = readForm(visit, closeForm)
        const next = await nextAfter(desk, visit, caseId)
        const done = await closeCase(store, {
          caseId,
          userId: signedIn(visit).id,
          reason: form.reason,
          seenPostId: form.seen,
        })
        if (done.outcome !== 'closed') return notClosed(desk, visit, caseId, form.reason, done)
        goTo(visit, next, 'closed')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/not-for-us',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const { seen } = readForm(visit, notForUsForm)
        const next = await nextAfter(desk, visit, caseId)
        const raised: number[] = []
        const done = await markNotForUs(
          store,
          { caseId, userId: signedIn(visit).id, seenPostId: seen },
          await claimsOf(desk, raised),
        )
        if (done.outcome === 'conflict' || done.outcome === 'locked') {
          return notClosed(desk, visit, caseId, '', done)
        }
        if (done.outcome === 'danger') return goTo(visit, `/cases/${caseId}`, 'notForUsDanger')
        await desk.queues.enqueue('refund', raised)
        goTo(visit, next, 'notForUs')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/code',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const form = readForm(visit, recodeForm)
        const raised: number[] = []
        const done = await correctCode(
          store,
          desk.taxonomy,
          {
            caseId,
            userId: signedIn(visit).id,
            codes: [form.code, ...form.also],
            severity: form.severity,
            seen: form.seen,
          },
          await claimsOf(desk, raised),
        )
        if (done.outcome === 'unknown-code') throw new ProblemError(400)
        if (done.outcome === 'conflict') {
          return showCase(desk, visit, caseId, { alert: { key: 'recoded', by: done.by } }, 409)
        }
        await desk.queues.enqueue('refund', raised)
        if (done.redraft) await desk.queues.enqueue('draft', [caseId], { severity: form.severity })
        goTo(visit, `/cases/${caseId}`, 'recoded')
      },
    },
    {
      method: 'post',
      path: '/cases/:id/reopen',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const done = await reopenCase(store, { caseId, userId: signedIn(visit).id })
        if (done.outcome === 'reopened') await desk.queues.enqueue('draft', [caseId])
        goTo(visit, `/cases/${caseId}`, done.outcome === 'reopened' ? 'reopened' : undefined)
      },
    },
  ]
}

/** Shows the case again with what the person typed, so that nothing is lost, and says what came in between. */
export async function failed(
  desk: Desk,
  visit: Visit,
  draftId: number,
  typed: string | undefined,
  outcome: Conflict | FourEyes | Locked | Refused,
): Promise<void> {
  const caseId = await caseOf(desk, draftId)
  if (outcome.outcome === 'four-eyes') {
    return showCase(desk, visit, caseId, { typed, alert: { key: 'fourEyes' } }, 409)
  }
  if (outcome.outcome === 'locked') {
    return showCase(desk, visit, caseId, { typed, alert: { key: 'locked', by: outcome.by } }, 409)
  }
  if (outcome.outcome === 'refused') {
    return showCase(desk, visit, caseId, { typed, report: outcome.report, alert: { key: 'refused' } }, 422)
  }
  return showCase(desk, visit, caseId, { typed, alert: { key: alertOf(outcome), by: outcome.by } }, 409)
}

/** The case stays as it is, and the reason in its field. A lock says who has it, beside the way to take over. */
function notClosed(
  desk: Desk,
  visit: Visit,
  caseId: number,
  reason: string,
  outcome: Conflict | Locked,
): Promise<void> {
  const key = outcome.outcome === 'locked' ? 'closeLocked' : alertOf(outcome)
  return showCase(desk, visit, caseId, { closing: reason, alert: { key, by: outcome.by } }, 409)
}

function alertOf(conflict: Conflict): string {
  if (conflict.wroteAgain) return 'wroteAgain'
  if (conflict.state === 'pending') return 'edited'
  if (conflict.by === null) return 'changed'
  return conflict.state === 'approved' || conflict.state === 'published' ? 'approvedBy' : 'decidedBy'
}

async function caseOf(desk: Desk, draftId: number): Promise<number> {
  const draft = await draftPlace(desk.store, draftId)
  if (!draft) throw new ProblemError(404)
  return draft.case_id
}

/** Where a decision leads: the next most urgent case that the person can read, else the inbox. */
export async function nextAfter(desk: Desk, visit: Visit, caseId: number): Promise<string> {
  const place = await casePlace(desk.store, caseId)
  if (!place) throw new ProblemError(404)
  const { next } = await neighbours(desk.store, place, signedIn(visit).languages)
  return next === null ? '/' : `/cases/${next}`
}

/** Where complaints may become refunds: which codes are wanted, and what was raised. */
export async function claimsOf(desk: Desk, raised: number[]): Promise<Claims | undefined> {
  if (!desk.refunds.shop) return undefined
  return { wanted: await wantedCodes(desk.store), raised: (id) => void raised.push(id) }
}
