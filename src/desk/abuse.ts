import { isAbusive } from '../cases/index.ts'
import { showAbuse, showingsByDay, shownTo } from '../store/abuse.ts'
import { type CasePage, casePage } from '../store/case-page.ts'
import { businessDay } from '../time-zone.ts'
import { type Desk, sendPage } from './desk.ts'
import { formatWeekday } from './format.ts'
import { goTo, ProblemError, type Route, readId, signedIn, type Visit } from './visit.ts'

/** Days one by one, and all together. */
const DAYS = 7
const WEEKS = 4

/** Posts that nobody reads by accident, and how many of them each person has read: for their care. */
export function abuseRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/cases/:id/abuse/show',
      allow: 'read',
      async handle(visit) {
        const caseId = readId(visit)
        const page = await casePage(desk.store, caseId)
        if (!page) throw new ProblemError(404)
        await showAbuse(desk.store, { caseId, userId: signedIn(visit).id, postIds: abusiveIn(page) })
        goTo(visit, `/cases/${caseId}#said-title`)
      },
    },
    {
      method: 'get',
      path: '/care',
      allow: 'care',
      async handle(visit) {
        await sendPage(desk, visit, 'care', await careOf(desk, visit, new Date()))
      },
    },
  ]
}

/** The posts of a case whose words stay out of the page until somebody asks for them. */
function abusiveIn({ case: found, posts }: CasePage): number[] {
  if (!isAbusive(found.codes)) return []
  const ids = posts.map((post) => post.id)
  if (isAbusive([found.code])) return ids
  // A late parcel and insults: only the insults are hidden, as far as triage can tell them apart.
  const marked = posts.filter((post) => isAbusive(post.triaged_codes ?? [])).map((post) => post.id)
  return marked.length > 0 ? marked : ids
}

/** Posts of a case that this person has not opened. */
export async function hiddenFrom(desk: Desk, visit: Visit, page: CasePage): Promise<Set<number>> {
  const abusive = abusiveIn(page)
  if (abusive.length === 0) return new Set()
  const open = await shownTo(desk.store, page.case.id, signedIn(visit).id)
  return new Set(abusive.filter((id) => !open.has(id)))
}

async function careOf(desk: Desk, visit: Visit, now: Date) {
  const { timeZone } = desk.replies.brand
  const today = Date.parse(businessDay(now, timeZone))
  const daysAgo = (days: number) => new Date(today - days * 86_400_000).toISOString().slice(0, 10)
  const days = Array.from({ length: DAYS }, (_, index) => daysAgo(DAYS - 1 - index))
  const weeks = Array.from({ length: WEEKS }, (_, index) => ({
    from: daysAgo((WEEKS - index) * 7 - 1),
    to: daysAgo((WEEKS - 1 - index) * 7),
  }))
  const rows = await showingsByDay(desk.store, timeZone, daysAgo(WEEKS * 7 - 1))
  const people = new Map<number, { name: string; counts: Map<string, number> }>()
  for (const { userId, name, day, posts } of rows) {
    const person = people.get(userId) ?? { name, counts: new Map() }
    person.counts.set(day, posts)
    people.set(userId, person)
  }
  return {
    zone: timeZone,
    days: days.map((day) => ({ day, name: formatWeekday(visit.language, day) })),
    people: [...people.values()].map(({ name, counts }) => ({
      name,
      days: days.map((day) => counts.get(day) ?? 0),
      weeks: weeks.map(({ from, to }) =>
        [...counts].reduce((sum, [day, posts]) => (day >= from && day <= to ? sum + posts : sum), 0),
      ),
    })),
  }
}
