import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import express, { type Router } from 'express'
import helmet from 'helmet'
import { type RunningWorker, startWorkers } from '../workers/index.ts'
import { type Config, type PaymentsConfig, type SandboxParts, sandboxParts, type XConfig } from './config.ts'
import { createHttp, type WebhookSecrets } from './http/index.ts'
import { createLanguageModel, type LanguageModel, type ModelPrice } from './language-model/index.ts'
import { CLAIM_PATH, createLinking, type Linking } from './linking/index.ts'
import {
  type ApiAllowance,
  type ApiBudget,
  type ApiSpend,
  type ApiUse,
  allowanceFor,
  type CallBudget,
  createReplayNetwork,
  createXNetwork,
  type ListeningFile,
  loadListening,
  type Meter,
  type Network,
} from './listening/index.ts'
import { httpLog } from './log.ts'
import { createMailer, loadMailTemplates } from './mail/index.ts'
import { apiSpend } from './metrics.ts'
import { openQueues, type Queues } from './queue/index.ts'
import {
  createShopClient,
  type GatewayState,
  loadPayouts,
  openGateways,
  ruleWarnings,
  watchRules,
} from './refunds/index.ts'
import { autoApproveFrom, type Replies, wantsSecondOpinion, watchReplies } from './replies/index.ts'
import { chatChannels } from './store/chat-outbox.ts'
import { storeContactCodes } from './store/contacts.ts'
import { lateCordMessages } from './store/cord-messages.ts'
import { migrate, openStore, type Store } from './store/database.ts'
import { callRoom, recordCharges, recordRateLimit, takeCall } from './store/meters.ts'
import { createModelBudget, createModelCache } from './store/model-calls.ts'
import { onLinked } from './store/refund-events.ts'
import { sharedSecret } from './store/secrets.ts'
import { listSources, registerSources } from './store/sources.ts'
import { spentBy } from './store/spend.ts'
import {
  ABUSE,
  anonymise,
  type Catalogue,
  createEntityFinder,
  createSecondOpinion,
  createTriage,
  loadCatalogue,
  loadTaxonomy,
  type Taxonomy,
} from './triage/index.ts'
import {
  type CodeBook,
  type CordTarget,
  type Letters,
  loadChat,
  loadLetters,
  loadRetention,
  loadReviews,
  type ThingBook,
} from './voice/index.ts'
import { formatFault } from './yaml-file.ts'

/** Where the outside world is: real services, or the sandbox's. */
export interface Outside {
  x: XConfig | null
  smtpUrl: string
  shop: { origin: string; apiToken: string; apiKey: string } | null
  payments: PaymentsConfig | null
  /** Where the shop hears of cords; null, or left out: nowhere. */
  cord?: CordTarget | null
  /** Where authors of posts sign in to X and to the shop; null, or left out: they can not. */
  linking?: {
    x: { clientId: string; clientSecret: string | null; authorizeUrl: string }
    shop: { issuer: string; clientId: string; clientSecret: string }
  } | null
  /** The sandbox's own pages, where it plays. */
  sandboxWeb: string | null
}

export interface App {
  store: Store
  queues: Queues
  port: number
  parts: SandboxParts
  /** null where authors of posts can not tell which customer they are. */
  linking: Linking | null
  /** Stops listening, lets what is in hand finish, and lets go of everything. */
  close(): Promise<void>
}

/** A retrying source is a fault of ours only when it lasts. */
const RETRYING_TOO_LONG_MS = 5 * 60_000
const STARTED_AT = Date.now()

/**
 * Puts the product together and starts it: store, queues, networks, workers, pages.
 * @throws TemplateFileError, ConfigError, or what the database says
 */
export async function startApp(config: Config, databaseUrl: string, outside: Outside): Promise<App> {
  const letGo: (() => unknown)[] = []
  try {
    return await assemble(config, databaseUrl, outside, letGo)
  } catch (error) {
    for (const each of letGo.reverse()) await each()
    throw error
  }
}

async function assemble(
  config: Config,
  databaseUrl: string,
  outside: Outside,
  letGo: (() => unknown)[],
): Promise<App> {
  const templates = config.templatesDir
  // Files first: a fault in them is told before anything is opened.
  const taxonomy = loadTaxonomy(join(templates, 'taxonomy.yaml'))
  // Port 0 is any that is free: known once the server listens.
  let { publicUrl } = config
  const replies = watchReplies(templates, { ownLinks: () => [`${publicUrl}${CLAIM_PATH}/`] })
  letGo.push(() => replies.stop())
  const listening = loadListening(join(templates, 'listening.yaml'))
  const retention = loadRetention(join(templates, 'retention.yaml'))
  const mails = loadMailTemplates(templates)
  const payouts = loadPayouts(join(templates, 'payouts.yaml'))
  const chat = { channels: loadChat(join(templates, 'chat.yaml')), codes: codeBook(taxonomy) }
  const letters: Letters = {
    file: loadLetters(join(templates, 'letters.yaml')),
    codes: chat.codes,
    timeZone: () => replies.brand.timeZone,
    mask: (text, names) => anonymise(text, { names }),
    abuse: ABUSE,
    language: replies.brand.locales[0] === 'ja' ? 'ja' : 'en',
  }
  const reviews = loadReviews(join(templates, 'reviews.yaml'))
  const catalogue = loadCatalogue(join(templates, 'catalogue.yaml'))
  const entities = createEntityFinder(catalogue)
  const things = thingBook(catalogue, chat.codes)
  const triage = createTriage(taxonomy, { cacheDir: join(config.dataDir, 'triage') })
  const modelPrice = config.openai ? replies.prices.modelPrice(config.openai.model) : null

  const store = openStore(databaseUrl)
  letGo.push(() => store.destroy())
  const model = openModel(config, modelPrice, store)
  letGo.push(() => model.close())
  const stopping = new AbortController()
  await migrate(store)
  await storeContactCodes(store, taxonomy.codes)
  const ruleFiles = await watchRules(store, join(templates, 'refunds'), {
    activateFirst: sandboxParts(config).payments,
    realMoney: config.payments !== null,
    known: {
      hasMail: (name) => mails.locales(name).length > 0,
      codes: taxonomy.codes.map(({ code }) => code),
      hasReply: (code) => replies.codes.includes(code),
    },
  })
  letGo.push(() => ruleFiles.stop())
  const queues = await openQueues({
    redisUrl: config.redisUrl,
    databaseUrl,
    prefix: config.queuePrefix,
  })
  letGo.push(() => queues.close())
  const networks = await connectNetworks(config, outside, store, replies, listening.x)
  for (const network of networks.values()) letGo.push(() => network.close())
  const mailer = createMailer({ smtpUrl: outside.smtpUrl, from: config.mailFrom })
  letGo.push(() => mailer.close())
  const refunds =
    config.refunds && outside.shop && outside.payments
      ? {
          shop: createShopClient(outside.shop),
          gateways: openGateways(outside.payments, outside.shop),
          payouts,
          mails,
          ownerOf: chat.codes.ownerOf,
        }
      : null
  const workers: RunningWorker[] = []
  const parts = sandboxParts(config)

  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', config.trustProxy)
  const http = createHttp({
    store,
    queues,
    health: async () => [
      ...(await healthReasons(store, queues, workers, config)),
      ...Object.values(refunds?.gateways ?? {}).flatMap((gateway) => gatewayProblem(gateway.state())),
    ],
    warnings: async () => [
      ...replies.faults().map((fault) => `templates: the last good ones stay live: ${formatFault(fault)}`),
      ...(await ruleWarnings(store, new Date(), ruleFiles.faults())),
      ...(await chatChannels(store)).flatMap(({ name, problem, waiting }) =>
        problem ? [`chat ${name}: ${waiting} messages wait: ${problem}`] : [],
      ),
      ...(outside.cord ? await lateCordMessages(store) : []).map(
        ({ cord_id, what, problem }) =>
          `the shop has not taken cord ${cord_id} (${what}) yet: ${problem ?? 'no attempt was made'}`,
      ),
    ],
    metricsToken: config.metricsToken,
    tokenSecrets: await tokenSecrets(store, config),
    shopApiKey: refunds ? (outside.shop?.apiKey ?? null) : null,
    webhooks: refunds && outside.payments ? webhookSecrets(outside.payments) : null,
  })
  app.use(http.router)
  // Its address is known once the server listens.
  let claims: Router | null = null
  app.use((request, response, next) => (claims ? claims(request, response, next) : next()))
  // Loaded only where it is wanted: a process of workers stays small.
  const desk = config.desk
    ? (await import('./desk/index.ts')).createDesk({
        store,
        databaseUrl,
        queues,
        config,
        sandbox: { web: outside.sandboxWeb, parts },
        apiBudget: listening.x.budget ?? null,
        retention: { days: retention.days, lookPriceMicroUsd: replies.prices.priceMicroUsd('post.read') },
        replies,
        taxonomy,
        refunds: { payouts, shop: refunds?.shop ?? null, gateways: refunds?.gateways ?? null },
        rules: ruleFiles,
        letters,
        writing: { replies, model },
        andon: { catalogue, things, shop: outside.cord ? new URL(outside.cord.url).host : null },
      })
    : null
  if (desk) app.use(desk.router)
  else
    app.use(helmet(), (_request, response) => void response.status(404).json({ error: 'no desk runs here' }))

  let server: Server | null = null
  // The desk first: its open event streams would keep the server from closing.
  letGo.push(async () => {
    await desk?.close()
    if (server) await closeServer(server)
  })
  server = await listen(http.before(app), config)
  const address = server.address()
  publicUrl = config.publicUrl.replace(
    /:0$/,
    `:${typeof address === 'object' && address ? address.port : config.port}`,
  )
  const linking = openLinking(config, outside, store, replies, publicUrl, await tokenSecrets(store, config))
  if (linking) {
    const { createClaims } = await import('./claims/index.ts')
    claims = createClaims({
      store,
      linking,
      publicUrl,
      brandName: replies.brand.name,
      async onLinked(network, authorId, customerId) {
        const ready = await store
          .transaction()
          .execute((trx) => onLinked(trx, { network, authorId, customerId }))
        await queues.enqueue('refund', ready)
      },
    })
  }
  workers.push(
    ...startWorkers(
      {
        config,
        store,
        queues,
        networks,
        triage,
        entities,
        model,
        secondOpinion:
          model.name === null
            ? null
            : createSecondOpinion({
                taxonomy,
                model,
                wants: (local) => wantsSecondOpinion(replies.policy, local),
                autoApproveFrom: autoApproveFrom(replies.policy),
              }),
        replies,
        retention,
        refunds,
        linking,
        mailer,
        chat: { ...chat, publicUrl },
        things,
        cordTarget: outside.cord ?? null,
        letters: { letters, mails },
        reviews,
        stopping: stopping.signal,
      },
      config.workers,
    ),
  )
  return {
    store,
    queues,
    port: typeof address === 'object' && address ? address.port : config.port,
    parts,
    linking,
    async close() {
      stopping.abort()
      // Workers that wait for it go on at once.
      await model.close()
      await Promise.all(workers.splice(0).map((worker) => worker.stop()))
      for (const each of letGo.splice(0).reverse()) await each()
    },
  }
}

function thingBook({ products, titles }: Catalogue, codes: CodeBook): ThingBook {
  const isTitle = new Set(titles.map(({ id }) => id))
  const names = new Map([...products, ...titles].map(({ id, name }) => [id, name]))
  return {
    isTitle: (id) => isTitle.has(id),
    nameOf: (id) => names.get(id) ?? null,
    nameOfCode: codes.nameOf,
  }
}

function codeBook({ codes }: Taxonomy): CodeBook {
  const known = new Map(codes.map((each) => [each.code, each]))
  return {
    nameOf: (code) => known.get(code)?.name ?? { en: code, ja: code },
    ownerOf: (code) => known.get(code)?.department ?? '',
  }
}

function openModel({ openai }: Config, price: ModelPrice | null, store: Store): LanguageModel {
  if (!openai || !price) return createLanguageModel(null)
  return createLanguageModel({
    ...openai,
    price,
    budget: createModelBudget(store, openai.dailyBudgetMicroUsd),
    cache: createModelCache(store),
  })
}

async function connectNetworks(
  config: Config,
  outside: Outside,
  store: Store,
  replies: Replies,
  listening: ListeningFile['x'],
): Promise<Map<string, Network>> {
  const networks: Network[] = []
  if (outside.x) {
    networks.push(
      createXNetwork({
        keys: outside.x,
        searches: listening.searches,
        showsUpMs: listening.showsUpSeconds * 1000,
        budget: sharedBudget(store, 'x'),
        meter: meterOf(store, 'x', replies),
        ...(listening.budget ? { allowance: askBudget(store, 'x', listening.budget) } : {}),
      }),
    )
  }
  if (config.replay) {
    networks.push(
      createReplayNetwork({ ...config.replay, repliesFile: join(config.dataDir, 'replay-replies.ndjson') }),
    )
  }
  for (const network of networks) await registerSources(store, network.name, await network.sources())
  return new Map(networks.map((network) => [network.name, network]))
}

function sharedBudget(store: Store, network: string): CallBudget {
  return {
    take: (endpoint, keepFree) => takeCall(store, network, endpoint, keepFree),
    look: (endpoint, keepFree) => callRoom(store, network, endpoint, keepFree),
    record: (endpoint, limit) => recordRateLimit(store, network, endpoint, limit),
  }
}

/** What was spent is looked up once in a while: a page more does not matter. */
const SPEND_IS_FRESH_MS = 5_000

function askBudget(store: Store, network: string, budget: ApiBudget): (use: ApiUse) => Promise<ApiAllowance> {
  let spend: Promise<ApiSpend> | null = null
  let askedAt = 0
  return async (use) => {
    const now = new Date()
    if (spend === null || now.getTime() - askedAt > SPEND_IS_FRESH_MS) {
      askedAt = now.getTime()
      spend = spentBy(store, network, now)
    }
    const asked = spend
    try {
      return allowanceFor(use, budget, await asked, now)
    } catch (error) {
      spend = null
      throw error
    }
  }
}

function meterOf(store: Store, network: string, replies: Replies): Meter {
  return {
    async charge(units) {
      const charges = units.map((unit) => ({ ...unit, microUsd: replies.prices.priceMicroUsd(unit.kind) }))
      for (const charged of await recordCharges(store, network, charges)) {
        apiSpend.inc({ network, kind: charged.kind }, charged.microUsd)
      }
    },
  }
}

/** null where nobody can sign in to both: complaints that wait for it go to a person. */
function openLinking(
  config: Config,
  outside: Outside,
  store: Store,
  replies: Replies,
  publicUrl: string,
  secrets: string[],
): Linking | null {
  if (!outside.linking || !outside.x || !config.refunds) return null
  const meter = meterOf(store, 'x', replies)
  return createLinking({
    publicUrl,
    secrets,
    x: {
      ...outside.linking.x,
      apiOrigin: outside.x.origin ?? 'https://api.x.com',
      ca: outside.x.ca,
      onRead: (userId) => meter.charge([{ kind: 'user.read', resource: `user:${userId}` }]),
    },
    shop: outside.linking.shop,
  })
}

async function tokenSecrets(store: Store, config: Config): Promise<string[]> {
  const current = config.secretKey ?? (await sharedSecret(store, 'session-tokens'))
  return config.previousSecretKey ? [current, config.previousSecretKey] : [current]
}

async function healthReasons(
  store: Store,
  queues: Queues,
  workers: readonly RunningWorker[],
  config: Config,
): Promise<string[]> {
  const reasons = workers.flatMap((worker) => {
    const health = worker.health()
    return health.ok ? [] : [health.reason]
  })
  // Each answers within seconds or is itself what is wrong.
  const [sources, queue] = await Promise.allSettled([listSources(store), queues.counts('triage')])
  if (sources.status === 'rejected') reasons.push(`Postgres: ${sources.reason.message}`)
  if (queue.status === 'rejected') reasons.push(`queue on ${queues.backend}: ${queue.reason.message}`)
  if (sources.status === 'fulfilled' && config.workers.includes('listen')) {
    reasons.push(...sources.value.flatMap(sourceProblem))
  }
  return reasons
}

function gatewayProblem({ name, circuit, openUntil, failure }: GatewayState): string[] {
  return circuit === 'open'
    ? [`gateway ${name}: circuit open until ${openUntil?.toISOString()}, payouts wait: ${failure?.reason}`]
    : []
}

function webhookSecrets(payments: PaymentsConfig): WebhookSecrets {
  const secrets = payments.webhookSecrets ?? []
  return payments.kind === 'stripe' ? { stripe: secrets, payments: [] } : { stripe: [], payments: secrets }
}

function sourceProblem(source: {
  id: string
  state: string
  problem: string | null
  ok_at: Date | null
}): string[] {
  // A source that never answered is not late before this process has tried for a while.
  const since = Math.max(source.ok_at?.getTime() ?? 0, STARTED_AT)
  const lasting = source.state === 'retrying' && Date.now() - since > RETRYING_TOO_LONG_MS
  return source.state === 'revoked' || source.state === 'blocked' || lasting
    ? [`${source.id}: ${source.problem}`]
    : []
}

function listen(handle: RequestListener, config: Config): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer(handle)
    server.once('error', (error: Error & { code?: string }) => {
      fail(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${config.port} is taken. Stop what listens there, or choose another: PORT=3010 npm start`,
            )
          : error,
      )
    })
    server.listen(config.port, config.host, () => done(server))
    server.requestTimeout = 30_000
    server.headersTimeout = 15_000
  })
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((done) => {
    server.close(() => done())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 3000).unref()
  })
  httpLog.debug('closed')
}
