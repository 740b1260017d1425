import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { Role } from './schema.ts'

/** A person who works at the desk, without the password's hash. */
export interface User {
  id: number
  name: string
  login: string
  role: Role
  language: string
}

export interface WebSession {
  user: User
  csrfToken: string
}

const USER_COLUMNS = ['users.id', 'users.name', 'users.login', 'users.role', 'users.language'] as const

/** True while nobody can sign in. */
export async function hasNoUsers(db: Db): Promise<boolean> {
  const row = await db.selectFrom('users').select('id').limit(1).executeTakeFirst()
  return row === undefined
}

export async function listUsers(db: Db) {
  return db
    .selectFrom('users')
    .select([...USER_COLUMNS, 'users.created_at', 'users.disabled_at'])
    .select((eb) =>
      eb
        .selectFrom('web_sessions')
        .select((inner) => inner.fn.max('seen_at').as('seen'))
        .whereRef('web_sessions.user_id', '=', 'users.id')
        .as('seen_at'),
    )
    .orderBy('users.disabled_at', (order) => order.asc().nullsFirst())
    .orderBy('users.name')
    .execute()
}

/** A login is one person whatever its case; disabled people are not found. */
export async function findLogin(db: Db, login: string) {
  return db
    .selectFrom('users')
    .select([...USER_COLUMNS, 'password_hash'])
    .where(sql<boolean>`lower(login) = lower(${login})`)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
}

/** Bars a person from the desk and ends their sessions at once. @returns false where there was nothing to do */
export async function disableUser(store: Store, userId: number, byUserId: number): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('users')
      .set({ disabled_at: new Date() })
      .where('id', '=', userId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await trx.deleteFrom('web_sessions').where('user_id', '=', userId).execute()
    await audit(trx, `user:${byUserId}`, 'user.disabled', `user:${userId}`)
    return true
  })
}

export async function setLanguage(db: Db, userId: number, language: string): Promise<void> {
  await db.updateTable('users').set({ language }).where('id', '=', userId).execute()
}

export async function createSession(
  db: Db,
  session: { tokenHash: string; userId: number; csrfToken: string; expiresAt: Date },
): Promise<void> {
  await db
    .insertInto('web_sessions')
    .values({
      token_hash: session.tokenHash,
      user_id: session.userId,
      csrf_token: session.csrfToken,
      expires_at: session.expiresAt,
    })
    .execute()
  await db.deleteFrom('web_sessions').where('expires_at', '<', new Date()).execute()
}

/** Who a session belongs to; null where it ended, or its person was disabled. */
export async function findSession(db: Db, tokenHash: string): Promise<WebSession | null> {
  const row = await db
    .selectFrom('web_sessions')
    .innerJoin('users', 'users.id', 'web_sessions.user_id')
    .select([...USER_COLUMNS, 'web_sessions.csrf_token', 'web_sessions.seen_at'])
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', new Date())
    .where('users.disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return null
  const { csrf_token: csrfToken, seen_at: seenAt, ...user } = row
  if (Date.now() - seenAt.getTime() > 60_000) {
    await db
      .updateTable('web_sessions')
      .set({ seen_at: new Date() })
      .where('token_hash', '=', tokenHash)
      .execute()
  }
  return { user, csrfToken }
}

export async function endSession(db: Db, tokenHash: string): Promise<void> {
  await db.deleteFrom('web_sessions').where('token_hash', '=', tokenHash).execute()
}

/** Who makes a link: the program at its start, somebody at the command line, or an admin. */
export type Inviter = 'start' | 'command-line' | `user:${number}`

/** A link made at the start gives the first account and is worth nothing once anybody has one. */
export async function createInvitation(
  db: Db,
  invitation: { tokenHash: string; role: Role; expiresAt: Date; madeBy: Inviter },
): Promise<void> {
  const { tokenHash, role, expiresAt, madeBy } = invitation
  await db
    .insertInto('invitations')
    .values({ token_hash: tokenHash, role, expires_at: expiresAt, made_by: madeBy })
    .execute()
  await audit(db, madeBy, 'user.invited', `invitation:${tokenHash.slice(0, 16)}`, { role })
}

/** The role that a link still gives, or null where it was used or has run out. */
export async function findInvitation(db: Db, tokenHash: string): Promise<Role | null> {
  const row = await db
    .selectFrom('invitations')
    .select('role')
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date())
    .where(isWelcome)
    .executeTakeFirst()
  return row?.role ?? null
}

const isWelcome = sql<boolean>`(made_by <> 'start' or not exists (select from users))`

export type Welcome = { outcome: 'created'; user: User } | { outcome: 'used-up' } | { outcome: 'login-taken' }

/** Makes a person out of a one-time link; it, and every link made at a start, is used up in the same transaction. */
export async function acceptInvitation(
  store: Store,
  tokenHash: string,
  person: { name: string; login: string; passwordHash: string; language: string },
): Promise<Welcome> {
  try {
    return await store.transaction().execute(async (trx) => {
      // One at a time: of two links made at two starts only one gives the first account.
      await sql`select pg_advisory_xact_lock(hashtextextended('accept-invitation', 0))`.execute(trx)
      const invitation = await trx
        .updateTable('invitations')
        .set({ used_at: new Date() })
        .where('token_hash', '=', tokenHash)
        .where('used_at', 'is', null)
        .where('expires_at', '>', new Date())
        .where(isWelcome)
        .returning('role')
        .executeTakeFirst()
      if (!invitation) return { outcome: 'used-up' as const }
      const user = await trx
        .insertInto('users')
        .values({
          name: person.name,
          login: person.login,
          password_hash: person.passwordHash,
          role: invitation.role,
          language: person.language,
        })
        .returning(['id', 'name', 'login', 'role', 'language'])
        .executeTakeFirstOrThrow()
      await trx
        .updateTable('invitations')
        .set({ used_at: new Date() })
        .where('made_by', '=', 'start')
        .where('used_at', 'is', null)
        .execute()
      const detail = { role: user.role, invitation: tokenHash.slice(0, 16) }
      await audit(trx, `user:${user.id}`, 'user.joined', `user:${user.id}`, detail)
      return { outcome: 'created' as const, user }
    })
  } catch (error) {
    if ((error as { code?: string; constraint?: string }).constraint === 'users_login') {
      return { outcome: 'login-taken' }
    }
    throw error
  }
}
