import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { shareTriageCache } from '../support/triage-cache.ts'
import { approveEverything } from './approve-everything.ts'
import { feed, planMentions } from './mentions.ts'
import { judge, type Verdict } from './verdict.ts'
import { startWorkerProcesses } from './worker-processes.ts'
import { startXSimulator } from './x-simulator.ts'

export interface KillWorkersOptions {
  mentions: number
  perSecond: number
  processes: number
  kills: number
  /** How often Redis is emptied and Postgres restarted, spread over the time that mentions come. */
  flushes: number
  restarts: number
  /** Share of connections that X drops after a reply was written. */
  drop: number
  /** An empty folder. */
  folder: string
  /** A Redis that may be emptied; null: the queues are in Postgres. */
  redisUrl: string | null
  seed: number
  timeoutMs: number
  /** Ends it early; what was started is let go of all the same. */
  signal?: AbortSignal
  log?: (line: string) => void
}

export interface KillWorkersReport extends Verdict {
  /** What is not as X has it, and what was done to the product. */
  conditions: string[]
  kills: number
  flushes: number
  restarts: number
  seconds: number
}

/**
 * Mentions come in on X (the sandbox's, in a process of its own) while workers are killed, Redis is emptied, Postgres is
 * restarted and answers to replies get lost. In the end what stands on X is held against what should.
 */
export async function killWorkers(options: KillWorkersOptions): Promise<KillWorkersReport> {
  const letGo: (() => Promise<unknown>)[] = []
  const stopped = new Promise<never>((_, fail) => {
    options.signal?.addEventListener('abort', () => fail(new Error('stopped before it was through')))
  })
  stopped.catch(() => {})
  try {
    return await Promise.race([run(options, letGo), stopped])
  } finally {
    for (const each of letGo.reverse()) await each()
  }
}

async function run(
  options: KillWorkersOptions,
  letGo: (() => Promise<unknown>)[],
): Promise<KillWorkersReport> {
  const started = Date.now()
  const { folder, redisUrl } = options
  const log = options.log ?? (() => {})
  const postgres = await startEmbeddedPostgres(join(folder, 'own'))
  letGo.push(() => postgres.stop())
  const simulator = await startXSimulator(folder, 'raised')
  letGo.push(() => simulator.close())
  const dataDir = join(folder, 'data')
  shareTriageCache(dataDir)
  const workers = startWorkerProcesses(options.processes, {
    ...simulator.env,
    DATABASE_URL: postgres.url,
    REDIS_URL: redisUrl ?? '',
    QUEUE_PREFIX: `chaos-${randomBytes(4).toString('hex')}`,
    DATA_DIR: dataDir,
    TEMPLATES_DIR: approveEverything(join(folder, 'templates'), 'x'),
    PORT: '0',
    DESK: 'off',
    REFUNDS: 'off',
    SMTP_URL: 'smtp://127.0.0.1:9',
    X_POLL_SECONDS: '1',
    LOG_LEVEL: process.env.CHAOS_LOG_LEVEL ?? 'fatal',
  })
  letGo.push(() => workers.close())
  await workers.ready()
  await simulator.drop(options.drop)
  const plan = planMentions(simulator.username, options.mentions, options.perSecond, options.seed)
  const feedMs = plan.at(-1)?.atMs ?? 0
  log(`${plan.length} actions in ${Math.round(feedMs / 1000)} s`)
  let kills = 0
  await Promise.all([
    feed(plan, simulator.act),
    spread(options.kills, feedMs, async () => {
      // Where none is up yet, its turn comes when one is.
      while (!(await workers.kill())) await sleep(50)
      log(`kill ${++kills}`)
    }),
    spread(redisUrl ? options.flushes : 0, feedMs, async (turn) => {
      await flush(redisUrl as string)
      log(`Redis emptied, ${turn}`)
    }),
    spread(options.restarts, feedMs, async (turn) => {
      await postgres.restart(turn % 2 === 1 ? 'immediate' : 'fast')
      log(`Postgres restarted, ${turn}`)
    }),
  ])
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 })
  pool.on('error', () => {})
  letGo.push(() => pool.end())
  await settled(pool, Date.now() + options.timeoutMs, log)
  return {
    ...(await judge(await simulator.state(), pool)),
    conditions: [
      `queues on ${redisUrl ? 'Redis' : 'Postgres'}, ${options.processes} processes of all workers`,
      "X's rate limits a thousand times as high; its timelines reach back as far as one likes; own posts are waited for 2 s, not 20",
      `policy approves everything that has a text: no caps, no quiet hours, no sample for review`,
      `X drops ${options.drop * 100} % of the connections after the write`,
    ],
    kills,
    flushes: redisUrl ? options.flushes : 0,
    restarts: options.restarts,
    seconds: Math.round((Date.now() - started) / 1000),
  }
}

/** Does something `times` times at random moments, one in each part of the time. */
async function spread(times: number, overMs: number, work: (turn: number) => Promise<void>): Promise<void> {
  const started = Date.now()
  for (let turn = 1; turn <= times; turn++) {
    const at = ((turn - 1 + Math.random()) / times) * overMs
    await sleep(Math.max(0, started + at - Date.now()))
    await work(turn)
  }
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url)
  try {
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}

const WAITING = `
  select (select count(*)::int from posts) as posts,
         (select count(*)::int from posts where state = 'new') as untriaged,
         (select count(*)::int from cases where needs_draft_since is not null) as undrafted,
         (select count(*)::int from drafts where state = 'approved') as approved,
         (select count(*)::int from replies where state = 'sending') as sending,
         (select count(*)::int from replies where state = 'sent') as sent,
         (select coalesce(max(since_id), '') from sources) as cursor`

/** Waits until nothing is under way any more, twice in a row; what still is after that is judged as it stands. */
async function settled(pool: pg.Pool, until: number, log: (line: string) => void): Promise<void> {
  let before = ''
  while (Date.now() < until) {
    const { rows } = await pool.query(WAITING)
    const { posts, sent, cursor, ...waiting } = rows[0]
    log(`posts ${posts}, sent ${sent}, waiting ${JSON.stringify(waiting)}`)
    const now = `${posts} ${sent} ${cursor}`
    const busy = Object.values(waiting).some((count) => Number(count) > 0)
    if (!busy && now === before) return
    before = now
    // Longer than the listener ever rests.
    await sleep(busy ? 1000 : 4500)
  }
}
