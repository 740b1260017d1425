import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate, openStore } from '../../src/store/database.ts'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    redisUrl: string
  }
}

/** What every test's database is copied from: the tables as the newest migration leaves them. */
export const TEMPLATE = 'kikimimi_test_template'

/** One embedded Postgres for a whole project's run; each test file makes databases of its own on it. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'kikimimi-test-'))
  const postgres = await startEmbeddedPostgres(folder)
  await makeTemplate(postgres.adminUrl)
  project.provide('postgresUrl', postgres.adminUrl)
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Nothing of it has to outlive the machine: what waits for the disk is left out. */
const NOT_DURABLE = ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off']

/** Copying it takes a quarter of the time that the migrations take. */
async function makeTemplate(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    for (const setting of NOT_DURABLE) await client.query(`alter system set ${setting}`)
    await client.query('select pg_reload_conf()')
    await client.query(`create database ${TEMPLATE}`)
    const store = openStore(adminUrl.replace(/\/[^/]*$/, `/${TEMPLATE}`))
    await migrate(store)
    await store.destroy()
  } finally {
    await client.end()
  }
}
