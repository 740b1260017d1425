import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import startPostgres from '../support/postgres-server.ts'
import startRedis from '../support/redis-server.ts'

/** The servers that a benchmark runs on: an embedded Postgres of its own, and Redis where there is one. */
export interface Servers {
  postgres: { url: string; version: string }
  redis: { url: string; version: string } | null
  /** Why there is no Redis. */
  redisMissing: string | null
  /** A database of its own for one measurement, dropped by `drop`. */
  createDatabase(): Promise<{ url: string; drop(): Promise<void> }>
  close(): Promise<void>
}

type Setup = (project: TestProject) => Promise<(() => Promise<void>) | undefined>

/** Starts what the tests start, outside of vitest. */
export async function startServers(): Promise<Servers> {
  const stops: (() => Promise<void>)[] = []
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  const start = async (setup: unknown): Promise<string> => {
    let url = ''
    const project = { provide: (_name: string, value: string) => (url = value) }
    const stop = await (setup as Setup)(project as unknown as TestProject)
    if (stop) stops.push(stop)
    return url
  }
  try {
    const postgresUrl = await start(startPostgres)
    const redisMissing =
      process.env.REDIS_URL || onPath('redis-server')
        ? null
        : 'no redis-server on the PATH and no REDIS_URL: Redis was not measured'
    const redisUrl = redisMissing === null ? await start(startRedis) : null
    return {
      postgres: { url: postgresUrl, version: await postgresVersion(postgresUrl) },
      redis: redisUrl === null ? null : { url: redisUrl, version: await redisVersion(redisUrl) },
      redisMissing,
      createDatabase: () => createDatabase(postgresUrl),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function createDatabase(base: string) {
  const name = `bench_${randomBytes(6).toString('hex')}`
  await query(base, `create database ${name}`)
  return {
    url: base.replace(/\/[^/]*$/, `/${name}`),
    async drop() {
      await query(base, `drop database ${name} with (force)`)
    },
  }
}

async function postgresVersion(url: string): Promise<string> {
  const [row] = await query(url, 'show server_version')
  return String(row?.server_version)
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url)
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'
  } finally {
    redis.disconnect()
  }
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}
