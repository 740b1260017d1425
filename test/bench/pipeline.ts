import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noOpJobsPerSecond } from './no-op-jobs.ts'
import { writeReplayFile } from './posts.ts'
import { type ReplayRun, runReplay } from './replay-run.ts'
import { type Finding, median, type Row, round } from './report.ts'
import type { Servers } from './servers.ts'

export interface PipelineOptions {
  servers: Servers
  /** Posts to generate; ignored where a file is given. */
  posts: number
  /** An NDJSON file to time from one end to the other instead. */
  replay: string | null
  log(line: string): void
}

const BACKENDS = ['postgres', 'redis'] as const
type Backend = (typeof BACKENDS)[number]
const NO_OP_JOBS: Record<Backend, number> = { postgres: 3_000, redis: 20_000 }
const ROUNDS = 3
const WARM_UP_POSTS = 400
const TIMEOUT_MS = 60_000
const FILE_TIMEOUT_MS = 600_000

/** The whole way of a post, from a file to a draft that waits for a person, on each queue backend. */
export async function benchPipeline(options: PipelineOptions): Promise<Finding[]> {
  const { servers } = options
  const backends = BACKENDS.filter((backend) => backend === 'postgres' || servers.redis !== null)
  const notes = servers.redisMissing ? [servers.redisMissing] : []
  return options.replay === null
    ? [await benchGenerated(options, backends, notes)]
    : [await timeFile(options, options.replay, backends, notes)]
}

/** Rounds of all backends take turns, each with its baseline right beside it: what disturbs one disturbs all. */
async function benchGenerated(
  { servers, posts, log }: PipelineOptions,
  backends: readonly Backend[],
  notes: string[],
): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-bench-'))
  const file = join(folder, 'posts.ndjson')
  const warmUp = join(folder, 'warm-up.ndjson')
  const rounds = new Map<Backend, { jobs: number; run: ReplayRun }[]>(
    backends.map((backend) => [backend, []]),
  )
  try {
    writeReplayFile(file, posts)
    writeReplayFile(warmUp, WARM_UP_POSTS)
    for (const backend of backends)
      await onFreshDatabase(servers, backend, (place) => runReplay(place, warmUp, TIMEOUT_MS))
    for (let n = 1; n <= ROUNDS; n++) {
      for (const backend of backends) {
        const round = await onFreshDatabase(servers, backend, async (place) => ({
          jobs: await noOpJobsPerSecond(place, NO_OP_JOBS[backend]),
          run: await runReplay(place, file, TIMEOUT_MS),
        }))
        rounds.get(backend)?.push(round)
        log(`pipeline, round ${n} of ${ROUNDS}, ${backend}: ${round.run.draftedS.toFixed(1)} s`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const rows = backends.map((backend) => describe(backend, rounds.get(backend) ?? []))
  return {
    title: `pipeline: ${posts.toLocaleString('en-US')} generated posts, English and Japanese, stored + triaged + drafted`,
    rows,
    notes: [
      `medians of ${ROUNDS} rounds; baseline: bare BullMQ, no-op jobs per second on the same backend just before`,
      'ratio = posts/s ÷ no-op jobs/s of the same round (a job of ours carries up to 50 ids, so it may be above 1)',
      'posts/s counts from the start of the program; "after stored" is how far drafting lags behind reading the file',
      ...notes,
    ],
  }
}

function describe(backend: Backend, rounds: readonly { jobs: number; run: ReplayRun }[]): Row {
  const of = (pick: (round: { jobs: number; run: ReplayRun }) => number) => median(rounds.map(pick))
  const [first] = rounds
  return {
    queue: backend === 'redis' ? 'Redis + Postgres' : 'Postgres (default)',
    'posts/s': round(of(({ run }) => run.posts / run.draftedS)),
    'no-op jobs/s': round(of(({ jobs }) => jobs)),
    ratio: round(of(({ jobs, run }) => run.posts / run.draftedS / jobs)),
    'total s': round(of(({ run }) => run.draftedS)),
    'after stored s': round(of(({ run }) => run.draftedS - run.storedS)),
    'our CPU (cores)': round(of(({ run }) => run.cpu)),
    cases: first?.run.cases ?? 0,
    drafts: first?.run.drafts ?? 0,
  }
}

async function timeFile(
  { servers, replay, log }: PipelineOptions,
  file: string,
  backends: readonly Backend[],
  notes: string[],
): Promise<Finding> {
  const rows: Row[] = []
  for (const backend of backends) {
    log(`pipeline, ${file} on ${backend}`)
    const run = await onFreshDatabase(servers, backend, (place) => runReplay(place, file, FILE_TIMEOUT_MS))
    rows.push({
      queue: backend === 'redis' ? 'Redis + Postgres' : 'Postgres (default)',
      posts: run.posts,
      'stored s': round(run.storedS),
      'triaged s': round(run.triagedS),
      'drafted s': round(run.draftedS),
      'posts/s': round(run.posts / run.draftedS),
      cases: run.cases,
      drafts: run.drafts,
      malformed: run.quarantined,
    })
  }
  return {
    title: `pipeline: ${replay}, once, from the start of the program`,
    rows,
    notes: [
      'every post is stored and triaged once (else this fails); not warmed up: the first row pays for that',
      ...notes,
    ],
  }
}

async function onFreshDatabase<T>(
  servers: Servers,
  backend: Backend,
  work: (place: { redisUrl: string | null; databaseUrl: string }) => Promise<T>,
): Promise<T> {
  const database = await servers.createDatabase()
  try {
    return await work({
      databaseUrl: database.url,
      redisUrl: backend === 'redis' ? (servers.redis?.url ?? null) : null,
    })
  } finally {
    await database.drop()
  }
}
