import { hash, verify } from '@node-rs/argon2'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { z } from 'zod'
import { createSession, endSession, findLogin, hasNoUsers } from '../store/users.ts'
import { type Desk, sendPage } from './desk.ts'
import { hashToken, newToken } from './tokens.ts'
import { goTo, localPath, ProblemError, type Route, readForm, type Visit } from './visit.ts'

const SESSION_MS = 7 * 86_400_000
const WINDOW_SECONDS = 15 * 60
const HOUR_SECONDS = 60 * 60
const TRUSTED_SECONDS = SESSION_MS / 1000

const form = z.object({
  login: z.string().trim().max(200),
  password: z.string().max(1000),
  to: z.string().max(2000).optional(),
})

/** Sign-in, with limits on guessing, and sign-out. */
export function signInRoutes(desk: Desk): Route[] {
  const guesses = limitGuesses()
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
        const giveBack = await guesses.take(address, login.toLowerCase())
        const found = await findLogin(desk.store, login)
        const right = await verify(found?.password_hash ?? (await nobody), password)
        if (!found || !right) {
          const again = { to: localPath(to), login, failed: true, first: false }
          return sendPage(desk, visit, 'sign-in', again, 401)
        }
        await giveBack()
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

/**
 * Counts wrong passwords: by address, by address and login, and by login over all addresses. The last only slows
 * down, to a guess a minute, and does not concern addresses from which the person signed in lately: nobody can lock
 * somebody else out by guessing.
 */
function limitGuesses() {
  const byAddress = new RateLimiterMemory({ points: 60, duration: WINDOW_SECONDS })
  const byBoth = new RateLimiterMemory({ points: 6, duration: WINDOW_SECONDS })
  const byLogin = new RateLimiterMemory({ points: 20, duration: HOUR_SECONDS })
  const slowly = new RateLimiterMemory({ points: 1, duration: 60 })
  const trusted = new RateLimiterMemory({ points: 1, duration: TRUSTED_SECONDS })

  return {
    /**
     * Takes a guess, before the password is looked at, so that many at once count too.
     * @returns what to call when the password was right
     * @throws ProblemError 429
     */
    async take(address: string, login: string): Promise<() => Promise<void>> {
      const both = `${address} ${login}`
      const taken: [RateLimiterMemory, string][] = []
      const spend = async (limiter: RateLimiterMemory, key: string) => {
        const room = await limiter.consume(key).catch(() => null)
        if (room) taken.push([limiter, key])
        return room !== null
      }
      const giveBack = async () => {
        for (const [limiter, key] of taken) await limiter.reward(key)
      }
      const known = (await trusted.get(both)) !== null
      const room =
        (await spend(byAddress, address)) &&
        (await spend(byBoth, both)) &&
        (known || (await spend(byLogin, login)) || (await slowly.consume(login).catch(() => null)) !== null)
      if (!room) {
        // What was not looked at is no failure.
        await giveBack()
        throw new ProblemError(429, 'tooManySignIns')
      }
      return async () => {
        await giveBack()
        await byBoth.delete(both)
        await trusted.set(both, 1, TRUSTED_SECONDS)
      }
    },
  }
}
