import { z } from 'zod'
import { setDepartments } from '../store/departments.ts'
import { departments } from './department-names.ts'
import type { Desk } from './desk.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn } from './visit.ts'

const form = z.object({
  departments: z.union([z.array(z.string()).max(60), z.string().transform((one) => [one])]).default([]),
})

/** An admin says who answers for which department. */
export function peopleDepartmentRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/people/:id/departments',
      allow: 'people',
      async handle(visit) {
        const userId = readId(visit)
        const { owned, unowned } = departments(desk, visit.language)
        const known = new Set([...owned, ...unowned].map(({ id }) => id))
        const chosen = readForm(visit, form).departments.filter((each) => known.has(each))
        if (!(await setDepartments(desk.store, userId, chosen, signedIn(visit).id)))
          throw new ProblemError(404)
        goTo(visit, '/people', 'departmentsSaved')
      },
    },
  ]
}
