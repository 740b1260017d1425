import { z } from 'zod'
import { allDepartments } from '../store/departments.ts'
import { changeRole, disableUser, enableUser, listUsers } from '../store/users.ts'
import { endSessions } from '../store/web-sessions.ts'
import { departmentName, departments } from './department-names.ts'
import { type Desk, sendPage } from './desk.ts'
import { languageName, listNames } from './language-names.ts'
import { languagesToRead } from './reading.ts'
import { ROLES } from './roles.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'
import { createSignInLink } from './welcome.ts'

const roleForm = z.object({ role: z.enum(['viewer', 'guest', 'agent', 'approver', 'ops', 'admin']) })

/** Who works here: an admin invites by one-time links, gives roles, ends sessions and bars those who left. */
export function peopleRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/people',
      allow: 'people',
      handle: (visit) => show(visit, null),
    },
    {
      method: 'post',
      path: '/people/invite',
      allow: 'people',
      async handle(visit) {
        const { role } = readForm(visit, roleForm)
        const link = await createSignInLink(desk.store, desk.config, role, `user:${signedIn(visit).id}`)
        // Shown once, in the answer itself: only its hash is kept.
        await show(visit, { link, role })
      },
    },
    {
      method: 'post',
      path: '/people/:id/disable',
      allow: 'people',
      async handle(visit) {
        const userId = readId(visit)
        const { id } = signedIn(visit)
        if (userId === id) throw new ProblemError(409, 'notYourself')
        const change = await disableUser(desk.store, userId, id)
        if (change === 'last-admin') throw new ProblemError(409, 'lastAdmin')
        goTo(visit, '/people', 'disabled')
      },
    },
    {
      method: 'post',
      path: '/people/:id/enable',
      allow: 'people',
      async handle(visit) {
        await enableUser(desk.store, readId(visit), signedIn(visit).id)
        goTo(visit, '/people', 'enabled')
      },
    },
    {
      method: 'post',
      path: '/people/:id/role',
      allow: 'people',
      async handle(visit) {
        const { role } = readForm(visit, roleForm)
        const change = await changeRole(desk.store, readId(visit), role, `user:${signedIn(visit).id}`)
        if (change === 'last-admin') throw new ProblemError(409, 'lastAdmin')
        goTo(visit, '/people', 'roleChanged')
      },
    },
    {
      method: 'post',
      path: '/people/:id/end-sessions',
      allow: 'people',
      async handle(visit) {
        const userId = readId(visit)
        const { id } = signedIn(visit)
        if (userId === id) return goTo(visit, '/me')
        await endSessions(desk.store, userId, id)
        goTo(visit, '/people', 'sessionsEndedOf')
      },
    },
  ]

  async function show(visit: Visit, invitation: { link: string; role: string } | null) {
    const users = await listUsers(desk.store)
    const answering = await allDepartments(desk.store)
    const { owned, unowned } = departments(desk, visit.language)
    await sendPage(desk, visit, 'people', {
      users: users.map((user) => ({
        id: user.id,
        name: user.name,
        login: user.login,
        role: user.role,
        since: user.created_at,
        seen: user.seen_at,
        sessions: user.sessions ?? 0,
        disabled: user.disabled_at !== null,
        self: user.id === visit.user?.id,
        chosen: user.languages ?? [],
        departments: answering.get(user.id) ?? [],
        departmentNames: (answering.get(user.id) ?? []).map((each) =>
          departmentName(desk, visit.language, each),
        ),
        reads: user.languages?.length
          ? listNames(
              visit.language,
              user.languages.map((code) => languageName(visit.language, code)),
            )
          : null,
      })),
      roles: ROLES,
      departments: [...owned, ...unowned],
      languages: await languagesToRead(
        desk,
        visit,
        users.flatMap((user) => user.languages ?? []),
      ),
      invitation,
    })
  }
}
