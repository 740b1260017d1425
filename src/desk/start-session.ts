import { createSession, endSession } from '../store/users.ts'
import { hashToken, newToken } from '../tokens.ts'
import { browserName } from './browser-name.ts'
import type { Desk } from './desk.ts'
import type { Visit } from './visit.ts'

export const SESSION_MS = 7 * 86_400_000

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
    browser: browserName(visit.request.get('user-agent')),
  })
  desk.cookies.write(visit.response, 'session', token, SESSION_MS)
  desk.cookies.clear(visit.response, 'form')
}
