import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

/** How long one question of a department may take. */
const LONGEST_QUESTION = '5min'
const MOST_CONNECTIONS = 20

/** The statements that give a role the views and nothing else; the role must be there. */
export function grantStatements(role: string, database: string): string[] {
  return [
    `grant connect on database ${quoted(database)} to ${quoted(role)}`,
    `grant usage on schema voice to ${quoted(role)}`,
    `grant select on all tables in schema voice to ${quoted(role)}`,
    `alter default privileges in schema voice grant select on tables to ${quoted(role)}`,
    `alter role ${quoted(role)} in database ${quoted(database)} set search_path = voice`,
    `alter role ${quoted(role)} set default_transaction_read_only = on`,
    `alter role ${quoted(role)} set statement_timeout = '${LONGEST_QUESTION}'`,
  ]
}

/** What makes the role; its password, or what Postgres keeps of it, stands in it. */
export function roleStatement(role: string, password: string): string {
  return `create role ${quoted(role)} login nosuperuser nocreatedb nocreaterole noinherit noreplication connection limit ${MOST_CONNECTIONS} password '${password.replaceAll("'", "''")}'`
}

export async function currentDatabase(db: Db): Promise<string> {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
  return rows[0]?.name ?? ''
}

/** Whether this connection may make roles, and whether the role is there. */
export async function roleFacts(db: Db, role: string): Promise<{ mayMake: boolean; exists: boolean }> {
  const { rows } = await sql<{ mayMake: boolean; exists: boolean }>`
    select (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as "mayMake",
      exists (select 1 from pg_roles where rolname = ${role}) as exists`.execute(db)
  return rows[0] ?? { mayMake: false, exists: false }
}

/** Whether the role may do no more than read the views; one that somebody else made may. */
export async function isReaderOnly(db: Db, role: string): Promise<boolean> {
  const { rows } = await sql<{ only: boolean }>`
    select not (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls)
      and not exists (select 1 from pg_auth_members m where m.member = r.oid)
      and not exists (
        select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'voice')
          and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete'))
      as only
    from pg_roles r where r.rolname = ${role}`.execute(db)
  return rows[0]?.only ?? false
}

/** Gives a role the views. @param verifier makes it first, see `scramVerifier`; null: it is there */
export async function grantReader(store: Store, role: string, verifier: string | null): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const grants = grantStatements(role, await currentDatabase(trx))
    await runAll(trx, verifier === null ? grants : [roleStatement(role, verifier), ...grants])
    await audit(trx, 'command-line', 'contact-reader.granted', `role:${role}`)
  })
}

/** Takes a role away. */
export async function revokeReader(store: Store, role: string): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await runAll(trx, revokeStatements(role, await currentDatabase(trx)))
    await audit(trx, 'command-line', 'contact-reader.revoked', `role:${role}`)
  })
}

/** Runs statements that take no parameters. */
async function runAll(trx: Db, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(trx)
}

function revokeStatements(role: string, database: string): string[] {
  return [
    `alter default privileges in schema voice revoke select on tables from ${quoted(role)}`,
    `revoke all on all tables in schema voice from ${quoted(role)}`,
    `revoke all on schema voice from ${quoted(role)}`,
    `revoke connect on database ${quoted(database)} from ${quoted(role)}`,
    `drop role ${quoted(role)}`,
  ]
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
