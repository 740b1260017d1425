import { z } from 'zod'
import { takeLock } from '../cases/index.ts'
import { draftPlace } from '../store/case-place.ts'
import {
  forgetAbsent,
  leavePage,
  PRESENT_MS,
  seePage,
  stopWriting,
  WITHOUT_SCRIPT_MS,
} from '../store/presence.ts'
import { showCase } from './case-page.ts'
import { presenceView } from './case-work.ts'
import { type Desk, sendFragment } from './desk.ts'
import { may } from './roles.ts'
import {
  goTo,
  ProblemError,
  type Route,
  readForm,
  readId,
  readNumber,
  signedIn,
  type Visit,
} from './visit.ts'

const page = z.string().regex(/^[\w-]{1,40}$/)
const beatForm = z.object({
  page,
  /** 'no': the page wrote until now. */
  writing: z.enum(['yes', 'no', '']).default(''),
  draft: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number)
    .optional(),
  leave: z.literal('yes').optional(),
})
const lockForm = z.object({
  takeOver: z.literal('yes').optional(),
  /** The page will give signs of life. */
  script: z.literal('yes').optional(),
  text: z.string().max(20_000).optional(),
  /** The version that the text was typed on. */
  version: z.coerce.number().int().positive().optional(),
})

/** Who looks at a case and who writes on its draft, so that no two people answer one customer. */
export function presenceRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/cases/:id/presence',
      allow: 'read',
      async handle(visit) {
        await sendPresence(desk, visit, readId(visit), readNumber(visit.request.query.draft))
      },
    },
    {
      method: 'post',
      path: '/cases/:id/presence',
      allow: 'read',
      async handle(visit) {
        const caseId = readId(visit)
        const form = readForm(visit, beatForm)
        const user = signedIn(visit)
        const here = { caseId, userId: user.id, page: form.page }
        if (form.leave) {
          await leavePage(store, here)
          return void visit.response.status(204).end()
        }
        const draft = form.draft === undefined ? null : await draftPlace(store, form.draft)
        const draftId = draft?.case_id === caseId ? (form.draft ?? null) : null
        const mayWrite = draftId !== null && may(user.role, 'edit')
        const wrote =
          mayWrite && form.writing === 'yes'
            ? await takeLock(store, { draftId, userId: user.id, takeOver: false, forMs: PRESENT_MS })
            : null
        if (!(await seePage(store, here, wrote?.outcome === 'taken'))) throw new ProblemError(404)
        if (mayWrite && form.writing === 'no') await stopWriting(store, caseId, user.id)
        await forgetAbsent(store)
        await sendPresence(desk, visit, caseId, draftId)
      },
    },
    {
      // The page that answers a take-over with typed words stands at this address; reloaded, it is the case.
      method: 'get',
      path: '/drafts/:id/lock',
      allow: 'read',
      async handle(visit) {
        const place = await draftPlace(store, readId(visit))
        if (!place) throw new ProblemError(404)
        goTo(visit, `/cases/${place.case_id}`)
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/lock',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const { takeOver, script, text, version } = readForm(visit, lockForm)
        const place = await draftPlace(store, draftId)
        if (!place) throw new ProblemError(404)
        const taken = await takeLock(store, {
          draftId,
          userId: signedIn(visit).id,
          takeOver: takeOver === 'yes',
          forMs: script ? PRESENT_MS : WITHOUT_SCRIPT_MS,
        })
        if (taken.outcome === 'taken') {
          // What was typed before the lock was theirs is not lost.
          if (text !== undefined && text !== '') {
            return showCase(desk, visit, place.case_id, { typed: text, typedOn: { draftId, version } })
          }
          return goTo(visit, `/cases/${place.case_id}`, 'lockTaken')
        }
        const alert = { key: taken.outcome === 'locked' ? 'locked' : 'changed', by: taken.by }
        return showCase(desk, visit, place.case_id, { typed: text, alert }, 409)
      },
    },
  ]
}

async function sendPresence(desk: Desk, visit: Visit, caseId: number, draftId: number | null): Promise<void> {
  await sendFragment(desk, visit, 'presence', {
    presence: await presenceView(desk, visit, caseId, draftId),
    typed: '',
    version: '',
  })
}
