import { z } from 'zod'
import { closeListingCase, findListingCase, listListingCases } from '../store/listing-cases.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { may } from './roles.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const closeForm = z.object({ fix: z.string().trim().min(1).max(2000) })

/** Products that the same complaint comes about again and again: their owner finds the cause and says what it was. */
export function listingCaseRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/listing-cases',
      allow: 'read',
      async handle(visit) {
        const rows = await listListingCases(desk.store)
        const shown = rows.map((row) => ({ ...row, about: codeName(desk, visit, row.code) }))
        await sendPage(desk, visit, 'listing-cases', {
          open: shown.filter((row) => row.state === 'open'),
          closed: shown.filter((row) => row.state === 'closed'),
        })
      },
    },
    {
      method: 'get',
      path: '/listing-cases/:id',
      allow: 'read',
      async handle(visit) {
        const found = await findListingCase(desk.store, readId(visit))
        if (!found) throw new ProblemError(404)
        await sendPage(desk, visit, 'listing-case', {
          found: { ...found, about: codeName(desk, visit, found.code) },
          standing: found.evidence.filter((each) => each.state !== 'dropped'),
          closable: found.state === 'open' && mayClose(visit),
        })
      },
    },
    {
      method: 'post',
      path: '/listing-cases/:id/close',
      allow: 'read',
      async handle(visit) {
        if (!mayClose(visit)) throw new ProblemError(403, 'noRight')
        const id = readId(visit)
        const { fix } = readForm(visit, closeForm)
        const closed = await closeListingCase(desk.store, { id, userId: signedIn(visit).id, fix })
        goTo(visit, `/listing-cases/${id}`, closed ? 'listingClosed' : 'listingClosedAlready')
      },
    },
  ]
}

/** Those who close cases, and those who mend what lies behind them. */
function mayClose({ user }: Visit): boolean {
  const role = user?.role ?? null
  return may(role, 'close') || may(role, 'operate')
}
