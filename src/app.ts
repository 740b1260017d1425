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
  type CallBudget,
  createReplayNetwork,
  createXNetwork,
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
import { autoApproveFrom, loadReplies, type Replies, wantsSecondOpinion } from './replies/index.ts'
import { migrate, openStore, type Store } from './store/database.ts'
import { recordCharges, recordRateLimit, takeCall } from './store/meters.ts'
import { createModelBudget, createModelCache } from './store/model-calls.ts'
import { onLinked } from './store/refund-events.ts'
import { sharedSecret } from './store/secrets.ts'
import { listSources, registerSources } from './store/sources.ts'
import {
  createEntityFinder,
  createSecondOpinion,
  createTriage,
  loadCatalogue,
  loadTaxonomy,
} from './triage/index.ts'

/** Where the outside world is: real services, or the sandbox's. */
export interface Outside {
  x: XConfig | null
  smtpUrl: string
  shop: { origin: string; apiToken: string; apiKey: string } | null
  payments: PaymentsConfig | null
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
  const replies = loadReplies(templates, { ownLinks: () => [`${publicUrl}${CLAIM_PATH}/`] })
  const listening = loadListening(join(templates, 'listening.yaml'))
  const mails = loadMailTemplates(templates)
  const payouts = loadPayouts(join(templates, 'payouts.yaml'))
  const entities = createEntityFinder(loadCatalogue(join(templates, 'catalogue.yaml')))
  const triage = createTriage(taxonomy, { cacheDir: join(config.dataDir, 'triage') })
  const modelPrice = config.openai ? replies.prices.modelPrice(config.openai.model) : null

  const store = openStore(databaseUrl)
  letGo.push(() => store.destroy())
  const model = openModel(config, modelPrice, store)
  letGo.push(() => model.close())
  const stopping = new AbortController()
  await migrate(store)
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
  const networks = await connectNetworks(config, outside, store, replies, listening.x.searches)
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
          ownerOf: (code: string) => taxonomy.codes.find((known) => known.code === code)?.department ?? '',
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
    warnings: () => ruleWarnings(store, new Date(), ruleFiles.faults()),
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
        replies,
        taxonomy,
        refunds: { payouts, shop: refunds?.shop ?? null, gateways: refunds?.gateways ?? null },
        rules: ruleFiles,
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
        refunds,
        linking,
        mailer,
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
  searches: readonly { name: string; query: string }[],
): Promise<Map<string, Network>> {
  const networks: Network[] = []
  if (outside.x) {
    networks.push(
      createXNetwork({
        keys: outside.x,
        searches,
        budget: sharedBudget(store, 'x'),
        meter: meterOf(store, 'x', replies),
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
    take: (endpoint) => takeCall(store, network, endpoint),
    record: (endpoint, limit) => recordRateLimit(store, network, endpoint, limit),
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
