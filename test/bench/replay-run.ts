import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import type { Store } from '../../src/store/database.ts'
import { createTriage, loadTaxonomy } from '../../src/triage/index.ts'
import { shareTriageCache, TRIAGE_CACHE } from '../support/triage-cache.ts'

/** Seconds since the program began to start; counts at the end. */
export interface ReplayRun {
  storedS: number
  triagedS: number
  draftedS: number
  posts: number
  triages: number
  cases: number
  drafts: number
  quarantined: number
  deadLetters: number
  /** CPU time of this process per second of the run: 1 is one core. */
  cpu: number
}

const LOOK_EVERY_MS = 40

/** Nobody is called: refunds are off and nothing is mailed. */
const OUTSIDE = { x: null, smtpUrl: 'smtp://127.0.0.1:9', shop: null, payments: null, sandboxWeb: null }

/**
 * Runs the product on a file at full speed until everything in it is stored, triaged and drafted.
 * @throws where a post was lost, a job died, or it takes longer than `timeoutMs`
 */
export async function runReplay(
  place: { redisUrl: string | null; databaseUrl: string },
  file: string,
  timeoutMs: number,
): Promise<ReplayRun> {
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-bench-'))
  // A first start learns for some seconds, once; what is measured is every other one.
  shareTriageCache(folder)
  createTriage(loadTaxonomy('templates/taxonomy.yaml'), { cacheDir: TRIAGE_CACHE })
  const config = loadConfig(
    {
      PORT: '0',
      DATA_DIR: folder,
      REDIS_URL: place.redisUrl ?? '',
      QUEUE_PREFIX: `bench-${randomBytes(6).toString('hex')}`,
      DESK: 'off',
      REFUNDS: 'off',
    },
    { file, speed: null },
  )
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const app = await startApp(config, place.databaseUrl, OUTSIDE)
  try {
    const times = await watch(app.store, started, timeoutMs)
    const { user, system } = process.cpuUsage(cpuBefore)
    const counts = await count(app.store)
    if (counts.deadLetters > 0) throw new Error(`${counts.deadLetters} jobs died during the replay`)
    if (counts.triages !== counts.posts) {
      throw new Error(`${counts.posts} posts but ${counts.triages} triages: the pipeline lost some`)
    }
    return { ...times, ...counts, cpu: (user + system) / 1e6 / times.draftedS }
  } finally {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function watch(store: Store, started: number, timeoutMs: number) {
  const seconds = () => (performance.now() - started) / 1000
  let storedS: number | null = null
  let triagedS: number | null = null
  let left = await leftToDo(store)
  while (seconds() * 1000 < timeoutMs) {
    if (!left.reading) storedS ??= seconds()
    if (storedS !== null && !left.triaging) triagedS ??= seconds()
    if (storedS !== null && triagedS !== null && !left.drafting)
      return { storedS, triagedS, draftedS: seconds() }
    await sleep(LOOK_EVERY_MS)
    left = await leftToDo(store)
  }
  const stages = Object.entries(left).flatMap(([stage, busy]) => (busy ? [stage] : []))
  throw new Error(
    `the replay was not through after ${timeoutMs / 1000} s, still ${stages.join(' and ')}; LOG_LEVEL=warn tells more`,
  )
}

/** Cheap on purpose: each asks an index for one row. A post and its case's wish for a draft change in one commit. */
async function leftToDo(store: Store) {
  const { rows } = await sql<{ reading: boolean; triaging: boolean; drafting: boolean }>`
    select not exists (select 1 from sources where state = 'ended') as reading,
           exists (select 1 from posts where state = 'new') as triaging,
           exists (select 1 from cases where needs_draft_since is not null) as drafting`.execute(store)
  return rows[0] as { reading: boolean; triaging: boolean; drafting: boolean }
}

async function count(store: Store) {
  const { rows } = await sql<
    Pick<ReplayRun, 'posts' | 'triages' | 'cases' | 'drafts' | 'quarantined' | 'deadLetters'>
  >`
    select (select count(*) from posts) as posts,
           (select count(*) from triages) as triages,
           (select count(*) from cases) as cases,
           (select count(*) from drafts) as drafts,
           (select count(*) from quarantine) as quarantined,
           (select count(*) from dead_letters where state = 'dead') as "deadLetters"`.execute(store)
  return rows[0] as NonNullable<(typeof rows)[0]>
}
