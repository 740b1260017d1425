import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { endSession, findLogin, hasNoUsers } from '../store/users.ts'
import { hashToken, newToken } from '../tokens.ts'
import { type Desk, sendPage } from './desk.ts'
import { limitGuesses } from './guesses.ts'
import { startSession } from './start-session.ts'
import { goTo, localPath, ProblemError, type Route, readForm, type Visit } from './visit.ts'

const form = z.object({
  login: z.string().trim().max(200),
  password: z.string().max(1000),
  to: z.string().max(2000).optional(),
})

/** Sign-in with a password, with limits on guessing, and sign-out. */
export function signInRoutes(desk: Desk): Route[] {
  const guesses = limitGuesses(desk.store)
  // Somebody who is not there takes as long as somebody who is.
  const nobody = hash(newToken())
  return [
    {
      method: 'get',
      path: '/sign-in',
      allow: 'public',
      async handle(visit) {
        const to = localPath(visit.request.query.to)
        if (visit.user) return goTo(visit, to)
        const first = await hasNoUsers(desk.store)
        await showForm(desk, visit, { to, login: '', failed: false, first })
      },
    },
    {
      method: 'post',
      path: '/sign-in',
      allow: 'public',
      async handle(visit) {
        if (!takesPasswords(desk)) throw new ProblemError(403, 'passwordsOff')
        const { login, password, to } = readForm(visit, form)
        const rightPassword = await guesses.take(visit, login)
        const found = await findLogin(desk.store, login)
        const right = await verify(found?.password_hash ?? (await nobody), password)
        if (!found?.password_hash || !right) {
          return showForm(desk, visit, { to: localPath(to), login, failed: true, first: false }, 401)
        }
        await rightPassword()
        await startSession(desk, visit, found.id)
        goTo(visit, localPath(to))
      },
    },
    {
      method: 'post',
      path: '/sign-out',
      allow: 'public',
      async handle(visit) {
        const token = desk.cookies.read(visit.request, 'session')
        if (token) await endSession(desk.store, hashToken(token))
        desk.cookies.clear(visit.response, 'session')
        goTo(visit, '/sign-in', 'signedOut')
      },
    },
  ]
}

/** False where people sign in at the company's provider only. */
export function takesPasswords({ config }: Pick<Desk, 'config'>): boolean {
  return !config.deskOidc || config.deskPasswords !== false
}

function showForm(
  desk: Desk,
  visit: Visit,
  data: { to: string; login: string; failed: boolean; first: boolean },
  status = 200,
): Promise<void> {
  const oidc = desk.config.deskOidc ? new URL(desk.config.deskOidc.issuer).host : null
  return sendPage(desk, visit, 'sign-in', { ...data, oidc, passwords: takesPasswords(desk) }, status)
}
