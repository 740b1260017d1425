import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { approveEverything } from '../chaos/approve-everything.ts'
import { feed, planMentions } from '../chaos/mentions.ts'
import { startWorkerProcesses } from '../chaos/worker-processes.ts'
import { startXSimulator, type XSimulator } from '../chaos/x-simulator.ts'
import { shareTriageCache } from '../support/triage-cache.ts'
import { type Finding, percentile, type Row, round } from './report.ts'
import type { Servers } from './servers.ts'

export interface MentionLoadOptions {
  servers: Servers
  minutes: number
  /** Mentions a second. */
  rate: number
  /** X's own, or a thousand times as high. */
  limits: 'real' | 'raised'
  processes: number
  log(line: string): void
}

const LOOK_EVERY_MS = 200
/** What may still be on its way when the last mention was written. */
const DRAIN_MS = 30_000
/** A reply that went out this soon after a more urgent one had come did not overtake it. */
const UNDER_WAY_MS = 5_000

/** Mentions at an even pace on the sandbox's X, from the poll that brings them to the draft and to the published reply. */
export async function benchLoad(options: MentionLoadOptions): Promise<Finding[]> {
  const { servers, limits, processes, rate, minutes, log } = options
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-load-'))
  const database = await servers.createDatabase()
  const letGo: (() => Promise<unknown>)[] = []
  try {
    const simulator = await startXSimulator(folder, limits)
    letGo.push(() => simulator.close())
    const dataDir = join(folder, 'data')
    shareTriageCache(dataDir)
    const workers = startWorkerProcesses(processes, {
      ...simulator.env,
      DATABASE_URL: database.url,
      REDIS_URL: servers.redis?.url ?? '',
      QUEUE_PREFIX: `load-${randomBytes(4).toString('hex')}`,
      DATA_DIR: dataDir,
      TEMPLATES_DIR: approveEverything(join(folder, 'templates'), 'x'),
      PORT: '0',
      DESK: 'off',
      REFUNDS: 'off',
      SMTP_URL: 'smtp://127.0.0.1:9',
      ...(limits === 'raised' ? { X_POLL_SECONDS: '1' } : {}),
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    })
    letGo.push(() => workers.close())
    await workers.ready()
    const pool = new pg.Pool({ connectionString: database.url, max: 2 })
    pool.on('error', () => {})
    letGo.push(() => pool.end())
    const plan = planMentions(simulator.username, Math.round(rate * minutes * 60), rate, 1, 'plain')
    const watching = new AbortController()
    const drafted = watchDrafts(pool, watching.signal, log)
    await feed(plan, simulator.act)
    await drained(pool, plan.length, limits)
    watching.abort()
    const row = await describe(pool, simulator, await drafted)
    return [
      {
        title: `load: ${rate} mentions a second for ${minutes} min on the sandbox's X, ${limits === 'real' ? "X's own limits" : 'limits raised'}`,
        rows: [row],
        notes: [
          'drafted: from the poll that brought the mention (its beginning) to the draft, as somebody at the desk sees it (looked for every 0.2 s)',
          'sent: from the same moment to the answer of X, under a policy that approves everything that has a text',
          limits === 'raised'
            ? "X's rate limits are raised a thousand times, and its timelines reach back as far as one likes; a poll a second"
            : "X's own limits: 300 reads of mentions and 100 replies in 15 min, 800 mentions back; the last fifth of the replies is for severity 2 and 3",
          'overtaken: replies that left while a more severe one had waited for 5 s and more',
          `${processes} processes of all workers on ${servers.redis ? 'Redis' : 'Postgres'}, the sandbox and Postgres on the same machine; own posts are waited for 2 s, not 20`,
        ],
      },
    ]
  } finally {
    for (const each of letGo.reverse()) await each()
    await database.drop().catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Milliseconds from the poll to each draft, when it could be seen. */
async function watchDrafts(
  pool: pg.Pool,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<number[]> {
  const seen = new Set<number>()
  const delays: number[] = []
  let last = 0
  let told = Date.now()
  while (!signal.aborted) {
    // Ids are given before their rows can be seen: some below the last one come later.
    const { rows } = await pool.query<{ id: number; ms: number }>(
      `select drafts.id::int, (extract(epoch from clock_timestamp() - posts.received_at) * 1000)::float8 as ms
       from drafts join posts on posts.id = drafts.post_id where drafts.id > $1`,
      [last - 2000],
    )
    for (const { id, ms } of rows) {
      if (seen.has(id)) continue
      seen.add(id)
      delays.push(ms)
      last = Math.max(last, id)
    }
    if (Date.now() - told > 10_000) {
      log(
        `load: ${delays.length} drafts, the last 1,000: p99 ${round(percentile(delays.slice(-1000), 0.99) / 1000)} s`,
      )
      told = Date.now()
    }
    await sleep(LOOK_EVERY_MS)
  }
  return delays
}

async function drained(pool: pg.Pool, mentions: number, limits: 'real' | 'raised'): Promise<void> {
  const until = Date.now() + DRAIN_MS
  while (Date.now() < until) {
    const { rows } = await pool.query<{ posts: number; busy: boolean }>(
      `
      select (select count(*)::int from posts where not own) as posts,
        exists (select 1 from posts where state = 'new') or
        exists (select 1 from cases where needs_draft_since is not null) or
        ($1 and exists (select 1 from drafts where state = 'approved')) as busy`,
      [limits === 'raised'],
    )
    if (rows[0] && rows[0].posts >= mentions && !rows[0].busy) return
    await sleep(500)
  }
}

async function describe(pool: pg.Pool, simulator: XSimulator, drafted: readonly number[]): Promise<Row> {
  const state = await simulator.state()
  const { rows: sent } = await pool.query<{ ms: number }>(`
    select (extract(epoch from replies.sent_at - posts.received_at) * 1000)::float8 as ms
    from replies join drafts on drafts.id = replies.draft_id join posts on posts.id = drafts.post_id
    where replies.state = 'sent'`)
  const { rows } = await pool.query<Record<string, number>>(
    `select (select count(*)::int from posts where not own) as heard,
      (select count(*)::int from drafts where state = 'approved') as waiting,
      (select count(*)::int from dead_letters where state = 'dead') as dead,
      (select count(*)::int from replies as sent join drafts on drafts.id = sent.draft_id join cases on cases.id = drafts.case_id
        where sent.state = 'sent' and exists (
          select 1 from drafts as other join cases as theirs on theirs.id = other.case_id
          left join replies as reply on reply.draft_id = other.id
          where theirs.severity > cases.severity
            and other.publish_at < sent.sending_at - $1 * interval '1 millisecond'
            and (other.state = 'approved' or reply.sending_at > sent.sending_at))) as overtaken`,
    [UNDER_WAY_MS],
  )
  const { rows: severities } = await pool.query<{ severity: number; sent: number; waiting: number }>(`
    select cases.severity, count(*) filter (where drafts.state = 'published')::int as sent,
      count(*) filter (where drafts.state = 'approved')::int as waiting
    from drafts join cases on cases.id = drafts.case_id group by 1 order by 1 desc`)
  const seconds = (samples: readonly number[], share: number) => round(percentile(samples, share) / 1000)
  const sentMs = sent.map(({ ms }) => ms)
  const twice = state.replies.length - new Set(state.replies.map(({ inReplyTo }) => inReplyTo)).size
  return {
    mentions: state.posts.length,
    lost: state.posts.length - Number(rows[0]?.heard),
    'drafted p50 s': seconds(drafted, 0.5),
    'p99 s': seconds(drafted, 0.99),
    'sent p50 s': seconds(sentMs, 0.5),
    'sent p99 s': seconds(sentMs, 0.99),
    sent: sent.length,
    twice,
    'still waiting': Number(rows[0]?.waiting),
    overtaken: Number(rows[0]?.overtaken),
    'dead letters': Number(rows[0]?.dead),
    'sent / waiting by severity': severities
      .map(({ severity, sent: out, waiting }) => `${severity}: ${out}/${waiting}`)
      .join(', '),
  }
}
