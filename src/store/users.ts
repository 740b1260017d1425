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
  /** The page's. */
  language: string
  /** What they read; none: everything. null: never asked. */
  languages: string[] | null
}

export interface WebSession {
  user: User
  csrfToken: string
}

const USER_COLUMNS = [
  'users.id',
  'users.name',
  'users.login',
  'users.role',
  'users.language',
  'users.languages',
] as const

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
    .select((eb) =>
      eb
        .selectFrom('web_sessions')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('web_sessions.user_id', '=', 'users.id')
        .where('expires_at', '>', new Date())
        .as('sessions'),
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

export type AdminChange = 'done' | 'nothing' | 'last-admin'

/** Bars a person from the desk and ends their sessions at once; the last admin stays. */
export async function disableUser(store: Store, userId: number, byUserId: number): Promise<AdminChange> {
  return store.transaction().execute(async (trx) => {
    const before = await trx
      .selectFrom('users')
      .select('role')
      .where('id', '=', userId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst()
    if (!before) return 'nothing'
    if (before.role === 'admin' && !(await hasOtherAdmin(trx, userId))) return 'last-admin'
    const { numUpdatedRows } = await trx
      .updateTable('users')
      .set({ disabled_at: new Date() })
      .where('id', '=', userId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return 'nothing'
    await trx.deleteFrom('web_sessions').where('user_id', '=', userId).execute()
    await audit(trx, `user:${byUserId}`, 'user.disabled', `user:${userId}`)
    return 'done'
  })
}

/** Lets a person in again. @returns false where there was nothing to do */
export async function enableUser(store: Store, userId: number, byUserId: number): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('users')
      .set({ disabled_at: null })
      .where('id', '=', userId)
      .where('disabled_at', 'is not', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await audit(trx, `user:${byUserId}`, 'user.enabled', `user:${userId}`)
    return true
  })
}

/**
 * Gives a person another role; the last admin stays one.
 * @param actor 'user:7', or 'issuer' where the provider's claims say so: then the role goes on following them
 */
export async function changeRole(
  store: Store,
  userId: number,
  role: Role,
  actor: `user:${number}` | 'issuer',
): Promise<AdminChange> {
  return store.transaction().execute(async (trx) => {
    const others = await hasOtherAdmin(trx, userId)
    const before = await trx
      .selectFrom('users')
      .select(['role', 'role_by_issuer'])
      .where('id', '=', userId)
      .forUpdate()
      .executeTakeFirst()
    if (!before) return 'nothing'
    if (before.role === 'admin' && role !== 'admin' && !others) return 'last-admin'
    const byIssuer = actor === 'issuer'
    if (before.role === role && before.role_by_issuer === byIssuer) return 'nothing'
    await trx.updateTable('users').set({ role, role_by_issuer: byIssuer }).where('id', '=', userId).execute()
    await audit(trx, actor, 'user.role-changed', `user:${userId}`, { before: before.role, after: role })
    return 'done'
  })
}

/** Whether somebody else could still let people in; holds a lock, so that two admins can not remove each other. */
async function hasOtherAdmin(trx: Db, userId: number): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended('admins', 0))`.execute(trx)
  const other = await trx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .where('id', '<>', userId)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

export async function passwordHashOf(db: Db, userId: number): Promise<string | null> {
  const row = await db.selectFrom('users').select('password_hash').where('id', '=', userId).executeTakeFirst()
  return row?.password_hash ?? null
}

/** Changes a password and ends every other session of the person. */
export async function setPassword(
  store: Store,
  userId: number,
  passwordHash: string,
  keepTokenHash: string,
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', userId).execute()
    await trx
      .deleteFrom('web_sessions')
      .where('user_id', '=', userId)
      .where('token_hash', '<>', keepTokenHash)
      .execute()
    await audit(trx, `user:${userId}`, 'user.password-changed', `user:${userId}`)
  })
}

export async function setName(store: Store, userId: number, name: string): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx.updateTable('users').set({ name }).where('id', '=', userId).execute()
    await audit(trx, `user:${userId}`, 'user.renamed', `user:${userId}`)
  })
}

export async function setLanguage(db: Db, userId: number, language: string): Promise<void> {
  await db.updateTable('users').set({ language }).where('id', '=', userId).execute()
}

export async function createSession(
  db: Db,
  session: { tokenHash: string; userId: number; csrfToken: string; expiresAt: Date; browser?: string | null },
): Promise<void> {
  await db
    .insertInto('web_sessions')
    .values({
      token_hash: session.tokenHash,
      user_id: session.userId,
      csrf_token: session.csrfToken,
      expires_at: session.expiresAt,
      browser: session.browser ?? null,
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

/** The role that a link still gives and who made it, or null where it was used or has run out. */
export async function findInvitation(
  db: Db,
  tokenHash: string,
): Promise<{ role: Role; madeBy: string } | null> {
  const row = await db
    .selectFrom('invitations')
    .select(['role', 'made_by as madeBy'])
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date())
    .where(isWelcome)
    .executeTakeFirst()
  return row ?? null
}

const isWelcome = sql<boolean>`(made_by <> 'start' or not exists (select from users))`

export type Welcome =
  | { outcome: 'created'; user: User }
  | { outcome: 'used-up' }
  | { outcome: 'login-taken' }
  /** The same person was made by another request at the same moment. */
  | { outcome: 'known' }

/** A new person: with a password, or as somebody whom an issuer knows. */
export interface NewPerson {
  name: string
  login: string
  passwordHash: string | null
  language: string
  identity?: { issuer: string; subject: string }
}

/** Makes a person out of a one-time link; it, and every link made at a start, is used up in the same transaction. */
export async function acceptInvitation(store: Store, tokenHash: string, person: NewPerson): Promise<Welcome> {
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
      const detail = { invitation: tokenHash.slice(0, 16) }
      const user = await insertUser(trx, person, invitation.role, false, detail)
      await trx
        .updateTable('invitations')
        .set({ used_at: new Date() })
        .where('made_by', '=', 'start')
        .where('used_at', 'is', null)
        .execute()
      return { outcome: 'created' as const, user }
    })
  } catch (error) {
    return notMade(error)
  }
}

/** Makes a person with the role that the issuer's claims give. */
export async function createMappedUser(
  store: Store,
  person: NewPerson,
  role: Role,
): Promise<Exclude<Welcome, { outcome: 'used-up' }>> {
  try {
    const user = await store.transaction().execute((trx) => insertUser(trx, person, role, true, {}))
    return { outcome: 'created', user }
  } catch (error) {
    return notMade(error)
  }
}

/** Logins and identities are unique: of two requests at once, the database lets one make the person. */
function notMade(error: unknown): { outcome: 'login-taken' } | { outcome: 'known' } {
  const constraint = (error as { constraint?: string }).constraint
  if (constraint === 'users_login') return { outcome: 'login-taken' }
  if (constraint === 'user_identities_pkey') return { outcome: 'known' }
  throw error
}

async function insertUser(
  trx: Db,
  person: NewPerson,
  role: Role,
  roleByIssuer: boolean,
  detail: Record<string, unknown>,
): Promise<User> {
  const user = await trx
    .insertInto('users')
    .values({
      name: person.name,
      login: person.login,
      password_hash: person.passwordHash,
      role,
      role_by_issuer: roleByIssuer,
      language: person.language,
    })
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow()
  if (person.identity)
    await trx
      .insertInto('user_identities')
      .values({ ...person.identity, user_id: user.id })
      .execute()
  const by = person.identity ? { issuer: person.identity.issuer } : {}
  await audit(trx, `user:${user.id}`, 'user.joined', `user:${user.id}`, { role: user.role, ...detail, ...by })
  return user
}

/** Whom an issuer means by a subject, disabled or not. */
export async function findIdentity(db: Db, issuer: string, subject: string) {
  return db
    .selectFrom('user_identities')
    .innerJoin('users', 'users.id', 'user_identities.user_id')
    .select([...USER_COLUMNS, 'users.disabled_at', 'users.role_by_issuer'])
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

export async function hasIdentity(db: Db, userId: number, issuer: string): Promise<boolean> {
  const row = await db
    .selectFrom('user_identities')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('issuer', '=', issuer)
    .executeTakeFirst()
  return row !== undefined
}

/** @returns false where the issuer's account belongs to somebody already */
export async function linkIdentity(
  store: Store,
  userId: number,
  identity: { issuer: string; subject: string },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('user_identities')
      .values({ ...identity, user_id: userId })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (!numInsertedOrUpdatedRows) return false
    await audit(trx, `user:${userId}`, 'user.identity-linked', `user:${userId}`, { issuer: identity.issuer })
    return true
  })
}
