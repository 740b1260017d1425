import { createPostgresBackend, DelayedError, type Job, Queue, runMigrations, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { queueLog } from '../log.ts'
import { jobFailures, jobRun, jobWait, rowsDone } from '../metrics.ts'

/** The stages that hand each other ids through a queue. */
export const STAGES = [
  'triage',
  'draft',
  'publish',
  'quality',
  'refund',
  'payout',
  'replace',
  'mail',
] as const
export type Stage = (typeof STAGES)[number]

/** Whether a stored queue name is still one of ours. */
export function isStage(name: string): name is Stage {
  return (STAGES as readonly string[]).includes(name)
}

/** Ids of rows, as text: identities, or a streaming session's sid. Jobs carry nothing else. */
interface JobData {
  ids: string[]
}

/** How many ids one job carries: reading and classifying is cheap, sending is one thing at a time. */
const BATCH: Record<Stage, number> = {
  triage: 100,
  draft: 50,
  publish: 1,
  quality: 1,
  refund: 1,
  payout: 1,
  replace: 1,
  mail: 1,
}
const CONCURRENCY: Record<Stage, number> = {
  // Some of them may wait for a language model, see workers/triage.ts.
  triage: 4,
  draft: 2,
  // Mostly they wait for a network; each holds a connection for its lock and works on another.
  publish: 8,
  quality: 2,
  refund: 2,
  payout: 4,
  replace: 2,
  mail: 2,
}
const ATTEMPTS = 5

/** Most ids that one job of a stage carries. */
export function idsPerJob(stage: Stage): number {
  return BATCH[stage]
}

/** A queue that does not answer by then is treated as gone: nobody's click and no poll waits for it. */
const ANSWER_MS = 2000
const BACKOFF_MS = 1000
/** BullMQ's highest priority number is 2^21; 1 is first. */
const PRIORITY_BY_SEVERITY = [4, 3, 2, 1] as const

/** Thrown by a handler that must come back later without that counting as a failure. */
export class ComeBackLater extends Error {
  override name = 'ComeBackLater'
  delayMs: number
  constructor(reason: string, delayMs: number) {
    super(reason)
    this.delayMs = delayMs
  }
}

/** Thrown by a handler where trying again by itself can not help: straight to the dead letters. */
export class GiveUp extends Error {
  override name = 'GiveUp'
}

export interface EnqueueOptions {
  /** 0..3: what is urgent goes first. */
  severity?: number
  delayMs?: number
  /** Makes the sweep's jobs unique while they wait. */
  once?: boolean
}

export interface StageCounts {
  waiting: number
  active: number
  delayed: number
}

/** What a stage's worker does with the ids of one job; it may run twice for the same ids. */
export type Handler = (ids: string[]) => Promise<void>

/** Keeps what failed for good, so that a person can look at it and have it tried again. */
export type BuryDead = (stage: Stage, id: string, error: unknown, attempts: number) => Promise<void>

export interface Queues {
  readonly backend: 'redis' | 'postgres'
  /**
   * Queues ids for a stage. Never fails: what can not be queued now is found by the sweep,
   * since Postgres is the truth and the queue only a to-do list.
   */
  enqueue(stage: Stage, ids: readonly (string | number)[], options?: EnqueueOptions): Promise<void>
  /** @throws where the queue does not answer in time */
  counts(stage: Stage): Promise<StageCounts>
  work(stage: Stage, handler: Handler, bury: BuryDead): StageWorker
  close(): Promise<void>
}

export interface StageWorker {
  stage: Stage
  /** True while it takes jobs. */
  isRunning(): boolean
  /** Lets what is in hand finish, at most `timeoutMs`; what is not finished goes back to the queue. */
  close(timeoutMs: number): Promise<void>
}

export interface QueueOptions {
  redisUrl: string | null
  databaseUrl: string
  /** Keeps several installations (or tests) on one Redis apart. */
  prefix?: string
  /** First pause after a failure; each further one is twice as long. */
  backoffMs?: number
}

function jobOptions(backoffMs: number) {
  return {
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
    removeOnComplete: true,
    // Postgres keeps the dead letters; the queue would forget them with a flush.
    removeOnFail: true,
  }
}
type JobOptions = ReturnType<typeof jobOptions>

/** Opens all queues on Redis where it is given, else on BullMQ's Postgres backend. */
export async function openQueues(options: QueueOptions): Promise<Queues> {
  const jobs = jobOptions(options.backoffMs ?? BACKOFF_MS)
  return options.redisUrl
    ? openOn('redis', redisSide(options.redisUrl, options.prefix ?? 'kikimimi', jobs))
    : openOn('postgres', await postgresSide(options.databaseUrl, jobs))
}

interface Side {
  queue(stage: Stage): Queue<JobData>
  worker(stage: Stage, process: (job: Job<JobData>, token?: string) => Promise<void>): Worker<JobData>
  close(): Promise<void>
}

function redisSide(url: string, prefix: string, defaultJobOptions: JobOptions): Side {
  const shared = { lazyConnect: false, retryStrategy: (times: number) => Math.min(times * 200, 5000) }
  // Producers fail at once (the sweep heals), consumers wait for Redis to come back.
  const producer = new Redis(url, { ...shared, maxRetriesPerRequest: 1 })
  const consumer = new Redis(url, { ...shared, maxRetriesPerRequest: null })
  for (const connection of [producer, consumer]) {
    connection.on('error', (error) => queueLog.warn({ err: error }, 'redis connection'))
  }
  return {
    queue: (stage) => new Queue(stage, { connection: producer, prefix, defaultJobOptions }),
    worker: (stage, process) =>
      new Worker(stage, process, { connection: consumer, prefix, concurrency: CONCURRENCY[stage] }),
    async close() {
      producer.disconnect()
      consumer.disconnect()
    },
  }
}

async function postgresSide(url: string, defaultJobOptions: JobOptions): Promise<Side> {
  const pool = new pg.Pool({
    connectionString: url,
    // Each worker pins one connection for LISTEN: fewer than workers + 1 hangs in silence.
    max: STAGES.length + 6,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    options: '-c search_path=bullmq',
    application_name: 'kikimimi-queue',
  })
  pool.setMaxListeners(0)
  pool.on('error', (error) => queueLog.warn({ err: error }, 'postgres queue connection'))
  pool.on('connect', (client) => client.on('error', () => {}))
  const client = await pool.connect()
  try {
    await runMigrations(client)
  } finally {
    client.release()
  }
  return {
    // BullMQ's overloads can not tell a pool from Redis options once the backend is a type parameter.
    queue: (stage) =>
      new Queue<JobData>(
        stage,
        { connection: pool as never, defaultJobOptions },
        createPostgresBackend as never,
      ),
    worker: (stage, process) =>
      new Worker<JobData, void>(
        stage,
        process,
        { connection: pool as never, concurrency: CONCURRENCY[stage] },
        createPostgresBackend as never,
      ),
    async close() {
      await pool.end()
    },
  }
}

function openOn(backend: 'redis' | 'postgres', side: Side): Queues {
  const queues = new Map<Stage, Queue<JobData>>()
  const queueOf = (stage: Stage) => {
    let queue = queues.get(stage)
    if (!queue) {
      queue = side.queue(stage)
      queue.on('error', (error) => queueLog.warn({ err: error, stage }, 'queue'))
      queues.set(stage, queue)
    }
    return queue
  }
  const workers = new Set<StageWorker>()

  async function enqueue(stage: Stage, ids: readonly (string | number)[], options: EnqueueOptions = {}) {
    if (ids.length === 0) return
    const jobs = []
    for (let start = 0; start < ids.length; start += BATCH[stage]) {
      const batch = ids.slice(start, start + BATCH[stage]).map(String)
      jobs.push({
        name: stage,
        data: { ids: batch },
        opts: {
          ...(options.severity === undefined
            ? {}
            : { priority: PRIORITY_BY_SEVERITY[options.severity] ?? 4 }),
          ...(options.delayMs ? { delay: options.delayMs } : {}),
          ...(options.once
            ? { jobId: `sweep-${stage}-${encodeURIComponent(batch[0] as string)}-${batch.length}` }
            : {}),
        },
      })
    }
    try {
      await inTime(queueOf(stage).addBulk(jobs))
    } catch (error) {
      queueLog.warn({ err: error, stage, count: ids.length }, 'could not queue; the sweep will')
    }
  }

  return {
    backend,
    enqueue,
    async counts(stage) {
      const counts = await inTime(queueOf(stage).getJobCounts('waiting', 'prioritized', 'active', 'delayed'))
      return {
        waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
        active: counts.active ?? 0,
        delayed: counts.delayed ?? 0,
      }
    },
    work(stage, handler, bury) {
      const worker = side.worker(stage, (job, token) => runJob(stage, job, token, handler, bury, enqueue))
      worker.on('error', (error) => queueLog.warn({ err: error, stage }, 'worker'))
      const stageWorker: StageWorker = {
        stage,
        isRunning: () => worker.isRunning() && !worker.isPaused(),
        async close(timeoutMs) {
          workers.delete(stageWorker)
          const patience = new Promise<'late'>((wake) => setTimeout(() => wake('late'), timeoutMs).unref())
          if ((await Promise.race([worker.close(), patience])) === 'late') {
            queueLog.warn({ stage }, 'a job did not end in time; it will run again elsewhere')
            await Promise.race([worker.close(true), new Promise((wake) => setTimeout(wake, 1000).unref())])
          }
        },
      }
      workers.add(stageWorker)
      return stageWorker
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.close(5000)))
      await inTime(Promise.allSettled([...queues.values()].map((queue) => queue.close()))).catch(() => {})
      await side.close()
    },
  }
}

/** @throws where the queue's backend does not answer in time */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error(`the queue did not answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  })
  // If it comes after all (Redis was away), the jobs are there twice at most: handlers do nothing twice.
  answer.catch(() => {})
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The one wrapper that every handler runs in: it measures, splits a poisoned batch and buries the dead. */
async function runJob(
  stage: Stage,
  job: Job<JobData>,
  token: string | undefined,
  handler: Handler,
  bury: BuryDead,
  enqueue: Queues['enqueue'],
): Promise<void> {
  const { ids } = job.data
  const started = Date.now()
  jobWait.observe({ queue: stage }, Math.max(0, started - job.timestamp - (job.delay ?? 0)) / 1000)
  try {
    await handler(ids)
    rowsDone.inc({ queue: stage }, ids.length)
  } catch (error) {
    if (error instanceof ComeBackLater) {
      await job.moveToDelayed(Date.now() + error.delayMs, token)
      throw new DelayedError(error.message)
    }
    jobFailures.inc({ queue: stage })
    queueLog.warn({ err: error, stage, ids: ids.length, attempt: job.attemptsMade + 1 }, 'job failed')
    if (ids.length > 1) {
      // One of them is poisoned: each goes on alone, so that it fails alone.
      for (const id of ids) await enqueue(stage, [id])
      return
    }
    const attempts = job.attemptsMade + 1
    if (error instanceof GiveUp || attempts >= ATTEMPTS) {
      await bury(stage, ids[0] as string, error, attempts)
      return
    }
    throw error
  } finally {
    jobRun.observe({ queue: stage }, (Date.now() - started) / 1000)
  }
}
