import { departmentsOf } from '../store/departments.ts'
import { type LetterRow, listLetters } from '../store/letters.ts'
import { departmentName, departments } from './department-names.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { clockOf } from './format.ts'
import { type Route, signedIn, type Visit } from './visit.ts'

/** Letters to departments: what is open and late, what waits for its sender, and what was settled. */
export function letterListRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/letters',
      allow: 'read',
      async handle(visit) {
        const view = ['mine', 'done'].find((each) => each === visit.request.query.view) ?? 'open'
        const mine = await departmentsOf(desk.store, signedIn(visit).id)
        const rows = await listLetters(desk.store, {
          done: view === 'done',
          ...(view === 'mine' ? { departments: mine } : {}),
        })
        const now = new Date()
        const shown = rows.map((row) => showRow(desk, visit, row, now))
        await sendPage(desk, visit, 'letters', {
          view,
          views: ['open', 'mine', 'done'],
          late: shown.filter(({ late }) => late),
          open: shown.filter(({ late, state }) => !late && state === 'open'),
          answered: shown.filter(({ state }) => state === 'answered'),
          accepted: shown.filter(({ state }) => state === 'accepted'),
          mine: mine.map((each) => departmentName(desk, visit.language, each)),
          unowned: departments(desk, visit.language).unowned,
        })
      },
    },
  ]
}

function showRow(desk: Desk, visit: Visit, row: LetterRow, now: Date) {
  return {
    ...row,
    department: departmentName(desk, visit.language, row.department),
    codes: row.codes.map((code) => codeName(desk, visit, code)),
    late: row.state === 'open' && row.due_at <= now,
    clock: row.state === 'open' ? clockOf(visit.language, row.sent_at, row.due_at, now) : null,
  }
}
