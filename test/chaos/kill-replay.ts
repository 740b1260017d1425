import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { approveEverything } from './approve-everything.ts'

export interface KillReplayOptions {
  /** NDJSON of posts, as `npm start -- --replay` takes it. */
  file: string
  kills: number
  /** An empty folder. */
  folder: string
  port: number
  redisUrl?: string
  queuePrefix?: string
  /** Most time between a start and its kill. */
  maxLifeMs?: number
  timeoutMs?: number
  log?: (line: string) => void
}

export interface KillReplayReport {
  lines: number
  inbound: number
  kills: number
  posts: number
  triages: number
  approved: number
  replies: number
  /** Posts that were answered more than once, or that are our own. */
  twice: string[]
  wrong: string[]
  waiting: number
  deadLetters: number
  seconds: number
}

const READY = /Kikimimi is listening/

/**
 * Replays a file with a policy that approves everything, kills the whole process (`kill -9`, the embedded Postgres
 * lives on) at random moments, starts it again, and counts at the end: nothing lost, nothing answered twice.
 */
export async function killReplay(options: KillReplayOptions): Promise<KillReplayReport> {
  const started = Date.now()
  const log = options.log ?? (() => {})
  const dataDir = join(options.folder, 'data')
  const templatesDir = approveEverything(join(options.folder, 'templates'), 'replay')
  const lines = readFileSync(options.file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  const start = () => startProduct(options, dataDir, templatesDir)

  for (let kill = 1; kill <= options.kills; kill++) {
    const child = start()
    await ready(child)
    const lifeMs = Math.round(Math.random() * (options.maxLifeMs ?? 1500))
    await sleep(lifeMs)
    log(`kill ${kill} after ${lifeMs} ms`)
    await ended(child, 'SIGKILL')
  }
  const child = start()
  await ready(child)
  const client = await connect(dataDir)
  try {
    await settled(client, lines.length, options.timeoutMs ?? 180_000, log)
    return {
      lines: lines.length,
      inbound: lines.filter((line) => line.inbound !== false).length,
      kills: options.kills,
      ...(await count(client)),
      ...readReplies(dataDir, lines),
      seconds: Math.round((Date.now() - started) / 1000),
    }
  } finally {
    await client.end()
    await ended(child, 'SIGTERM')
  }
}

function startProduct(options: KillReplayOptions, dataDir: string, templatesDir: string): ChildProcess {
  const child = spawn(process.execPath, ['src/main.ts', '--replay', options.file, '--speed', 'max'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(options.port),
      DATA_DIR: dataDir,
      TEMPLATES_DIR: templatesDir,
      REDIS_URL: options.redisUrl ?? '',
      QUEUE_PREFIX: options.queuePrefix ?? '',
      LOG_LEVEL: 'error',
      DESK: 'off',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return child
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      if (READY.test(text)) done()
    })
    child.once('exit', (code) => fail(new Error(`the product ended with ${code} before it was ready`)))
  })
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const exit = new Promise<void>((done) => child.once('exit', () => done()))
  child.kill(signal)
  return exit
}

async function connect(dataDir: string): Promise<pg.Client> {
  const port = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8').trim()
  const client = new pg.Client(`postgres://kikimimi:${password}@127.0.0.1:${port}/kikimimi`)
  await client.connect()
  return client
}

const WAITING = `
  select (select count(*) from posts where state = 'new')
       + (select count(*) from cases where needs_draft_since is not null)
       + (select count(*) from drafts where state = 'approved') as waiting,
         (select count(*) from posts) as posts`

async function settled(client: pg.Client, lines: number, timeoutMs: number, log: (line: string) => void) {
  const until = Date.now() + timeoutMs
  while (Date.now() < until) {
    const { rows } = await client.query(WAITING)
    log(`posts ${rows[0].posts} of ${lines}, waiting ${rows[0].waiting}`)
    if (Number(rows[0].posts) >= lines && Number(rows[0].waiting) === 0) return
    await sleep(2000)
  }
  throw new Error(`the pipeline did not settle within ${timeoutMs} ms`)
}

async function count(client: pg.Client) {
  const { rows } = await client.query(`
    select (select count(*)::int from posts) as posts,
           (select count(*)::int from triages) as triages,
           (select count(*)::int from drafts where state = 'published') as approved,
           (select count(*)::int from drafts where state = 'approved') as waiting,
           (select count(*)::int from dead_letters where state = 'dead') as "deadLetters"`)
  return rows[0] as Pick<KillReplayReport, 'posts' | 'triages' | 'approved' | 'waiting' | 'deadLetters'>
}

/** What really stands in public: the file that replies go to. */
function readReplies(dataDir: string, lines: { id: string; inbound?: boolean }[]) {
  const replies = readFileSync(join(dataDir, 'replay-replies.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { in_reply_to: string })
  const seen = new Set<string>()
  const twice: string[] = []
  for (const { in_reply_to } of replies) {
    if (seen.has(in_reply_to)) twice.push(in_reply_to)
    seen.add(in_reply_to)
  }
  const own = new Set(lines.filter((line) => line.inbound === false).map((line) => String(line.id)))
  return { replies: replies.length, twice, wrong: [...seen].filter((id) => own.has(id)) }
}
