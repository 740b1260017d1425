import { randomBytes } from 'node:crypto'
import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'

const CHUNK = 500
const CONCURRENCY = 10
const PATIENCE_MS = 30_000

/**
 * Bare BullMQ: jobs that do nothing, queued in bulk and worked off by one worker at the same time.
 * @returns jobs per second, from the first added to the last done
 */
export async function noOpJobsPerSecond(
  place: { redisUrl: string | null; databaseUrl: string },
  count: number,
): Promise<number> {
  const { connection, backend, close } = place.redisUrl
    ? onRedis(place.redisUrl)
    : await onPostgres(place.databaseUrl)
  const name = `no-op-${randomBytes(4).toString('hex')}`
  const defaultJobOptions = { removeOnComplete: true }
  const queue = new Queue(name, { connection, defaultJobOptions }, backend)
  let finished = 0
  const all = Promise.withResolvers<void>()
  const patience = setTimeout(
    () => all.reject(new Error(`only ${finished} of ${count} jobs ran`)),
    PATIENCE_MS,
  )
  const worker = new Worker(name, async () => {}, { connection, concurrency: CONCURRENCY }, backend)
  worker.on('completed', () => {
    finished += 1
    if (finished === count) all.resolve()
  })
  worker.on('error', all.reject)
  try {
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
    const started = performance.now()
    for (let from = 0; from < count; from += CHUNK) {
      const size = Math.min(CHUNK, count - from)
      await queue.addBulk(
        Array.from({ length: size }, (_, n) => ({ name, data: { ids: [String(from + n)] } })),
      )
    }
    await all.promise
    return count / ((performance.now() - started) / 1000)
  } finally {
    clearTimeout(patience)
    await worker.close()
    await queue.obliterate({ force: true })
    await queue.close()
    await close()
  }
}

/** BullMQ's overloads can not tell a pool from Redis options: `never` lets both through. */
interface Place {
  connection: never
  backend: never
  close(): Promise<unknown>
}

function onRedis(url: string): Place {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  return {
    connection: redis as never,
    backend: undefined as never,
    close: async () => redis.disconnect(),
  }
}

async function onPostgres(url: string): Promise<Place> {
  const pool = new pg.Pool({ connectionString: url, max: 12, options: '-c search_path=bullmq' })
  pool.on('error', () => {})
  const client = await pool.connect()
  await runMigrations(client).finally(() => client.release())
  return { connection: pool as never, backend: createPostgresBackend as never, close: () => pool.end() }
}
