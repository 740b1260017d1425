import { callerOf } from '../caller-of.ts'
import type { Store } from '../store/database.ts'
import { createRequestLimit, forgetOldLimits, type RequestLimit } from '../store/request-limits.ts'
import { SESSION_MS } from './start-session.ts'
import { ProblemError, type Visit } from './visit.ts'

const WINDOW_SECONDS = 15 * 60
const HOUR_SECONDS = 60 * 60

/**
 * Counts wrong passwords: by address, by address and login, and by login over all addresses. The last only slows
 * down, to a guess a minute, and does not concern addresses from which the person signed in lately: nobody can lock
 * somebody else out by guessing. All processes count together, and a restart forgets nothing.
 */
export function limitGuesses(store: Store) {
  const byAddress = createRequestLimit(store, 'sign-in-address', 60, WINDOW_SECONDS)
  const byBoth = createRequestLimit(store, 'sign-in-both', 6, WINDOW_SECONDS)
  const byLogin = createRequestLimit(store, 'sign-in-login', 20, HOUR_SECONDS)
  const slowly = createRequestLimit(store, 'sign-in-slowly', 1, 60)
  const trusted = createRequestLimit(store, 'sign-in-trusted', 1, SESSION_MS / 1000)

  return {
    /**
     * Takes a guess, before the password is looked at, so that many at once count too.
     * @returns what to call when the password was right
     * @throws ProblemError 429
     */
    async take({ request, response }: Visit, givenLogin: string): Promise<() => Promise<void>> {
      const caller = callerOf(request.ip ?? '')
      const login = givenLogin.toLowerCase()
      const both = `${caller} ${login}`
      const taken: [RequestLimit, string][] = []
      const spend = async (limit: RequestLimit, key: string) => {
        const room = await limit.take(key)
        if (room) taken.push([limit, key])
        return room
      }
      const giveBack = async () => {
        for (const [limit, key] of taken) await limit.giveBack(key)
      }
      const known = await trusted.has(both)
      const room =
        (await spend(byAddress, caller)) &&
        (await spend(byBoth, both)) &&
        (known || (await spend(byLogin, login)) || (await slowly.take(login)))
      if (!room) {
        // What was not looked at is no failure.
        await giveBack()
        response.set('retry-after', String(WINDOW_SECONDS))
        throw new ProblemError(429, 'tooManySignIns')
      }
      return async () => {
        await giveBack()
        await byBoth.clear(both)
        await trusted.mark(both)
        await forgetOldLimits(store)
      }
    },
  }
}
