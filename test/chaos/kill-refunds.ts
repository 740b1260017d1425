import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { openQueues } from '../../src/queue/index.ts'
import { activateRule, COMMAND_LINE, loadRefundRules, registerRules } from '../../src/refunds/index.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { migrate, openStore, type Store } from '../../src/store/database.ts'
import { freePort } from '../../src/store/free-port.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'

export interface KillRefundsOptions {
  databaseUrl: string
  redisUrl: string | null
  queuePrefix: string
  /** An empty folder. */
  folder: string
  /** A data folder with what triage learnt, where there is one: learning costs a start seconds. */
  dataDir?: string
  orders: number
  /** For one order, as different complaints; all in all `orders` times as many. */
  requestsEach: number
  processes: number
  kills: number
  /** What a day's budget has room for. */
  budgetOrders: number
  timeoutMs: number
  log?: (line: string) => void
}

export interface KillRefundsReport {
  requests: number
  /** Requests that were not decided in the end. */
  undecided: number
  kills: number
  /** Orders by what became of them, after all was done. */
  paid: number
  asked: number
  other: number
  /** Payments that the provider refunded more than once, or by more than was charged. */
  twice: string[]
  /** What the provider gave back, and the day's budget, minor units. */
  refundedMinor: number
  budgetMinor: number
  /** Refunds that the books and the provider do not agree about. */
  differ: number
  ledger: string[]
  mails: number
  deadLetters: number
  seconds: number
}

const PRICE_MINOR = 299
const CODES = ['item.wrong', 'item.defective', 'delivery.late', 'delivery.missing', 'billing.charge']

/**
 * Asks for far more refunds than there is money for, at once, of many processes that are killed (`kill -9`) at random
 * moments in front of a payment provider that drops connections, and counts at the end: no order is paid twice, no
 * budget is exceeded, the books balance, and no request is lost.
 */
export async function killRefunds(options: KillRefundsOptions): Promise<KillRefundsReport> {
  const started = Date.now()
  const { orders, requestsEach, processes, kills, log = () => {} } = options
  const budgetMinor = options.budgetOrders * PRICE_MINOR
  const templatesDir = templatesWith(join(options.folder, 'templates'), budgetMinor)
  const store = openStore(options.databaseUrl, { max: 4 })
  await migrate(store)
  const rules = loadRefundRules(join(templatesDir, 'refunds'))
  await registerRules(store, rules, { activateFirst: false })
  for (const { id, hash } of rules) {
    // What no person activated would not pay with a real provider.
    await activateRule(store, { ruleId: id, hash, actor: COMMAND_LINE, fourEyes: false })
  }
  const sandbox = await startSandbox({ dir: join(options.folder, 'sandbox'), feed: 'none' })
  const running = new Map<number, ChildProcess>()
  try {
    openShop(sandbox, orders)
    const ids = await writeRequests(store, orders, requestsEach)
    const queues = await openQueues({
      redisUrl: options.redisUrl,
      databaseUrl: options.databaseUrl,
      prefix: options.queuePrefix,
    })
    // Told of twice, and in no order.
    const shuffled = [...ids, ...ids].sort(() => Math.random() - 0.5)
    for (let at = 0; at < shuffled.length; at += 500) {
      await queues.enqueue('refund', shuffled.slice(at, at + 500))
    }
    await queues.close()
    const start = async (slot: number) => {
      running.set(slot, await startProcess(options, sandbox, templatesDir))
    }
    await Promise.all(Array.from({ length: processes }, (_, slot) => start(slot)))
    for (let kill = 1; kill <= kills; kill += 1) {
      await sleep(300 + Math.random() * 1500)
      const kind = Math.random() < 0.5 ? 'drop-after' : 'status'
      sandbox.payments.control.inject({ kind, route: 'create_refund', times: 3 })
      const slot = Math.floor(Math.random() * processes)
      await ended(running.get(slot), 'SIGKILL')
      const left = await undecided(store)
      log(`kill ${kill} of ${kills}: ${left} of ${ids.length} requests to go`)
      await start(slot)
    }
    sandbox.payments.control.clearFaults()
    await settled(store, options.timeoutMs, log)
    return {
      requests: ids.length,
      undecided: await undecided(store),
      kills,
      ...(await countOrders(store)),
      ...(await compare(store, sandbox)),
      budgetMinor,
      ledger: await checkLedger(store),
      mails: new Set((await sandbox.smtp.messages()).map(({ messageId }) => messageId)).size,
      deadLetters: await deadLetters(store),
      seconds: Math.round((Date.now() - started) / 1000),
    }
  } finally {
    await Promise.all([...running.values()].map((child) => ended(child, 'SIGTERM')))
    await sandbox.close()
    await store.destroy()
  }
}

/** The shipped templates with one rule that refunds every complaint in full, and a budget that ends half-way. */
function templatesWith(folder: string, budgetMinor: number): string {
  mkdirSync(folder, { recursive: true })
  cpSync(resolve('templates'), folder, {
    recursive: true,
    filter: (path) => !/\/refunds\/.+\.yaml$/.test(path),
  })
  writeFileSync(
    join(folder, 'refunds', 'every-complaint.yaml'),
    stringify({
      id: 'every-complaint',
      name: { en: 'Every complaint', ja: 'すべての苦情' },
      event: 'complaint.coded',
      codes: CODES,
      priority: 1,
      amount: { sharePercent: 100 },
      mail: 'refund-streaming',
    }),
  )
  const file = join(folder, 'payouts.yaml')
  const payouts = readFileSync(file, 'utf8')
    .replace(/perDayMinor: \{ USD: \d+/, `perDayMinor: { USD: ${budgetMinor}`)
    .replace(/atLeast: \d+/, 'atLeast: 1000000')
  writeFileSync(file, payouts)
  return folder
}

/** Payments are far larger than what the line cost: the provider itself would not stop a second refund. */
function openShop(sandbox: Sandbox, orders: number): void {
  sandbox.shop.control.addCustomer({
    id: 'chaos-customer',
    name: 'Laura',
    email: 'laura@example.com',
    locale: 'en',
    country: 'US',
  })
  for (let n = 1; n <= orders; n += 1) {
    const line = { sku: `sku-${n}`, title: `Thing ${n}`, kind: 'physical' as const }
    sandbox.shop.control.addOrder({
      id: `chaos-${n}`,
      customerId: 'chaos-customer',
      placedAt: new Date().toISOString(),
      country: 'US',
      currency: 'USD',
      paymentId: `chaos-payment-${n}`,
      lines: [{ id: `chaos-line-${n}`, ...line, priceMinor: PRICE_MINOR, quantity: 1 }],
    })
    sandbox.payments.control.addPayment({
      id: `chaos-payment-${n}`,
      amountMinor: PRICE_MINOR * 5,
      currency: 'USD',
    })
  }
}

async function writeRequests(store: Store, orders: number, requestsEach: number): Promise<number[]> {
  const ids: number[] = []
  for (let n = 1; n <= orders; n += 1) {
    const rows = await store
      .insertInto('refund_events')
      .values(
        Array.from({ length: requestsEach }, (_, at) => ({
          key: `complaint:chaos-${n}:${at}`,
          kind: 'complaint' as const,
          customer_id: 'chaos-customer',
          order_id: `chaos-${n}`,
          order_line_id: `chaos-line-${n}`,
          sku: `sku-${n}`,
          code: CODES[at % CODES.length] as string,
          facts: JSON.stringify({ codes: [], severity: 2, confidence: 1, language: 'en', network: 'x' }),
        })),
      )
      .returning('id')
      .execute()
    ids.push(...rows.map(({ id }) => id))
  }
  return ids
}

async function startProcess(
  options: KillRefundsOptions,
  sandbox: Sandbox,
  templatesDir: string,
): Promise<ChildProcess> {
  const nobody = join(options.folder, 'nobody.ndjson')
  writeFileSync(nobody, '')
  const dataDir = options.dataDir ?? join(options.folder, 'data')
  const child = spawn(process.execPath, ['src/main.ts', '--replay', nobody], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(await freePort()),
      DATA_DIR: dataDir,
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redisUrl ?? '',
      QUEUE_PREFIX: options.queuePrefix,
      TEMPLATES_DIR: templatesDir,
      WORKERS: 'refund,payout,mail,sweep',
      DESK: 'off',
      LOG_LEVEL: 'fatal',
      SHOP_ORIGIN: sandbox.shop.origin,
      SHOP_API_TOKEN: sandbox.shop.apiToken,
      SHOP_API_KEY: 'chaos-shop-key-0123',
      PAYMENTS_ORIGIN: sandbox.payments.origin,
      PAYMENTS_API_KEY: sandbox.payments.apiKey,
      PAYMENTS_SIGNING_SECRET: sandbox.payments.signingSecret,
      SMTP_URL: `smtp://${sandbox.smtp.host}:${sandbox.smtp.port}`,
      MAIL_FROM: 'Hinata <no-reply@hinata.example>',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((done, fail) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      if (/Kikimimi is listening/.test(text)) done()
    })
    child.once('exit', (code) => fail(new Error(`a process ended with ${code} before it was ready`)))
  })
  return child
}

function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const exit = new Promise<void>((done) => child.once('exit', () => done()))
  child.kill(signal)
  return exit
}

async function undecided(store: Store): Promise<number> {
  const row = await store
    .selectFrom('refund_events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '<>', 'decided')
    .executeTakeFirstOrThrow()
  return row.count
}

async function settled(store: Store, timeoutMs: number, log: (line: string) => void): Promise<void> {
  const until = Date.now() + timeoutMs
  while (Date.now() < until) {
    const events = await undecided(store)
    const open = await store
      .selectFrom('refunds')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('state', 'in', ['reserved', 'sending', 'pending'])
      .executeTakeFirstOrThrow()
    const mails = await store
      .selectFrom('mails')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('state', '=', 'intent')
      .executeTakeFirstOrThrow()
    log(`to go: ${events} requests, ${open.count} payouts, ${mails.count} mails`)
    if (events + open.count + mails.count === 0) return
    await sleep(2000)
  }
}

async function countOrders(store: Store): Promise<Pick<KillRefundsReport, 'paid' | 'asked' | 'other'>> {
  const rows = await store
    .selectFrom('refunds')
    .select((eb) => ['order_id', 'state', eb.fn.countAll<number>().as('count')])
    .groupBy(['order_id', 'state'])
    .execute()
  const paid = new Set(rows.filter(({ state }) => state === 'paid').map(({ order_id }) => order_id))
  const asked = new Set(rows.filter(({ state }) => state === 'asked').map(({ order_id }) => order_id))
  const all = new Set(rows.map(({ order_id }) => order_id))
  const other = [...all].filter((order) => !paid.has(order) && !asked.has(order))
  return {
    paid: paid.size,
    asked: [...asked].filter((order) => !paid.has(order)).length,
    other: other.length,
  }
}

/** What really went: the provider's own list. */
async function compare(store: Store, sandbox: Sandbox) {
  const refunds = sandbox.payments.control.refunds()
  const byPayment = Map.groupBy(refunds, ({ paymentId }) => paymentId)
  const twice = [...byPayment]
    .filter(
      ([, list]) =>
        list.length > 1 || list.reduce((sum, { amountMinor }) => sum + amountMinor, 0) > PRICE_MINOR,
    )
    .map(([paymentId]) => paymentId)
  const paid = await store
    .selectFrom('refunds')
    .select(['payment_id', 'provider_id'])
    .where('state', '=', 'paid')
    .execute()
  const ours = new Set(paid.map(({ provider_id }) => provider_id))
  const differ =
    refunds.filter(({ id }) => !ours.has(id)).length +
    paid.filter(({ payment_id }) => !byPayment.has(payment_id)).length
  return { twice, differ, refundedMinor: refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0) }
}

async function deadLetters(store: Store): Promise<number> {
  const row = await store
    .selectFrom('dead_letters')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'dead')
    .executeTakeFirstOrThrow()
  return row.count
}
