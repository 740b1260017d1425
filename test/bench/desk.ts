import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import express, { type RequestHandler } from 'express'
import { createDesk } from '../../src/desk/index.ts'
import { loadPayouts } from '../../src/refunds/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import { migrate, openStore, type Store } from '../../src/store/database.ts'
import { createSession } from '../../src/store/users.ts'
import { hashToken } from '../../src/tokens.ts'
import { loadTaxonomy } from '../../src/triage/index.ts'
import { serve } from './bare-server.ts'
import { insertCases, PRODUCTS } from './desk-cases.ts'
import { type Load, type LoadPlan, startLoad } from './load.ts'
import { type Finding, percentile, type Row, round } from './report.ts'
import type { Servers } from './servers.ts'

export interface DeskOptions {
  servers: Servers
  /** How many cases there are, a table of rows for each; ascending. */
  sizes: readonly number[]
  /** Requests for each page and its baseline. */
  requests: number
  /** Cases that are in the database already. */
  filled?: number
  log(line: string): void
}

const TEMPLATES = 'templates'
/** A slow page gets fewer requests. */
const SECONDS_PER_PAGE = 6
const ROUNDS = 3
/** Acts on a whole page of the inbox; a thousand cases must be enough for all of them. */
const BULKS = 7

/** Pages as a person asks for them, one at a time; `ids` are spread over the cases. */
const PAGES: { name: string; paths(cases: number): string[] }[] = [
  { name: 'inbox', paths: () => ['/'] },
  { name: 'inbox, Japanese only', paths: () => ['/?language=ja'] },
  { name: 'inbox, one code', paths: () => ['/?code=item.wrong'] },
  { name: 'inbox, one product', paths: () => [`/?product=${PRODUCTS.often}`] },
  { name: 'inbox, one rare product', paths: () => [`/?product=${PRODUCTS.seldom}`] },
  { name: 'inbox, far down', paths: () => ['/?after=1~2035-01-01%2000:00:00%2B00~0~1'] },
  { name: 'inbox, all cases', paths: () => ['/?view=all'] },
  { name: 'inbox, search 荷物', paths: () => [`/?q=${encodeURIComponent('荷物')}`] },
  { name: 'inbox, search nothing', paths: () => [`/?q=${encodeURIComponent('麒麟')}`] },
  { name: 'inbox, search one parcel', paths: (cases) => [`/?q=${cases - 4}`] },
  { name: 'inbox, search one person', paths: (cases) => [`/?q=person${cases}`] },
  {
    name: 'case',
    paths: (cases) => Array.from({ length: 50 }, (_, n) => `/cases/${1 + Math.floor((n * cases) / 50)}`),
  },
]

/** What the social team waits for, beside Express sending the same bytes from memory. */
export async function benchDesk(options: DeskOptions): Promise<Finding[]> {
  const database = await options.servers.createDatabase()
  const letGo: (() => Promise<unknown>)[] = []
  try {
    const store = openStore(database.url)
    letGo.push(() => store.destroy())
    await migrate(store)
    const clock = createClock()
    const desk = createDesk(deskParts(store, database.url))
    letGo.push(() => desk.close())
    const memory = new Map<string, string>()
    const app = express().disable('x-powered-by')
    app.use(clock.middleware)
    app.get('/from-memory', (_request, response) => {
      response.set('cache-control', 'no-store').type('html').send(memory.get('html'))
    })
    const server = await serve(app.use(desk.router))
    letGo.push(() => server.close())
    const load = startLoad()
    letGo.push(() => load.close())
    const cookie = await signIn(store)
    const rows: Row[] = []
    let filled = options.filled ?? 0
    for (const cases of options.sizes) {
      if (cases > filled) await insertCases(store, filled + 1, cases)
      filled = cases
      for (const page of PAGES) {
        const html = await readPage(server.port, page.paths(cases)[0] as string, cookie)
        memory.set('html', html)
        const row = await measurePage(load, clock, server.port, page.paths(cases), cookie, options.requests)
        rows.push({ cases, page: page.name, KiB: round(Buffer.byteLength(html) / 1024), ...row })
        options.log(`desk, ${cases} cases, ${page.name}: p50 ${row['p50 ms']} ms`)
      }
      const approved = await measureApprovals(store, clock, server.port, cookie, options.requests)
      rows.push({ cases, page: 'approve', KiB: 0, ...approved })
      for (const action of ['assign', 'approve', 'close'] as const) {
        const many = await measureBulk(clock, server.port, cookie, action)
        rows.push({ cases, page: `${action} 30 at once`, KiB: 0, ...many })
        options.log(`desk, ${cases} cases, ${action} 30 at once: p50 ${many['p50 ms']} ms`)
      }
    }
    return [describe(rows, options)]
  } finally {
    for (const each of letGo.reverse()) await each()
    await database.drop()
  }
}

function deskParts(store: Store, databaseUrl: string): Parameters<typeof createDesk>[0] {
  return {
    store,
    databaseUrl,
    queues: { enqueue: async () => {}, counts: async () => ({ waiting: 0, active: 0, delayed: 0 }) },
    config: { publicUrl: 'http://localhost', trustProxy: 0 },
    sandbox: { web: null, parts: { x: false, shop: false, payments: false, mail: false } },
    replies: loadReplies(TEMPLATES),
    taxonomy: loadTaxonomy(join(TEMPLATES, 'taxonomy.yaml')),
    refunds: { payouts: loadPayouts(join(TEMPLATES, 'payouts.yaml')) },
    rules: { faults: () => [], load: () => [] },
  }
}

/** Times requests at the server: from the first handler until the answer is handed to the socket. */
function createClock(): { middleware: RequestHandler; take(): number[] } {
  let samples: number[] = []
  return {
    middleware(_request, response, next) {
      const started = performance.now()
      response.on('finish', () => samples.push(performance.now() - started))
      next()
    },
    take() {
      const taken = samples
      samples = []
      return taken
    },
  }
}

async function signIn(store: Store): Promise<string> {
  const { id } = await store
    .insertInto('users')
    .values({ name: 'Bench', login: 'bench', password_hash: 'none', role: 'approver', language: 'ja' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Date.now() + 3_600_000)
  await createSession(store, { tokenHash: hashToken(token), userId: id, csrfToken: 'bench', expiresAt })
  return `kikimimi_session=${token}`
}

/** The page itself, so that the baseline sends the same; anything but a page is an error. */
async function readPage(port: number, path: string, cookie: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie }, redirect: 'manual' })
  const html = await answer.text()
  if (answer.status !== 200 || !html.includes('</html>')) {
    throw new Error(`${path} answered ${answer.status}: ${html.slice(0, 200)}`)
  }
  return html
}

async function measurePage(
  load: Load,
  clock: ReturnType<typeof createClock>,
  port: number,
  paths: readonly string[],
  cookie: string,
  requests: number,
) {
  const run = async (some: readonly string[], most: number): Promise<number[]> => {
    const headers = { cookie, accept: 'text/html', 'accept-language': 'ja' }
    const plan: LoadPlan = {
      port,
      clients: 1,
      seconds: SECONDS_PER_PAGE / ROUNDS,
      most,
      requests: some.map((path) => ({ method: 'GET', path, headers })),
    }
    clock.take()
    const result = await load.run(plan)
    if (result.failed > 0 || result.statuses['200'] !== result.answered) {
      throw new Error(`${some[0]}: not every page came: ${JSON.stringify(result.statuses)}`)
    }
    return clock.take()
  }
  await run(paths, 5)
  const page: number[] = []
  const bare: number[] = []
  for (let n = 0; n < ROUNDS; n++) {
    bare.push(...(await run(['/from-memory'], Math.ceil(requests / ROUNDS))))
    page.push(...(await run(paths, Math.ceil(requests / ROUNDS))))
  }
  return {
    requests: page.length,
    'p50 ms': round(percentile(page, 0.5)),
    'p95 ms': round(percentile(page, 0.95)),
    'bare p50 ms': round(percentile(bare, 0.5)),
    'bare p95 ms': round(percentile(bare, 0.95)),
    'ratio p50': round(percentile(page, 0.5) / percentile(bare, 0.5)),
  }
}

/** Approvals of different drafts, one after the other, each with its checks and the way to the next case. */
async function measureApprovals(
  store: Store,
  clock: ReturnType<typeof createClock>,
  port: number,
  cookie: string,
  requests: number,
) {
  const drafts = await store
    .selectFrom('drafts')
    .select(['id', 'version', 'text'])
    .where('state', '=', 'pending')
    .orderBy('id', 'desc')
    .limit(requests)
    .execute()
  clock.take()
  for (const { id, version, text } of drafts) {
    const answer = await fetch(`http://127.0.0.1:${port}/drafts/${id}/approve`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ csrf: 'bench', version: String(version), text: `${id} ${text}` }),
      redirect: 'manual',
    })
    await answer.arrayBuffer()
    if (answer.status !== 303) throw new Error(`approving ${id} answered ${answer.status}`)
  }
  return withoutBaseline(clock.take())
}

/** A whole page of the inbox at once, as ticked there; each time the next page's worth. */
async function measureBulk(
  clock: ReturnType<typeof createClock>,
  port: number,
  cookie: string,
  action: 'assign' | 'approve' | 'close',
) {
  const times: number[] = []
  for (let n = 0; n < BULKS; n++) {
    const html = await readPage(port, '/?view=decide', cookie)
    const body = new URLSearchParams({ csrf: 'bench', to: 'nobody', reason: 'Solved by telephone' })
    for (const [, seen = ''] of html.matchAll(/name="case" value="([\d.]+)"/g)) body.append('case', seen)
    clock.take()
    const answer = await fetch(`http://127.0.0.1:${port}/inbox/${action}`, {
      method: 'POST',
      headers: { cookie },
      body,
      redirect: 'manual',
    })
    await answer.arrayBuffer()
    const place = decodeURIComponent(answer.headers.get('location') ?? '')
    if (answer.status !== 303 || !/told=[a-z]+~[1-9]/.test(place)) {
      throw new Error(`${action} of many answered ${answer.status}: ${place}`)
    }
    times.push(...clock.take())
  }
  return withoutBaseline(times)
}

function withoutBaseline(times: number[]) {
  return {
    requests: times.length,
    'p50 ms': round(percentile(times, 0.5)),
    'p95 ms': round(percentile(times, 0.95)),
    'bare p50 ms': '–',
    'bare p95 ms': '–',
    'ratio p50': '–',
  }
}

function describe(rows: Row[], options: DeskOptions): Finding {
  return {
    title: `desk: pages for one signed-in person, up to ${options.requests} requests each, one at a time`,
    rows,
    notes: [
      'times at the server, from the first handler to the last byte handed over; baseline: Express 5 sends the same HTML from memory',
      'ratio p50 = page p50 ÷ bare p50; of the cases 70 % are open, 30 % answered',
    ],
  }
}
