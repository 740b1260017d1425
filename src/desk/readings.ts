import { z } from 'zod'
import { departmentsOf } from '../store/departments.ts'
import { findThought, listReadings, listThoughts } from '../store/listening-in.ts'
import { endReading, giveReading, seeThought } from '../store/readings.ts'
import { listUsers } from '../store/users.ts'
import { businessDay } from '../time-zone.ts'
import { ABUSE, anonymise } from '../triage/index.ts'
import { departmentName } from './department-names.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { formatDay } from './format.ts'
import { may } from './roles.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const readingForm = z.object({
  user: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
  count: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(500)),
  codes: z.union([z.array(z.string()).max(60), z.string().transform((one) => [one])]).default([]),
  until: z.iso.date(),
})

/** Who was given voices to read, how far they are, and the thoughts that readers left. */
export function readingGivenRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/readings',
      allow: 'read',
      async handle(visit) {
        const { id, role } = signedIn(visit)
        const gives = may(role, 'approve')
        const readings = await listReadings(store, gives ? null : id)
        const today = businessDay(new Date(), desk.replies.brand.timeZone)
        const shown = readings.map((each) => ({
          ...each,
          day: formatDay(visit.language, each.until),
          late: each.endedAt === null && each.read < each.count && each.until < today,
          codes: each.codes.map((code) => codeName(desk, visit, code)),
        }))
        await sendPage(desk, visit, 'readings', {
          mine: shown.filter((each) => each.userId === id && each.endedAt === null),
          others: shown.filter((each) => each.userId !== id || each.endedAt !== null),
          gives,
          people: gives ? (await listUsers(store)).filter((user) => user.disabled_at === null) : [],
          codes: codesOf(desk, visit),
          today,
        })
      },
    },
    {
      method: 'post',
      path: '/readings',
      allow: 'approve',
      async handle(visit) {
        const form = readForm(visit, readingForm)
        const known = new Set(codesOf(desk, visit).map(({ code }) => code))
        const codes = form.codes.filter((code) => known.has(code))
        const given = {
          userId: form.user,
          by: signedIn(visit).id,
          count: form.count,
          codes,
          until: form.until,
        }
        if (!(await giveReading(store, given))) throw new ProblemError(404)
        goTo(visit, '/readings', 'readingGiven')
      },
    },
    {
      method: 'post',
      path: '/readings/:id/end',
      allow: 'approve',
      async handle(visit) {
        await endReading(store, readId(visit), signedIn(visit).id)
        goTo(visit, '/readings', 'readingEnded')
      },
    },
    {
      method: 'get',
      path: '/thoughts',
      allow: 'read',
      async handle(visit) {
        const owned = await codesOwned(desk, visit)
        const thoughts = await listThoughts(store, owned.codes)
        await sendPage(desk, visit, 'thoughts', {
          departments: owned.departments,
          all: owned.codes === null,
          thoughts: thoughts.map(({ names, ...each }) => ({
            ...each,
            voice: each.voice === null ? null : anonymise(each.voice, { names }),
            code: codeName(desk, visit, each.code),
            language: each.language?.split('-')[0] ?? 'und',
          })),
        })
      },
    },
    {
      method: 'post',
      path: '/thoughts/:id/seen',
      allow: 'read',
      async handle(visit) {
        const thought = await findThought(store, readId(visit))
        if (!thought) throw new ProblemError(404)
        const { codes } = await codesOwned(desk, visit)
        if (codes !== null && !codes.includes(thought.code)) throw new ProblemError(403, 'notYourDepartment')
        await seeThought(store, thought.id, signedIn(visit).id)
        goTo(visit, '/thoughts')
      },
    },
  ]
}

/** Codes whose thoughts somebody answers for; null: of all (admins). */
async function codesOwned(desk: Desk, visit: Visit) {
  const { id, role } = signedIn(visit)
  const departments = await departmentsOf(desk.store, id)
  const codes = desk.taxonomy.codes.filter(({ department }) => departments.includes(department ?? ''))
  return {
    departments: departments.map((each) => departmentName(desk, visit.language, each)),
    codes: role === 'admin' ? null : codes.map(({ code }) => code),
  }
}

function codesOf(desk: Desk, visit: Visit) {
  return desk.taxonomy.codes
    .filter(({ code }) => code !== 'none' && code !== ABUSE)
    .map(({ code }) => ({ code, name: codeName(desk, visit, code) }))
}
