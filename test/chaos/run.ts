import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { freePort } from '../../src/store/free-port.ts'
import { startOwnRedis } from '../support/redis-server.ts'
import { killRefunds } from './kill-refunds.ts'
import { killReplay } from './kill-replay.ts'
import { killWorkers } from './kill-workers.ts'

const HELP = `npm run chaos -- --file FILE.ndjson [--kills 10] [--life MS]
  kills the product (kill -9) again and again during a replay, then counts: nothing lost, nothing answered twice
npm run chaos -- --refunds [--orders 1000] [--requests 10] [--processes 8] [--kills 20]
  asks for --requests refunds of each order at once, of processes that are killed, then counts: no order paid twice,
  no budget exceeded, the books balance, nothing lost
npm run chaos -- --mentions 100000 [--rate 100] [--kills 100] [--flushes 2] [--restarts 2] [--drop 0.05]
                 [--processes 3] [--queue redis|postgres] [--seed 1] [--minutes 60]
  customers write on the sandbox's X while workers are killed (kill -9), Redis is emptied, Postgres is restarted and
  X drops connections after the write; then counts on X: every complaint that policy answers has exactly one reply,
  no mention is lost, none is answered that must not be. Redis is a redis-server of its own, from the PATH.
REDIS_URL is used by the first two, where set.
`

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    kills: { type: 'string' },
    life: { type: 'string', default: '1500' },
    refunds: { type: 'boolean' },
    orders: { type: 'string', default: '1000' },
    requests: { type: 'string', default: '10' },
    processes: { type: 'string' },
    mentions: { type: 'string' },
    rate: { type: 'string', default: '100' },
    flushes: { type: 'string', default: '2' },
    restarts: { type: 'string', default: '2' },
    drop: { type: 'string', default: '0.05' },
    queue: { type: 'string', default: 'redis' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    help: { type: 'boolean', short: 'h' },
  },
})
const asked = [values.file, values.refunds, values.mentions].filter((each) => each !== undefined)
if (values.help || asked.length !== 1) {
  process.stderr.write(HELP)
  process.exit(values.help ? 0 : 2)
}
const folder = mkdtempSync(join(tmpdir(), 'kikimimi-chaos-'))
const log = (line: string) => void process.stderr.write(`${line}\n`)
try {
  const good = await (values.file !== undefined
    ? replay(values.file)
    : values.refunds
      ? refunds()
      : mentions(Number(values.mentions)))
  if (!good) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function replay(file: string): Promise<boolean> {
  const report = await killReplay({
    file,
    kills: Number(values.kills ?? 10),
    maxLifeMs: Number(values.life),
    folder,
    port: await freePort(),
    redisUrl: process.env.REDIS_URL,
    log,
  })
  print(report)
  return (
    report.posts === report.lines &&
    report.triages === report.lines &&
    report.replies === report.approved &&
    report.twice.length + report.wrong.length + report.waiting + report.deadLetters === 0
  )
}

async function refunds(): Promise<boolean> {
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres-of-all'))
  try {
    const orders = Number(values.orders)
    const report = await killRefunds({
      databaseUrl: postgres.url,
      redisUrl: process.env.REDIS_URL ?? null,
      queuePrefix: `chaos-${process.pid}`,
      folder,
      orders,
      requestsEach: Number(values.requests),
      processes: Number(values.processes ?? 8),
      kills: Number(values.kills ?? 20),
      budgetOrders: Math.floor(orders * 0.7),
      timeoutMs: 900_000,
      log,
    })
    print(report)
    return (
      report.undecided + report.twice.length + report.differ + report.ledger.length + report.deadLetters ===
        0 &&
      report.paid + report.asked === orders &&
      report.other === 0 &&
      report.mails === report.paid &&
      report.refundedMinor <= report.budgetMinor
    )
  } finally {
    await postgres.stop()
  }
}

async function mentions(count: number): Promise<boolean> {
  const redis = values.queue === 'redis' ? await startOwnRedis() : null
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  try {
    const report = await killWorkers({
      mentions: count,
      perSecond: Number(values.rate),
      processes: Number(values.processes ?? 3),
      kills: Number(values.kills ?? 100),
      flushes: Number(values.flushes),
      restarts: Number(values.restarts),
      drop: Number(values.drop),
      folder,
      redisUrl: redis?.url ?? null,
      seed: Number(values.seed),
      timeoutMs: Number(values.minutes) * 60_000,
      signal: stop.signal,
      log,
    })
    print(report)
    return report.faults.length + report.deadLetters === 0 && report.answered > 0
  } finally {
    await redis?.stop()
  }
}

function print(report: unknown): void {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}
