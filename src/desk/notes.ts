import { z } from 'zod'
import { addNote } from '../cases/index.ts'
import { mentionsOf } from '../store/notes.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn } from './visit.ts'

const noteForm = z.object({ text: z.string().trim().min(1).max(4000) })

/** What colleagues tell each other about a case, and who is called by. */
export function noteRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/cases/:id/notes',
      allow: 'edit',
      async handle(visit) {
        const caseId = readId(visit)
        const { text } = readForm(visit, noteForm)
        const added = await addNote(desk.store, { caseId, userId: signedIn(visit).id, text })
        if (!added) throw new ProblemError(404)
        const told =
          added.mentioned.length === 0 ? 'noteAdded' : added.unread.length > 0 ? 'noteToldUnread' : 'noteTold'
        goTo(visit, `/cases/${caseId}#notes`, told)
      },
    },
    {
      method: 'get',
      path: '/mentions',
      allow: 'read',
      async handle(visit) {
        const mentions = await mentionsOf(desk.store, signedIn(visit).id)
        await sendPage(desk, visit, 'mentions', {
          mentions: mentions.map((mention) => ({
            ...mention,
            code: codeName(desk, visit, mention.code),
            isNew: mention.seen_at === null,
          })),
        })
      },
    },
  ]
}
