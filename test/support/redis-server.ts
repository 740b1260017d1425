import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { TestProject } from 'vitest/node'
import { freePort } from '../../src/store/free-port.ts'

/** The Redis of `REDIS_URL`, or a `redis-server` of our own that keeps nothing. */
export default async function setup(project: TestProject) {
  if (process.env.REDIS_URL) {
    project.provide('redisUrl', process.env.REDIS_URL)
    return
  }
  const { url, stop } = await startOwnRedis()
  project.provide('redisUrl', url)
  return stop
}

/** A `redis-server` of our own, which may be emptied. */
export async function startOwnRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kikimimi-redis-'))
  const port = await freePort()
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ]
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const url = `redis://127.0.0.1:${port}`
  await answers(url, server)
  return {
    url,
    async stop() {
      const ended = new Promise((done) => server.once('exit', done))
      server.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  let failed: Error | null = null
  server.once('error', (error) => {
    failed = error
  })
  const redis = new Redis(url, { retryStrategy: () => 100, maxRetriesPerRequest: 50 })
  redis.on('error', () => {})
  try {
    await redis.ping()
  } catch (error) {
    throw failed ?? error
  } finally {
    redis.disconnect()
  }
}
