import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { hasIdentity, passwordHashOf, setName, setPassword } from '../store/users.ts'
import { endOwnSession, endSessions, sessionsOf } from '../store/web-sessions.ts'
import { hashToken } from '../tokens.ts'
import { type Desk, sendPage } from './desk.ts'
import { limitGuesses } from './guesses.ts'
import { languagesToRead } from './reading.ts'
import { takesPasswords } from './sign-in.ts'
import { startSession } from './start-session.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'
import { MIN_PASSWORD, passwordFault } from './welcome.ts'

const nameForm = z.object({ name: z.string().trim().min(1).max(80) })
const passwordForm = z.object({ password: z.string().max(1000), next: z.string().max(1000) })

/** One's own account: name, language, password, and where one is signed in. */
export function sessionRoutes(desk: Desk): Route[] {
  const guesses = limitGuesses(desk.store)
  return [
    {
      method: 'get',
      path: '/me',
      allow: 'read',
      handle: (visit) => showMe(desk, visit, null),
    },
    {
      method: 'post',
      path: '/me/name',
      allow: 'read',
      async handle(visit) {
        const { name } = readForm(visit, nameForm)
        await setName(desk.store, signedIn(visit).id, name)
        goTo(visit, '/me', 'saved')
      },
    },
    {
      method: 'post',
      path: '/me/password',
      allow: 'read',
      async handle(visit) {
        const { password, next } = readForm(visit, passwordForm)
        const { id, login } = signedIn(visit)
        const before = await passwordHashOf(desk.store, id)
        if (before === null || !takesPasswords(desk)) throw new ProblemError(403, 'passwordsOff')
        const rightPassword = await guesses.take(visit, login)
        if (!(await verify(before, password))) return showMe(desk, visit, 'me.passwordWrong', 403)
        await rightPassword()
        const fault = passwordFault(login, next)
        if (fault) return showMe(desk, visit, `welcome.${fault}`, 400)
        await setPassword(desk.store, id, await hash(next), ownToken(desk, visit))
        await startSession(desk, visit, id)
        goTo(visit, '/me', 'passwordChanged')
      },
    },
    {
      method: 'post',
      path: '/me/sessions/:id/end',
      allow: 'read',
      async handle(visit) {
        if (!(await endOwnSession(desk.store, signedIn(visit).id, readId(visit)))) throw new ProblemError(404)
        goTo(visit, '/me', 'sessionEnded')
      },
    },
    {
      method: 'post',
      path: '/me/sessions/end-others',
      allow: 'read',
      async handle(visit) {
        const { id } = signedIn(visit)
        await endSessions(desk.store, id, id, ownToken(desk, visit))
        goTo(visit, '/me', 'sessionsEnded')
      },
    },
  ]
}

async function showMe(desk: Desk, visit: Visit, fault: string | null, status = 200): Promise<void> {
  const { id, login } = signedIn(visit)
  const own = ownToken(desk, visit)
  const { deskOidc } = desk.config
  const chosen = signedIn(visit).languages ?? []
  const [sessions, passwordHash, connected, languages] = await Promise.all([
    sessionsOf(desk.store, id),
    passwordHashOf(desk.store, id),
    deskOidc ? hasIdentity(desk.store, id, deskOidc.issuer) : false,
    languagesToRead(desk, visit, chosen),
  ])
  const data = {
    login,
    fault,
    languages,
    chosen,
    minPassword: MIN_PASSWORD,
    hasPassword: passwordHash !== null && takesPasswords(desk),
    oidc: deskOidc ? { host: new URL(deskOidc.issuer).host, connected } : null,
    sessions: sessions.map((session) => ({
      id: session.id,
      browser: session.browser,
      since: session.created_at,
      seen: session.seen_at,
      own: session.token_hash === own,
    })),
  }
  await sendPage(desk, visit, 'me', data, status)
}

function ownToken(desk: Desk, visit: Visit): string {
  return hashToken(desk.cookies.read(visit.request, 'session') ?? '')
}
