import { resolve } from 'node:path'
import { z } from 'zod'

/** The environment can not be used as it is; `message` lists every fault at once. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  faults: string[]
  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
    this.faults = faults
  }
}

export const WORKER_NAMES = [
  'listen',
  'triage',
  'draft',
  'publish',
  'quality',
  'refund',
  'payout',
  'replace',
  'mail',
  'sweep',
] as const
export type WorkerName = (typeof WORKER_NAMES)[number]

const port = z.coerce.number().int().min(0).max(65_535)
const flag = z.enum(['on', 'off'], 'must be "on" or "off"').transform((value) => value === 'on')
const origin = z
  .url('must be an origin such as https://shop.example')
  .transform((value) => value.replace(/\/+$/, ''))
const secret = (minimum: number) => z.string().min(minimum, `must be at least ${minimum} characters`)
/** One secret, or several while one is exchanged for another. */
const secretList = (minimum: number) =>
  z
    .string()
    .transform((value) => value.split(',').map((one) => one.trim()))
    .refine(
      (all) => all.every((one) => one.length >= minimum),
      `each must be at least ${minimum} characters; several are divided by commas`,
    )

const environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: origin.optional(),
  DATA_DIR: z.string().min(1).default('data'),
  TEMPLATES_DIR: z.string().min(1).default('templates'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
    .optional(),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'use up to 40 letters, digits, "_" and "-"')
    .default('kikimimi'),
  WORKERS: z.string().default('all'),
  DESK: flag.default(true),
  DESK_OIDC_ISSUER: z.url('must be an address such as https://id.hinata.example').optional(),
  DESK_OIDC_CLIENT_ID: z.string().min(1).optional(),
  DESK_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  DESK_OIDC_ROLES: z.string().min(1).optional(),
  DESK_PASSWORDS: flag.default(true),
  /** Read by log.ts; validated here with the rest. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
  METRICS_TOKEN: secret(16).optional(),
  SECRET_KEY: secret(32).optional(),
  PREVIOUS_SECRET_KEY: secret(32).optional(),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),

  X_API_KEY: z.string().min(1).optional(),
  X_API_SECRET: z.string().min(1).optional(),
  X_ACCESS_TOKEN: z.string().min(1).optional(),
  X_ACCESS_SECRET: z.string().min(1).optional(),
  X_API_ORIGIN: origin.optional(),
  X_CLIENT_ID: z.string().min(1).optional(),
  X_CLIENT_SECRET: z.string().min(1).optional(),
  X_POLL_SECONDS: z.coerce.number().min(1).max(3600).default(5),

  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().min(3).optional(),

  REFUNDS: flag.default(true),
  SHOP_ORIGIN: origin.optional(),
  SHOP_API_TOKEN: z.string().min(1).optional(),
  SHOP_API_KEY: secret(16).optional(),
  CORD_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://shop.example/hooks/cord' })
    .optional(),
  CORD_SECRET: secret(16).optional(),
  CORD_PRIVATE: flag.default(false),
  SHOP_OIDC_ISSUER: z.url('must be an address such as https://id.shop.example').optional(),
  SHOP_OIDC_CLIENT_ID: z.string().min(1).optional(),
  SHOP_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  PAYMENTS_ORIGIN: origin.optional(),
  PAYMENTS_API_KEY: z.string().min(1).optional(),
  PAYMENTS_SIGNING_SECRET: secret(16).optional(),
  PAYMENTS_WEBHOOK_SECRET: secretList(16).optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(
      /^[sr]k_(live|test)_\w+$/,
      'must be a secret or restricted key of Stripe: sk_live_…, rk_live_…, sk_test_…',
    )
    .optional(),
  STRIPE_WEBHOOK_SECRET: secretList(16).optional(),
  STRIPE_API_ORIGIN: origin.optional(),

  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://models.example/v1' })
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  OPENAI_MODEL: z.string().min(1).optional(),
  OPENAI_DAILY_BUDGET_USD: z.coerce.number().min(0).max(100_000).default(5),
  OPENAI_TIMEOUT_SECONDS: z.coerce.number().min(1).max(60).default(10),
  OPENAI_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),

  CHAT_PRIVATE_HOSTS: z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((host) => host.trim().toLowerCase())
        .filter(Boolean),
    )
    .refine(
      (hosts) => hosts.every((host) => /^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(host)),
      'must be hosts, such as chat.internal.example or 10.0.0.7:8080, divided by commas',
    )
    .default([]),

  SANDBOX_PORT: port.default(0),
  SANDBOX_SPEED: z.coerce.number().positive().max(1000).default(1),
  SESSION_IDLE_SECONDS: z.coerce.number().int().min(1).max(86_400).optional(),
})

const SANDBOX_SENDER = 'Hinata <no-reply@hinata.example>'

/** Groups of settings that only make sense together. */
const TOGETHER: readonly (readonly (keyof z.infer<typeof environment>)[])[] = [
  ['X_API_KEY', 'X_API_SECRET', 'X_ACCESS_TOKEN', 'X_ACCESS_SECRET'],
  ['SHOP_ORIGIN', 'SHOP_API_TOKEN', 'SHOP_API_KEY'],
  ['PAYMENTS_ORIGIN', 'PAYMENTS_API_KEY'],
  ['CORD_URL', 'CORD_SECRET'],
  ['DESK_OIDC_ISSUER', 'DESK_OIDC_CLIENT_ID', 'DESK_OIDC_CLIENT_SECRET'],
  ['X_CLIENT_ID', 'SHOP_OIDC_ISSUER', 'SHOP_OIDC_CLIENT_ID', 'SHOP_OIDC_CLIENT_SECRET'],
]

export interface Replay {
  file: string
  /** Factor over the recorded pace; null = as fast as possible. */
  speed: number | null
}

export interface Config {
  port: number
  host: string
  publicUrl: string
  dataDir: string
  templatesDir: string
  /** null: the embedded Postgres in `dataDir`. */
  databaseUrl: string | null
  /** null: BullMQ's Postgres backend. */
  redisUrl: string | null
  /** Keeps installations that share one Redis apart. */
  queuePrefix: string
  workers: readonly WorkerName[]
  desk: boolean
  /** null: people sign in with passwords only. */
  deskOidc: DeskOidcConfig | null
  /** False only beside `deskOidc`. */
  deskPasswords: boolean
  metricsToken: string | null
  secretKey: string | null
  previousSecretKey: string | null
  trustProxy: number
  /** null: the sandbox's X (or none, where a file is replayed). */
  x: XConfig | null
  xPollMs: number
  replay: Replay | null
  /** null: the sandbox's inbox. */
  smtpUrl: string | null
  mailFrom: string
  refunds: boolean
  shop: { origin: string; apiToken: string; apiKey: string } | null
  payments: PaymentsConfig | null
  /** Where the shop hears of cords; null: the sandbox's shop, else nowhere. */
  cord: CordConfig | null
  /** null: authors of posts can not tell which customer they are, or the sandbox plays both sign-ins. */
  linking: LinkingConfig | null
  /** null: no language model is asked. */
  openai: OpenAiConfig | null
  /** Where messages of `templates/chat.yaml` go. */
  chat: ChatConfig
  sandboxPort: number
  sandboxSpeed: number
  sessionIdleMs: number
}

export interface XConfig {
  apiKey: string
  apiSecret: string
  accessToken: string
  accessSecret: string
  /** Another server that speaks X's API; null: api.x.com. */
  origin: string | null
  /** PEM of an authority to trust besides Node's own; the sandbox's. */
  ca?: string
}

/** Where people of the desk sign in: an OpenID Connect provider of the company's own. */
export interface DeskOidcConfig {
  issuer: string
  clientId: string
  clientSecret: string
  /** The first that a person's claims hold gives the role. */
  roles: readonly RoleMapping[]
}

/** `claim` is (or, as a list, holds) `value`. */
export interface RoleMapping {
  claim: string
  value: string
  role: DeskRole
}

export const DESK_ROLES = ['viewer', 'guest', 'agent', 'approver', 'ops', 'admin'] as const
export type DeskRole = (typeof DESK_ROLES)[number]

/** Where authors of posts sign in to say which customer they are. */
export interface LinkingConfig {
  /** null as secret: a public client. */
  x: { clientId: string; clientSecret: string | null }
  shop: { issuer: string; clientId: string; clientSecret: string }
}

/** Who gives money back. `webhookSecrets`: none means that no webhooks are taken. */
export type PaymentsConfig = StripeConfig | HttpPaymentsConfig

export interface StripeConfig {
  kind: 'stripe'
  secretKey: string
  webhookSecrets: readonly string[]
  /** A server on this machine that plays Stripe; null: Stripe's own. */
  apiOrigin: string | null
}

/** A payment system of the shop's own, see docs/gateways.md. */
export interface HttpPaymentsConfig {
  kind?: 'http'
  /** A path may stand behind it. */
  origin: string
  apiKey: string
  /** Signs our requests; left out: the API key. */
  signingSecret?: string | null
  webhookSecrets?: readonly string[]
}

export interface CordConfig {
  url: string
  secret: string
  /** Whether it may be on this machine or in a private network. */
  allowPrivate: boolean
}

export interface ChatConfig {
  /** What the variables `CHAT_…_URL`, `CHAT_…_TOKEN` and `CHAT_…_SECRET` hold, which the file names. */
  secrets: Readonly<Record<string, string>>
  /** `host` or `host:port` that may be on this machine or in a private network. */
  privateHosts: readonly string[]
}

/** A server that speaks OpenAI's chat completions: theirs, or another. */
export interface OpenAiConfig {
  /** null: the server wants none. */
  apiKey: string | null
  /** null: OpenAI's own. */
  baseUrl: string | null
  model: string
  dailyBudgetMicroUsd: number
  timeoutMs: number
  concurrency: number
}

/** The parts of the outside world that the sandbox stands in for under this configuration. */
export interface SandboxParts {
  x: boolean
  shop: boolean
  payments: boolean
  mail: boolean
}

/**
 * Reads and validates the environment.
 * @throws ConfigError listing every fault
 */
export function loadConfig(env: NodeJS.ProcessEnv, replay: Replay | null = null): Config {
  // An empty value in a .env file or a compose file means "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  const faults: string[] = []
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(`${issue.path.join('.')}: ${issue.message}`)
    for (const group of TOGETHER) faults.push(...missingFrom(group, given))
    throw new ConfigError(faults)
  }
  const e = parsed.data
  for (const group of TOGETHER) faults.push(...missingFrom(group, e))
  const workers = parseWorkers(e.WORKERS, faults)
  if (e.X_API_ORIGIN?.startsWith('http:') && !isLoopback(e.X_API_ORIGIN)) {
    faults.push('X_API_ORIGIN: plain http is only for loopback addresses; use https')
  }
  if (e.X_API_ORIGIN && !e.X_API_KEY) {
    faults.push('X_API_ORIGIN: needs X_API_KEY, X_API_SECRET, X_ACCESS_TOKEN and X_ACCESS_SECRET too')
  }
  faults.push(...paymentsFaults(e), ...linkingFaults(e))
  faults.push(...modelFaults(e.OPENAI_API_KEY, e.OPENAI_BASE_URL, e.OPENAI_MODEL))
  if (e.SMTP_URL && e.REFUNDS && !e.MAIL_FROM) {
    faults.push('MAIL_FROM: missing; real mails need a real sender, such as Hinata <no-reply@hinata.example>')
  }
  const config: Config = {
    port: e.PORT,
    host: e.HOST,
    publicUrl: e.PUBLIC_URL ?? `http://localhost:${e.PORT}`,
    dataDir: resolve(e.DATA_DIR),
    templatesDir: resolve(e.TEMPLATES_DIR),
    databaseUrl: e.DATABASE_URL ?? null,
    redisUrl: e.REDIS_URL ?? null,
    queuePrefix: e.QUEUE_PREFIX,
    workers,
    desk: e.DESK,
    deskOidc: readDeskOidc(e, faults),
    deskPasswords: e.DESK_PASSWORDS,
    metricsToken: e.METRICS_TOKEN ?? null,
    secretKey: e.SECRET_KEY ?? null,
    previousSecretKey: e.PREVIOUS_SECRET_KEY ?? null,
    trustProxy: e.TRUST_PROXY,
    x:
      e.X_API_KEY && e.X_API_SECRET && e.X_ACCESS_TOKEN && e.X_ACCESS_SECRET
        ? {
            apiKey: e.X_API_KEY,
            apiSecret: e.X_API_SECRET,
            accessToken: e.X_ACCESS_TOKEN,
            accessSecret: e.X_ACCESS_SECRET,
            origin: e.X_API_ORIGIN ?? null,
          }
        : null,
    xPollMs: e.X_POLL_SECONDS * 1000,
    replay,
    smtpUrl: e.SMTP_URL ?? null,
    mailFrom: e.MAIL_FROM ?? SANDBOX_SENDER,
    refunds: e.REFUNDS,
    shop:
      e.SHOP_ORIGIN && e.SHOP_API_TOKEN && e.SHOP_API_KEY
        ? { origin: e.SHOP_ORIGIN, apiToken: e.SHOP_API_TOKEN, apiKey: e.SHOP_API_KEY }
        : null,
    payments: readPayments(e),
    cord:
      e.CORD_URL && e.CORD_SECRET
        ? { url: e.CORD_URL, secret: e.CORD_SECRET, allowPrivate: e.CORD_PRIVATE }
        : null,
    linking: readLinking(e),
    openai:
      e.OPENAI_MODEL && (e.OPENAI_API_KEY || e.OPENAI_BASE_URL)
        ? {
            apiKey: e.OPENAI_API_KEY ?? null,
            baseUrl: e.OPENAI_BASE_URL ?? null,
            model: e.OPENAI_MODEL,
            dailyBudgetMicroUsd: Math.round(e.OPENAI_DAILY_BUDGET_USD * 1_000_000),
            timeoutMs: e.OPENAI_TIMEOUT_SECONDS * 1000,
            concurrency: e.OPENAI_CONCURRENCY,
          }
        : null,
    chat: { secrets: chatSecrets(given), privateHosts: e.CHAT_PRIVATE_HOSTS },
    sandboxPort: e.SANDBOX_PORT,
    sandboxSpeed: e.SANDBOX_SPEED,
    // The sandbox's players tell an evening in seconds.
    sessionIdleMs: (e.SESSION_IDLE_SECONDS ?? (e.SHOP_ORIGIN ? 300 : 15)) * 1000,
  }
  faults.push(...playMoneyFaults(config))
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

/** Which parts of the outside world the sandbox plays. */
export function sandboxParts(config: Config): SandboxParts {
  return {
    x: config.x === null && config.replay === null,
    shop: config.refunds && config.shop === null,
    payments: config.refunds && config.payments === null,
    mail: config.smtpUrl === null,
  }
}

/** A real customer is never told of play money: real words or real mail need a real shop and real payments. */
function playMoneyFaults(config: Config): string[] {
  const parts = sandboxParts(config)
  const play = [parts.shop && 'the sandbox shop', parts.payments && 'sandbox payments'].filter(Boolean)
  const real = [
    config.x && 'X credentials (a real network)',
    config.smtpUrl && 'SMTP_URL (real mail)',
  ].filter(Boolean)
  if (play.length > 0 && real.length > 0) {
    return [
      `${real.join(' and ')} together with ${play.join(' and ')}: real customers would be told of play money. ` +
        'Set SHOP_* and PAYMENTS_* (or STRIPE_*) to the real ones, or switch refunds off with REFUNDS=off.',
    ]
  }
  if (config.cord && !config.cord.allowPrivate && parts.x) {
    return [
      'CORD_URL together with the sandbox X: made-up posts would stop real sales. Set X_API_*, or CORD_PRIVATE=on for a shop to try it with.',
    ]
  }
  if (config.refunds && config.payments && parts.mail) {
    return [
      'Real payments together with the sandbox inbox: customers would be paid and never told. Set SMTP_URL and MAIL_FROM, or REFUNDS=off.',
    ]
  }
  if (config.refunds && parts.shop !== parts.payments) {
    return [
      'A real shop and sandbox payments (or the reverse) do not know each other: set both SHOP_* and PAYMENTS_* (or STRIPE_*), or neither.',
    ]
  }
  return []
}

function chatSecrets(given: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value && /^CHAT_[A-Z0-9_]*(URL|TOKEN|SECRET)$/.test(name) ? [[name, value.trim()]] : [],
    ),
  )
}

function readPayments(e: z.infer<typeof environment>): PaymentsConfig | null {
  if (e.STRIPE_SECRET_KEY) {
    return {
      kind: 'stripe',
      secretKey: e.STRIPE_SECRET_KEY,
      webhookSecrets: e.STRIPE_WEBHOOK_SECRET ?? [],
      apiOrigin: e.STRIPE_API_ORIGIN ?? null,
    }
  }
  if (!e.PAYMENTS_ORIGIN || !e.PAYMENTS_API_KEY) return null
  return {
    kind: 'http',
    origin: e.PAYMENTS_ORIGIN,
    apiKey: e.PAYMENTS_API_KEY,
    signingSecret: e.PAYMENTS_SIGNING_SECRET ?? null,
    webhookSecrets: e.PAYMENTS_WEBHOOK_SECRET ?? [],
  }
}

function paymentsFaults(e: z.infer<typeof environment>): string[] {
  const faults: string[] = []
  if (e.STRIPE_SECRET_KEY && e.PAYMENTS_ORIGIN) {
    faults.push(
      'STRIPE_SECRET_KEY and PAYMENTS_ORIGIN: money is given back by Stripe or by your own payment system, not by both; remove one',
    )
  }
  for (const name of ['STRIPE_WEBHOOK_SECRET', 'STRIPE_API_ORIGIN'] as const) {
    if (e[name] && !e.STRIPE_SECRET_KEY) faults.push(`${name}: needs STRIPE_SECRET_KEY too`)
  }
  for (const name of ['PAYMENTS_SIGNING_SECRET', 'PAYMENTS_WEBHOOK_SECRET'] as const) {
    if (e[name] && !e.PAYMENTS_ORIGIN) faults.push(`${name}: needs PAYMENTS_ORIGIN and PAYMENTS_API_KEY too`)
  }
  if (e.STRIPE_API_ORIGIN && !isLoopback(e.STRIPE_API_ORIGIN)) {
    faults.push('STRIPE_API_ORIGIN: only for a server on this machine that plays Stripe; leave it out')
  }
  if (e.CORD_URL && !e.CORD_URL.startsWith('https:') && !e.CORD_PRIVATE) {
    faults.push('CORD_URL: must be https; plain http only inside a private network, with CORD_PRIVATE=on')
  }
  for (const name of ['PAYMENTS_ORIGIN', 'SHOP_ORIGIN'] as const) {
    const address = e[name]
    if (!address?.startsWith('http:') || isPrivate(address)) continue
    faults.push(
      `${name}: plain http is only for this machine or a private network: the key would travel in the open; use https`,
    )
  }
  return faults
}

function readLinking(e: z.infer<typeof environment>): LinkingConfig | null {
  if (!e.X_CLIENT_ID || !e.SHOP_OIDC_ISSUER || !e.SHOP_OIDC_CLIENT_ID || !e.SHOP_OIDC_CLIENT_SECRET)
    return null
  return {
    x: { clientId: e.X_CLIENT_ID, clientSecret: e.X_CLIENT_SECRET ?? null },
    shop: {
      issuer: e.SHOP_OIDC_ISSUER,
      clientId: e.SHOP_OIDC_CLIENT_ID,
      clientSecret: e.SHOP_OIDC_CLIENT_SECRET,
    },
  }
}

function linkingFaults(e: z.infer<typeof environment>): string[] {
  const faults: string[] = []
  if (e.X_CLIENT_SECRET && !e.X_CLIENT_ID) faults.push('X_CLIENT_SECRET: needs X_CLIENT_ID too')
  if (e.SHOP_OIDC_ISSUER && !e.SHOP_OIDC_ISSUER.startsWith('https:') && !isLoopback(e.SHOP_OIDC_ISSUER)) {
    faults.push('SHOP_OIDC_ISSUER: must be https; plain http is only for loopback addresses')
  }
  if (!e.X_CLIENT_ID) return faults
  if (!e.X_API_KEY || !e.SHOP_ORIGIN) {
    faults.push(
      "X_CLIENT_ID: people can only be linked where X and the shop are both real: set X_API_* and SHOP_*, or leave it out for the sandbox's",
    )
  }
  const elsewhere = !e.X_API_ORIGIN || !isLoopback(e.X_API_ORIGIN)
  if (elsewhere && !e.PUBLIC_URL?.startsWith('https:')) {
    faults.push('PUBLIC_URL: must be an https address that customers can open: our replies link to it')
  }
  return faults
}

function readDeskOidc(e: z.infer<typeof environment>, faults: string[]): DeskOidcConfig | null {
  if (!e.DESK_OIDC_ISSUER || !e.DESK_OIDC_CLIENT_ID || !e.DESK_OIDC_CLIENT_SECRET) {
    if (e.DESK_OIDC_ROLES) faults.push('DESK_OIDC_ROLES: needs DESK_OIDC_ISSUER too')
    if (!e.DESK_PASSWORDS)
      faults.push('DESK_PASSWORDS: "off" needs DESK_OIDC_ISSUER, or nobody could sign in')
    return null
  }
  if (!e.DESK_OIDC_ISSUER.startsWith('https:') && !isLoopback(e.DESK_OIDC_ISSUER)) {
    faults.push('DESK_OIDC_ISSUER: must be https; plain http is only for loopback addresses')
  }
  return {
    issuer: e.DESK_OIDC_ISSUER,
    clientId: e.DESK_OIDC_CLIENT_ID,
    clientSecret: e.DESK_OIDC_CLIENT_SECRET,
    roles: parseRoles(e.DESK_OIDC_ROLES, faults),
  }
}

/** `groups:support-leads=approver, groups:support=agent`; a claim's name may hold colons itself. */
function parseRoles(text: string | undefined, faults: string[]): RoleMapping[] {
  const parts = (text ?? '').split(',').map((part) => part.trim())
  return parts.filter(Boolean).flatMap((part) => {
    const [, claim, value, given] = /^(.+):([^:]+)=([a-z]+)$/.exec(part) ?? []
    const role = DESK_ROLES.find((known) => known === given)
    if (claim && value && role) return [{ claim: claim.trim(), value: value.trim(), role }]
    faults.push(
      `DESK_OIDC_ROLES: "${part}" is no claim:value=role such as groups:support-leads=approver; roles are ${DESK_ROLES.join(', ')}`,
    )
    return []
  })
}

function modelFaults(apiKey?: string, baseUrl?: string, model?: string): string[] {
  const faults: string[] = []
  if ((apiKey || baseUrl) && !model) {
    faults.push(
      `OPENAI_MODEL: missing, but ${apiKey ? 'OPENAI_API_KEY' : 'OPENAI_BASE_URL'} given; name the model to ask, such as gpt-4.1-mini`,
    )
  }
  if (model && !apiKey && !baseUrl) {
    faults.push('OPENAI_MODEL: needs OPENAI_API_KEY, or the OPENAI_BASE_URL of a server that wants no key')
  }
  if (baseUrl?.startsWith('http:') && !isPrivate(baseUrl)) {
    faults.push(
      "OPENAI_BASE_URL: plain http is only for this machine or a private network: customers' words and the key would travel in the open; use https",
    )
  }
  const { username, password, search, hash } = new URL(baseUrl ?? 'https://api.openai.com/v1')
  if (username || password || search || hash) {
    faults.push('OPENAI_BASE_URL: must have no user, password, "?" or "#"; the key goes into OPENAI_API_KEY')
  }
  return faults
}

function missingFrom(group: readonly string[], given: Record<string, unknown>): string[] {
  const missing = group.filter((name) => given[name] === undefined)
  if (missing.length === 0 || missing.length === group.length) return []
  return [
    `${missing.join(', ')}: missing, but ${group.filter((name) => !missing.includes(name)).join(', ')} given; they only work together`,
  ]
}

function parseWorkers(text: string, faults: string[]): readonly WorkerName[] {
  if (text === 'all') return WORKER_NAMES
  if (text === 'none') return []
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !(WORKER_NAMES as readonly string[]).includes(name))
  if (unknown.length > 0) {
    faults.push(
      `WORKERS: no worker is called ${unknown.join(', ')}; use "all", "none" or some of ${WORKER_NAMES.join(',')}`,
    )
  }
  return names as WorkerName[]
}

/** True where a URL points at this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname)
}

/** True where a URL points at this machine or into a private network: its addresses, or a name that only it knows. */
export function isPrivate(url: string): boolean {
  const { hostname } = new URL(url)
  return (
    isLoopback(url) ||
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+$/.test(hostname) ||
    /^\[f[cd][0-9a-f]{2}:/.test(hostname) ||
    /^[a-z0-9_-]+$/i.test(hostname) ||
    /\.(local|internal|lan|home\.arpa)$/i.test(hostname)
  )
}
