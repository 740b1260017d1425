import { hash, verify } from '@node-rs/argon2'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { z } from 'zod'
import { createSession, endSession, findLogin, hasNoUsers } from '../store/users.ts'
import { type Desk, sendPage } from './desk.ts'
import { hashToken, newToken } from './tokens.ts'
import { goTo, localPath, ProblemError, type Route, readForm, type Visit } from './visit.ts'

const SESSION_MS = 7 * 86_400_000
const WINDOW_SECONDS = 15 * 60

const form = z.object({
  login: z.string().trim().max(200),
  password: z.string().max(1000),
  to: z.string().max(2000).optional(),
})

/** Sign-in, with limits on guessing, and sign-out. */
export function signInRoutes(desk: Desk): Route[] {
  const byLogin = new RateLimiterMemory({ points: 6, duration: WINDOW_SECONDS })
  const byAddress = new RateLimiterMemory({ points: 60, duration: WINDOW_SECONDS })
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
        await sendPage(desk, visit, 'sign-in', { to, login: '', failed: false, first })
      },
    },
    {
      method: 'post',
      path: '/sign-in',
      allow: 'public',
      async handle(visit) {
        const { login, password, to } = readForm(visit, form)
        const address = visit.request.ip ?? ''
        await spend(byAddress, address)
        await spend(byLogin, `${address} ${login.toLowerCase()}`)
        const found = await findLogin(desk.store, login)
        const right = await verify(found?.password_hash ?? (await nobody), password)
        if (!found || !right) {
          const again = { to: localPath(to), login, failed: true, first: false }
          return sendPage(desk, visit, 'sign-in', again, 401)
        }
        await byLogin.delete(`${address} ${login.toLowerCase()}`)
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

/** Starts a session under a new token; one that the browser had before ends. */
export async function startSession(desk: Desk, visit: Visit, userId: number): Promise<void> {
  const before = desk.cookies.read(visit.request, 'session')
  if (before) await endSession(desk.store, hashToken(before))
  const token = newToken()
  await createSession(desk.store, {
    tokenHash: hashToken(token),
    userId,
    csrfToken: newToken(),
    expiresAt: new Date(Date.now() + SESSION_MS),
  })
  desk.cookies.write(visit.response, 'session', token, SESSION_MS)
  desk.cookies.clear(visit.response, 'form')
}

async function spend(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch {
    throw new ProblemError(429, 'tooManySignIns')
  }
}
