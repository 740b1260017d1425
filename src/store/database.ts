import { readdirSync, readFileSync } from 'node:fs'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import type { Database } from './schema.ts'

export type Store = Kysely<Database>
export type Trx = Transaction<Database>
/** What query functions take: the pool, or a transaction in progress. */
export type Db = Store | Trx

const pools = new WeakMap<Store, pg.Pool>()
const MIGRATIONS = new URL('./migrations/', import.meta.url)
const INT8 = 20

/**
 * Opens a pool on Postgres.
 * bigint columns are read as numbers: our identities and minor units stay far below 2^53.
 */
export function openStore(databaseUrl: string, options: { max?: number } = {}): Store {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    // Senders hold one connection for their lock and work on another: more of them than this wait for each other.
    max: options.max ?? 24,
    connectionTimeoutMillis: 15_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'kikimimi',
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  // A connection that breaks is replaced by the pool, and its query fails; without listeners it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const store = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  pools.set(store, pool)
  return store
}

/** The pool below a store, for the few statements that are worth preparing by name. */
export function poolOf(store: Store): pg.Pool {
  const pool = pools.get(store)
  if (!pool) throw new TypeError('this store was not opened by openStore, or is a transaction')
  return pool
}

/** Brings the tables up to date; safe to call from any number of processes at once. */
export async function migrate(store: Store): Promise<void> {
  const migrator = new Migrator({
    db: store,
    provider: {
      async getMigrations() {
        const names = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'))
        return Object.fromEntries(
          names.map((name) => [
            name.replace(/\.sql$/, ''),
            {
              async up(db: Kysely<unknown>) {
                await sql.raw(readFileSync(new URL(name, MIGRATIONS), 'utf8')).execute(db)
              },
            },
          ]),
        )
      },
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

/**
 * Runs `work` while holding a lock that Postgres lets go of by itself when this process dies.
 * @returns what `work` returned, or null where another process holds the lock
 */
export async function withLock<T>(store: Store, key: string, work: () => Promise<T>): Promise<T | null> {
  return store.connection().execute(async (connection) => {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_lock(hashtextextended(${key}, 0)) as locked`.execute(connection)
    if (!rows[0]?.locked) return null
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${key}, 0))`.execute(connection)
    }
  })
}
