import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { freePort } from '../../src/store/free-port.ts'
import { killRefunds } from './kill-refunds.ts'
import { killReplay } from './kill-replay.ts'

const HELP = `npm run chaos -- --file FILE.ndjson [--kills 10] [--life MS]
  kills the product (kill -9) again and again during a replay, then counts: nothing lost, nothing answered twice
npm run chaos -- --refunds [--orders 1000] [--requests 10] [--processes 8] [--kills 20]
  asks for --requests refunds of each order at once, of processes that are killed, then counts: no order paid twice,
  no budget exceeded, the books balance, nothing lost
REDIS_URL is used where set.
`

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    kills: { type: 'string' },
    life: { type: 'string', default: '1500' },
    refunds: { type: 'boolean' },
    orders: { type: 'string', default: '1000' },
    requests: { type: 'string', default: '10' },
    processes: { type: 'string', default: '8' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help || (values.file === undefined) === (values.refunds !== true)) {
  process.stderr.write(HELP)
  process.exit(values.help ? 0 : 2)
}
const folder = mkdtempSync(join(tmpdir(), 'kikimimi-chaos-'))
const log = (line: string) => void process.stderr.write(`${line}\n`)
try {
  const good = values.file === undefined ? await refunds() : await replay(values.file)
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
      processes: Number(values.processes),
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

function print(report: unknown): void {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}
