import { z } from 'zod'
import { undoApproval } from '../cases/index.ts'
import { draftPlace } from '../store/case-place.ts'
import type { Desk } from './desk.ts'
import { type Result, withoutTold, writeTold } from './inbox-bulk.ts'
import { goTo, localPath, ProblemError, type Route, readForm, readNumbers, signedIn } from './visit.ts'

const form = z.object({ drafts: z.string().max(2000), back: z.string().max(2000).optional() })

/** Takes back what one bulk approval let out, each by itself, and tells which had already left. */
export function inboxUndoRoutes({ store }: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/inbox/undo',
      allow: 'approve',
      async handle(visit) {
        const given = readForm(visit, form)
        const draftIds = readNumbers(given.drafts)
        if (draftIds.length === 0) throw new ProblemError(400, 'badForm')
        const userId = signedIn(visit).id
        const results: [number, Result][] = []
        for (const draftId of draftIds) {
          const place = await draftPlace(store, draftId)
          if (!place) continue
          const { outcome } = await undoApproval(store, { draftId, userId })
          const result = outcome === 'undone' ? 'done' : outcome === 'too-late' ? 'late' : 'changed'
          results.push([place.case_id, result])
        }
        goTo(visit, writeTold(withoutTold(localPath(given.back)), 'undo', results))
      },
    },
  ]
}
