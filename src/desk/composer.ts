import { z } from 'zod'
import { openComposer } from '../cases/index.ts'
import { draftPlace } from '../store/case-place.ts'
import { composerLink } from './case-page.ts'
import { failed } from './decisions.ts'
import { type Desk, sendPage } from './desk.ts'
import { fourEyesRule } from './four-eyes.ts'
import { ProblemError, type Route, readForm, readId, signedIn } from './visit.ts'

const composerForm = z.object({ version: z.coerce.number().int().positive(), text: z.string().max(20_000) })

/** The network's own composer, with the answer in it, for posts that only a person may answer. */
export function composerRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'post',
      path: '/drafts/:id/composer',
      allow: 'approve',
      async handle(visit) {
        const draftId = readId(visit)
        const form = readForm(visit, composerForm)
        const done = await openComposer(store, {
          draftId,
          userId: signedIn(visit).id,
          check: desk.replies.check,
          fourEyes: (subject) => fourEyesRule(desk, subject),
          ...form,
        })
        if (done.outcome !== 'opened') return failed(desk, visit, draftId, form.text, done)
        const place = await draftPlace(store, draftId)
        const url = place && composerLink(desk, place, done.text)
        if (!url) throw new ProblemError(404)
        // Not a redirect: what a form leads to must be of this site.
        visit.response.set('refresh', `0; url=${url}`)
        await sendPage(desk, visit, 'composer', { url, caseId: done.caseId })
      },
    },
  ]
}
