import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { openStore, type Store } from '../../src/store/database.ts'

const MIGRATIONS = new URL('../../src/store/migrations/', import.meta.url)

/** A database as an earlier release left it: its migrations up to the one of this number, and not migrated further. */
export async function databaseOf(last: string): Promise<Store> {
  const base = inject('postgresUrl')
  const name = `upgrade_${randomBytes(6).toString('hex')}`
  const server = new pg.Client({ connectionString: base })
  await server.connect()
  await server.query(`create database ${name}`)
  const url = base.replace(/\/[^/]*$/, `/${name}`)
  const store = openStore(url)
  onTestFinished(async () => {
    await store.destroy()
    await server.query(`drop database ${name} with (force)`)
    await server.end()
  })
  await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(
    store,
  )
  await sql`create table kysely_migration_lock (id varchar(255) primary key, is_locked integer not null default 0)`.execute(
    store,
  )
  await sql`insert into kysely_migration_lock values ('migration_lock', 0)`.execute(store)
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql') && file.slice(0, 4) <= last)
  for (const file of files.sort()) {
    await sql.raw(readFileSync(new URL(file, MIGRATIONS), 'utf8')).execute(store)
    await sql`insert into kysely_migration values (${file.replace('.sql', '')}, ${new Date().toISOString()})`.execute(
      store,
    )
  }
  return store
}
