import { hash } from '@node-rs/argon2'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Store } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import { acceptInvitation, createInvitation, findInvitation, type Inviter } from '../store/users.ts'
import { hashToken, newToken } from '../tokens.ts'
import { type Desk, sendPage } from './desk.ts'
import { takesPasswords } from './sign-in.ts'
import { startSession } from './start-session.ts'
import { goTo, ProblemError, type Route, readForm, type Visit } from './visit.ts'

const VALID_MS = 24 * 3_600_000
export const MIN_PASSWORD = 10

const form = z.object({
  token: z.string().max(200),
  name: z.string().trim().max(80),
  login: z.string().trim().max(80),
  password: z.string().max(1000),
})

/**
 * Makes a one-time link to the desk, valid for 24 hours: who opens it first chooses a name, a login and a password.
 * @param madeBy who invites; a link made at the 'start' is refused as soon as anybody has an account
 */
export async function createSignInLink(
  store: Store,
  config: Pick<Config, 'publicUrl'>,
  role: Role,
  madeBy: Inviter = 'command-line',
): Promise<string> {
  const token = newToken()
  const expiresAt = new Date(Date.now() + VALID_MS)
  await createInvitation(store, { tokenHash: hashToken(token), role, expiresAt, madeBy })
  return `${config.publicUrl}/welcome?token=${token}`
}

/** Where a one-time link leads: a new person's name, login and password. */
export function welcomeRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/welcome',
      allow: 'public',
      async handle(visit) {
        const token = String(visit.request.query.token ?? '')
        const link = await openLink(desk, token)
        await showForm(desk, visit, { token, ...link, name: '', login: '', fault: null })
      },
    },
    {
      method: 'post',
      path: '/welcome',
      allow: 'public',
      async handle(visit) {
        const { token, name, login, password } = readForm(visit, form)
        const link = await openLink(desk, token)
        if (!link.passwords) throw new ProblemError(403, 'passwordsOff')
        const fault = faultOf(name, login, password)
        if (fault) return showForm(desk, visit, { token, ...link, name, login, fault }, 400)
        const made = await acceptInvitation(desk.store, hashToken(token), {
          name,
          login,
          passwordHash: await hash(password),
          language: visit.language,
        })
        if (made.outcome === 'login-taken') {
          return showForm(desk, visit, { token, ...link, name, login, fault: 'loginTaken' }, 409)
        }
        if (made.outcome !== 'created') throw new ProblemError(404, 'usedLink')
        await startSession(desk, visit, made.user.id)
        goTo(visit, '/', 'welcome')
      },
    },
  ]
}

/**
 * What a link still gives. Where passwords are off, only links of a start or the command line take one: they open the
 * door when the provider does not.
 * @throws ProblemError 404
 */
async function openLink(desk: Desk, token: string): Promise<{ role: Role; passwords: boolean }> {
  const found = await findInvitation(desk.store, hashToken(token))
  if (!found) throw new ProblemError(404, 'usedLink')
  return { role: found.role, passwords: takesPasswords(desk) || !found.madeBy.startsWith('user:') }
}

function faultOf(name: string, login: string, password: string): string | null {
  if (name === '') return 'nameMissing'
  if (!/^[\p{L}\p{N}._@+-]{2,80}$/u.test(login)) return 'loginWrong'
  return passwordFault(login, password)
}

/** A word of `welcome.` that says what is wrong with a password, or null. */
export function passwordFault(login: string, password: string): string | null {
  if (password.length < MIN_PASSWORD) return 'passwordShort'
  return password.toLowerCase().includes(login.toLowerCase()) ? 'passwordGuessable' : null
}

function showForm(
  desk: Desk,
  visit: Visit,
  data: { token: string; role: Role; passwords: boolean; name: string; login: string; fault: string | null },
  status = 200,
): Promise<void> {
  const oidc = desk.config.deskOidc ? new URL(desk.config.deskOidc.issuer).host : null
  return sendPage(desk, visit, 'welcome', { ...data, oidc, minPassword: MIN_PASSWORD }, status)
}
