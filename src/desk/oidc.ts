import { hash } from 'node:crypto'
import { z } from 'zod'
import { callerOf } from '../caller-of.ts'
import type { DeskOidcConfig } from '../config.ts'
import { deskLog } from '../log.ts'
import { createRequestLimit } from '../store/request-limits.ts'
import type { Role } from '../store/schema.ts'
import {
  acceptInvitation,
  changeRole,
  createMappedUser,
  findIdentity,
  linkIdentity,
  type NewPerson,
} from '../store/users.ts'
import { hashToken } from '../tokens.ts'
import { type Desk, sendPage } from './desk.ts'
import { createOidcProvider, mappedRole, type OidcClaims, oidcChecks } from './oidc-provider.ts'
import { startSession } from './start-session.ts'
import { goTo, localPath, ProblemError, type Route, signedIn, type Visit } from './visit.ts'

const CALLBACK = '/sign-in/oidc/callback'
const ATTEMPT_MS = 10 * 60_000
const LOGINS_TRIED = 20

/** One sign-in that is under way, kept in a cookie of the browser that began it. */
const attempt = z.object({
  checks: oidcChecks,
  to: z.string(),
  invitation: z.string().nullable(),
  /** The person at the desk whose account is being connected. */
  link: z.number().nullable(),
})
type Attempt = z.infer<typeof attempt>

/** Sign-in at the company's OpenID Connect provider; a page that is not there where none is set. */
export function oidcRoutes(desk: Desk): Route[] {
  const config = desk.config.deskOidc ?? null
  const provider = config && createOidcProvider(config, `${desk.config.publicUrl}${CALLBACK}`)
  const limit = createRequestLimit(desk.store, 'sign-in-oidc', 60, 15 * 60)

  async function begin(visit: Visit, rest: Omit<Attempt, 'checks'>): Promise<string> {
    if (!provider) throw new ProblemError(404)
    if (!(await limit.take(callerOf(visit.request.ip ?? '')))) throw new ProblemError(429, 'tooManySignIns')
    const { url, checks } = await provider.begin().catch(logged)
    const kept: Attempt = { checks, ...rest }
    const value = Buffer.from(JSON.stringify(kept)).toString('base64url')
    desk.cookies.write(visit.response, 'oidc', value, ATTEMPT_MS)
    return url
  }

  return [
    {
      method: 'get',
      path: '/sign-in/oidc',
      allow: 'public',
      async handle(visit) {
        const { to, invitation } = visit.request.query
        const given = typeof invitation === 'string' && invitation.length <= 200 ? invitation : null
        const url = await begin(visit, { to: localPath(to).slice(0, 1000), invitation: given, link: null })
        visit.response.set('cache-control', 'no-store').redirect(303, url)
      },
    },
    {
      // A form, with its token: nobody else can make a browser connect an account.
      method: 'post',
      path: '/me/connect',
      allow: 'read',
      async handle(visit) {
        const url = await begin(visit, { to: '/me', invitation: null, link: signedIn(visit).id })
        // A page in between: browsers let no form lead to another site here (form-action).
        await sendPage(desk, visit, 'going', { url, host: new URL(url).host })
      },
    },
    {
      method: 'get',
      path: CALLBACK,
      allow: 'public',
      async handle(visit) {
        if (!config || !provider) throw new ProblemError(404)
        const kept = readAttempt(desk, visit)
        desk.cookies.clear(visit.response, 'oidc')
        if (!kept) throw new ProblemError(400, 'oidcStale')
        const query = new URL(visit.request.originalUrl, 'http://desk.invalid').searchParams
        const claims = await provider.finish(query, kept.checks).catch(logged)
        if (kept.link !== null) return connect(desk, visit, kept.link, claims)
        const userId = await whoIs(desk, config, visit, kept.invitation, claims)
        await startSession(desk, visit, userId)
        goTo(visit, localPath(kept.to))
      },
    },
  ]
}

function readAttempt(desk: Desk, visit: Visit): Attempt | null {
  try {
    const value = desk.cookies.read(visit.request, 'oidc') ?? ''
    return attempt.parse(JSON.parse(Buffer.from(value, 'base64url').toString('utf8')))
  } catch {
    return null
  }
}

async function connect(desk: Desk, visit: Visit, userId: number, claims: OidcClaims): Promise<void> {
  // Somebody else may have signed in to this browser meanwhile.
  if (visit.user?.id !== userId) throw new ProblemError(400, 'oidcStale')
  const linked = await linkIdentity(desk.store, userId, { issuer: claims.iss, subject: claims.sub })
  if (!linked) throw new ProblemError(409, 'oidcTaken')
  goTo(visit, '/me', 'connected')
}

/**
 * The person at the desk whom the provider means, made at the first sign-in where an invitation or a mapped role lets
 * them in. Issuer and subject decide; names and mail addresses can be chosen.
 * @throws ProblemError 403, 404
 */
async function whoIs(
  desk: Desk,
  config: DeskOidcConfig,
  visit: Visit,
  invitation: string | null,
  claims: OidcClaims,
): Promise<number> {
  const role = mappedRole(config, claims)
  const known = await knownPerson(desk, claims, role)
  if (known !== null) return known
  if (invitation === null && !role) throw new ProblemError(403, 'oidcNoRole')
  for (let n = 0; n < LOGINS_TRIED; n++) {
    const person = newPerson(claims, visit.language, n)
    const made =
      invitation !== null
        ? await acceptInvitation(desk.store, hashToken(invitation), person)
        : await createMappedUser(desk.store, person, role as Role)
    if (made.outcome === 'created') return made.user.id
    // The same person may be signing in twice at this moment: the other request has made them, and used the link.
    const meanwhile = await knownPerson(desk, claims, role)
    if (meanwhile !== null) return meanwhile
    if (made.outcome === 'used-up') throw new ProblemError(404, 'usedLink')
  }
  throw new ProblemError(409)
}

/** Whom the provider means where they have an account, with the role that the claims give. @throws ProblemError 403 */
async function knownPerson(desk: Desk, claims: OidcClaims, role: Role | null): Promise<number | null> {
  const known = await findIdentity(desk.store, claims.iss, claims.sub)
  if (!known) return null
  if (known.disabled_at) throw new ProblemError(403, 'barred')
  if (known.role_by_issuer) {
    if (!role) throw new ProblemError(403, 'oidcNoRole')
    await changeRole(desk.store, known.id, role, 'issuer')
  }
  return known.id
}

function newPerson(claims: OidcClaims, language: string, n: number): NewPerson {
  const { iss, sub } = claims
  const given = (claims.preferred_username ?? '').replace(/[^\p{L}\p{N}._@+-]/gu, '').slice(0, 70)
  const login = given.length >= 2 ? given : `oidc-${hash('sha256', `${iss} ${sub}`).slice(0, 8)}`
  return {
    name: [...(claims.name ?? claims.preferred_username ?? login)].slice(0, 80).join('').slice(0, 80),
    login: n === 0 ? login : `${login}-${n + 1}`,
    passwordHash: null,
    language,
    identity: { issuer: iss, subject: sub },
  }
}

/** What people read is friendly; what went wrong stands in the log. */
function logged(error: unknown): never {
  if (error instanceof ProblemError)
    deskLog.warn({ err: error.cause, reason: error.reason }, 'OpenID Connect')
  throw error
}
