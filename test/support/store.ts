import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { openStore, type Store } from '../../src/store/database.ts'
import { TEMPLATE } from './postgres-server.ts'

export interface TestStore {
  url: string
  store: Store
  close(): Promise<void>
}

/** A fresh, migrated database on the run's own Postgres. */
export async function createTestStore(): Promise<TestStore> {
  const base = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(base, `create database ${name} template ${TEMPLATE}`)
  const url = base.replace(/\/[^/]*$/, `/${name}`)
  const store = openStore(url)
  return {
    url,
    store,
    async close() {
      await store.destroy()
      await onServer(base, `drop database ${name} with (force)`)
    },
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
