import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { type App, startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createReportIntake } from '../../src/store/cmcd-reports.ts'
import type { Store } from '../../src/store/database.ts'
import { signSessionToken } from '../../src/streaming/index.ts'
import { serve } from './bare-server.ts'
import { type LoadPlan, type LoadRequest, type LoadResult, startLoad } from './load.ts'
import { type Finding, median, type Row, round } from './report.ts'
import type { Servers } from './servers.ts'

export interface CmcdOptions {
  servers: Servers
  clients: number
  /** Length of one round; there are five of each. */
  seconds: number
  log(line: string): void
}

/** A session may send 100 requests in 10 s: with this many, 30,000 a second pass. */
const SESSIONS = 3_000
const ROUNDS = 5
const MOST_PER_ROUND = 250_000

type Place = 'bare' | 'cmcd' | 'store'
type Round = LoadResult & { serverCpu: number }

/** Players' reports: answered after their commit, beside Express alone and beside the commits alone. */
export async function benchCmcd(options: CmcdOptions): Promise<Finding[]> {
  const database = await options.servers.createDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-bench-'))
  const secret = randomBytes(32).toString('hex')
  const letGo: (() => Promise<unknown>)[] = []
  try {
    const app = await startIntake(database.url, folder, secret)
    letGo.push(() => app.close())
    const bare = await serve(bareIntake())
    letGo.push(() => bare.close())
    const load = startLoad()
    letGo.push(() => load.close())
    const requests = await registerSessions(app.store, secret)
    const plan = (port: number, seconds: number): LoadPlan => ({
      port,
      clients: options.clients,
      seconds,
      most: MOST_PER_ROUND,
      requests,
    })
    const measure: Record<Place, (seconds: number) => Promise<LoadResult>> = {
      bare: (seconds) => load.run(plan(bare.port, seconds)),
      cmcd: (seconds) => load.run(plan(app.port, seconds)),
      store: (seconds) => storeAlone(app.store, options.clients, seconds),
    }
    const rounds: Record<Place, Round[]> = { bare: [], cmcd: [], store: [] }
    for (const place of ['bare', 'cmcd', 'store'] as const) await measure[place](1)
    const before = await storedReports(app.store)
    for (let n = 1; n <= ROUNDS; n++) {
      for (const place of ['bare', 'cmcd', 'store'] as const) {
        const result = await withCpu(() => measure[place](options.seconds))
        rounds[place].push(result)
        options.log(`intake, round ${n} of ${ROUNDS}, ${place}: ${round(result.answered / result.seconds)}/s`)
      }
    }
    checkAnswers(rounds, (await storedReports(app.store)) - before)
    return [describe(rounds, options)]
  } finally {
    for (const each of letGo.reverse()) await each()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The product's own HTTP side without workers; its shop and payments are never called here. */
function startIntake(databaseUrl: string, folder: string, secret: string): Promise<App> {
  const nobody = { origin: 'http://127.0.0.1:9', apiToken: 'unused', apiKey: 'unused-in-this-benchmark' }
  const config = loadConfig({
    PORT: '0',
    DATA_DIR: folder,
    WORKERS: 'none',
    DESK: 'off',
    SECRET_KEY: secret,
  })
  return startApp(config, databaseUrl, {
    x: null,
    smtpUrl: 'smtp://127.0.0.1:9',
    shop: nobody,
    payments: nobody,
    sandboxWeb: null,
  })
}

/** The baseline: Express 5 reads the same body and answers 204. */
function bareIntake() {
  const app = express()
  app.disable('x-powered-by')
  app.post('/v1/cmcd', express.text({ type: () => true, limit: '256kb' }), (_request, response) => {
    response.status(204).end()
  })
  return app
}

async function registerSessions(store: Store, secret: string): Promise<LoadRequest[]> {
  const claims = Array.from({ length: SESSIONS }, (_, n) => ({
    sid: sidOf(n),
    customerId: `cus_${n}`,
    orderId: `ord_${n}`,
    orderLineId: `ord_${n}-1`,
    title: 'Casablanca',
  }))
  await store
    .insertInto('streaming_sessions')
    .values(
      claims.map(({ sid, customerId, orderId, orderLineId, title }) => ({
        sid,
        customer_id: customerId,
        order_id: orderId,
        order_line_id: orderLineId,
        title,
      })),
    )
    .execute()
  return claims.map((each) => ({
    method: 'POST',
    path: '/v1/cmcd',
    headers: {
      authorization: `Bearer ${signSessionToken(each, secret, { now: new Date(), ttlSeconds: 3600 })}`,
      'content-type': 'application/cmcd',
    },
    body: `${reportOf(each.sid)}\n`,
  }))
}

function sidOf(n: number): string {
  return `bench-${String(n).padStart(5, '0')}`
}

/** What hls.js 1.7 sends every five seconds. */
function reportOf(sid: string): string {
  return `bl=(21300),br=(3200),cid="casablanca",e=t,mtp=(25400),sf=h,sid="${sid}",sn={sn},st=v,sta=p,ts=${Date.now()},v=2`
}

let sequence = 0

/** What the database alone can do: the same statements, as many at once, no HTTP and no parsing. */
async function storeAlone(store: Store, clients: number, seconds: number): Promise<LoadResult> {
  const started = performance.now()
  const end = started + seconds * 1000
  let answered = 0
  const intake = createReportIntake(store)
  async function client(): Promise<void> {
    while (performance.now() < end) {
      const sid = sidOf(answered % SESSIONS)
      answered += 1
      // In another mode than the players', so that their rows can be counted.
      await intake.add({ sid, reports: [{ mode: 'query', sn: ++sequence, cmcd: reportOf(sid) }] })
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const took = (performance.now() - started) / 1000
  return { seconds: took, answered, statuses: {}, failed: 0, p50Ms: 0, p95Ms: 0, cpu: 0 }
}

async function withCpu(work: () => Promise<LoadResult>): Promise<Round> {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return { ...result, serverCpu: (user + system) / 1e6 / result.seconds }
}

async function storedReports(store: Store): Promise<number> {
  const row = await store
    .selectFrom('cmcd_reports')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('mode', '=', 'event')
    .executeTakeFirstOrThrow()
  return row.count
}

/** A fast wrong answer is no result: every request got its 204, and every 204 has its row. */
function checkAnswers(rounds: Record<Place, Round[]>, stored: number): void {
  for (const result of [...rounds.bare, ...rounds.cmcd]) {
    if (result.failed > 0 || result.statuses['204'] !== result.answered) {
      throw new Error(
        `not every report was taken: ${JSON.stringify(result.statuses)}, ${result.failed} failed`,
      )
    }
  }
  const answered = rounds.cmcd.reduce((sum, result) => sum + result.answered, 0)
  if (stored !== answered) throw new Error(`${answered} reports were answered with 204, ${stored} are stored`)
}

function describe(rounds: Record<Place, Round[]>, options: CmcdOptions): Finding {
  const rates = (place: Place) => rounds[place].map((each) => each.answered / each.seconds)
  // Round by round: what disturbed the machine in one disturbed its neighbours too.
  const ratio = (place: Place) => median(rates(place).map((rate, n) => rate / (rates('bare')[n] as number)))
  const row = (what: string, place: Place): Row => ({
    what,
    'requests/s': round(median(rates(place))),
    ratio: round(ratio(place)),
    ...(place === 'store'
      ? {}
      : {
          'p50 ms': round(median(rounds[place].map((each) => each.p50Ms))),
          'p95 ms': round(median(rounds[place].map((each) => each.p95Ms))),
          'client CPU': round(median(rounds[place].map((each) => each.cpu))),
        }),
    'server CPU': round(median(rounds[place].map((each) => each.serverCpu))),
  })
  return {
    title: `refunds: CMCD intake, one report a request, ${options.clients} keep-alive clients, ${SESSIONS.toLocaleString('en-US')} sessions`,
    rows: [
      row('bare Express 5: read the body, answer 204', 'bare'),
      row('/v1/cmcd: token, limit, parse, commit, 204', 'cmcd'),
      row('the same group commit, without HTTP', 'store'),
    ],
    notes: [
      `medians of ${ROUNDS} rounds of ${options.seconds} s, taking turns; ratio = requests/s ÷ bare Express of the same round`,
      'CPU in cores; clients and Postgres share the machine with the server. Every 204 was found in the table afterwards',
      'to reach: 0.6',
    ],
  }
}
