import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type App, type Outside, startApp } from './app.ts'
import { type Config, ConfigError, loadConfig, type Replay, sandboxParts } from './config.ts'
import { callbackUrls } from './linking/index.ts'
import { NetworkError } from './listening/index.ts'
import { log } from './log.ts'
import { ModelPriceError } from './replies/index.ts'
import type { Sandbox } from './sandbox/index.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from './store/embedded-postgres.ts'
import { hasNoUsers } from './store/users.ts'
import { TemplateFileError } from './yaml-file.ts'

const HELP = `Kikimimi listens to what customers say in public, and answers.

  npm start                                 start; without credentials, on a sandbox
  npm start -- --replay FILE [--speed N]    hear posts from an NDJSON file; N is a factor over the recorded
                                            pace, or "max" (default 1); replies go to DATA_DIR/replay-replies.ndjson
  npm start -- --help

Settings come from the environment; .env.example lists them all.
`
/** One key for all installations: the lock lives in the database of one data folder. */
const INSTANCE_LOCK = 5_454_641

class UsageError extends Error {}

interface Closeable {
  close(): Promise<void>
}

async function main(): Promise<void> {
  const replay = readArguments(process.argv.slice(2))
  if (replay === 'help') {
    process.stdout.write(HELP)
    return
  }
  const config = loadConfig(process.env, replay)
  const opened: Closeable[] = []
  const stop = stopper(opened)
  try {
    const databaseUrl = config.databaseUrl ?? (await ownPostgres(config, opened))
    const sandbox = await startSandboxFor(config, opened)
    const outside = outsideOf(config, sandbox)
    const app = await startApp(config, databaseUrl, outside)
    opened.push(app)
    sandbox?.payments.control.sendWebhooksTo(`http://127.0.0.1:${app.port}/v1/webhooks/payments`)
    sandbox?.signIn.setRedirectUris(callbackUrls(config.publicUrl.replace(/:0$/, `:${app.port}`)))
    if (sandbox && outside.shop && app.parts.shop) {
      sandbox.startPlayers({ origin: `http://127.0.0.1:${app.port}`, shopApiKey: outside.shop.apiKey })
    }
    await welcome(config, app, outside)
  } catch (error) {
    await stop('failed start')
    throw error
  }
}

function readArguments(args: string[]): Replay | null | 'help' {
  try {
    const { values } = parseArgs({
      args,
      options: {
        replay: { type: 'string' },
        speed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) return 'help'
    if (values.replay === undefined) {
      if (values.speed !== undefined) throw new UsageError('--speed needs --replay FILE')
      return null
    }
    const speed = values.speed === undefined ? 1 : values.speed === 'max' ? null : Number(values.speed)
    if (speed !== null && !(speed > 0)) throw new UsageError('--speed takes a factor above 0, or "max"')
    return { file: values.replay, speed }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message)
  }
}

/** The Postgres in the data folder, and the lock that keeps a second start on it away. */
async function ownPostgres(config: Config, opened: Closeable[]): Promise<string> {
  const postgres = await startEmbeddedPostgres(config.dataDir)
  const lock = new pg.Client({
    connectionString: postgres.url,
    application_name: 'kikimimi-instance',
    keepAlive: true,
  })
  await lock.connect()
  const { rows } = await lock.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    INSTANCE_LOCK,
  ])
  if (!rows[0]?.locked) {
    await lock.end()
    throw new EmbeddedPostgresError(
      `Another Kikimimi runs on ${config.dataDir}. Stop it first, or give this one a folder of its own: ` +
        'DATA_DIR=other-folder PORT=3010 npm start',
    )
  }
  lock.on('error', (error) => {
    log.fatal({ err: error }, 'the embedded Postgres went away; start again')
    process.exit(1)
  })
  opened.push({
    async close() {
      lock.removeAllListeners('error')
      lock.on('error', () => {})
      await lock.end()
      await postgres.stop()
    },
  })
  return postgres.url
}

async function startSandboxFor(config: Config, opened: Closeable[]): Promise<Sandbox | null> {
  const parts = sandboxParts(config)
  if (!Object.values(parts).some(Boolean)) return null
  // Nobody who runs it for real loads it.
  const { startSandbox } = await import('./sandbox/index.ts')
  const sandbox = await startSandbox({
    dir: join(config.dataDir, 'sandbox'),
    port: config.sandboxPort,
    feed: parts.x ? 'story' : 'none',
    speed: config.sandboxSpeed,
    log: (message) => log.debug({ sandbox: message }),
  })
  opened.push(sandbox)
  return sandbox
}

function outsideOf(config: Config, sandbox: Sandbox | null): Outside {
  const parts = sandboxParts(config)
  const played = <T>(on: boolean, pick: (sandbox: Sandbox) => T): T | null =>
    on && sandbox ? pick(sandbox) : null
  return {
    x:
      config.x ??
      played(parts.x, ({ x }) => ({
        apiKey: x.apiKey,
        apiSecret: x.apiSecret,
        accessToken: x.accessToken,
        accessSecret: x.accessSecret,
        origin: x.origin,
        ca: x.ca,
      })),
    smtpUrl: config.smtpUrl ?? played(parts.mail, ({ smtp }) => `smtp://${smtp.host}:${smtp.port}`) ?? '',
    shop:
      config.shop ??
      // Shop and product are both in this process: a key for its lifetime is enough.
      (parts.shop && sandbox ? { ...sandbox.shop, apiKey: randomBytes(32).toString('base64url') } : null),
    payments: config.payments ?? played(parts.payments, ({ payments }) => payments),
    cord: config.cord ?? played(parts.shop, ({ shop }) => shop.cord),
    linking: linkingOf(config, sandbox),
    sandboxWeb: sandbox?.web.origin ?? null,
  }
}

/** The two sign-ins: both real, or both the sandbox's. */
function linkingOf(config: Config, sandbox: Sandbox | null): Outside['linking'] {
  const parts = sandboxParts(config)
  if (parts.x && parts.shop && sandbox) return sandbox.signIn
  if (!config.linking || !config.x) return null
  const authorizeUrl = `${config.x.origin ?? 'https://x.com'}/i/oauth2/authorize`
  return { ...config.linking, x: { ...config.linking.x, authorizeUrl } }
}

async function welcome(config: Config, app: App, outside: Outside): Promise<void> {
  const page = config.publicUrl.replace(/:0$/, `:${app.port}`)
  const lines = [
    '',
    `Kikimimi is listening. ${config.desk ? `The page: ${page}` : 'No desk here (DESK=off).'}`,
  ]
  if (config.desk && (await hasNoUsers(app.store))) {
    const { createSignInLink } = await import('./desk/index.ts')
    const link = await createSignInLink(app.store, { publicUrl: page }, 'admin', 'start')
    lines.push(
      '',
      'Nobody can sign in yet. Make the first account with this link (once, within 24 hours):',
      `  ${link}`,
    )
  } else if (config.desk) {
    lines.push(`Sign in with your name and password: ${page}/sign-in`)
  }
  if (outside.sandboxWeb) {
    const played = Object.entries(app.parts).flatMap(([part, on]) => (on ? [part] : []))
    lines.push(
      '',
      `Sandbox: ${played.join(', ')} are played, nothing leaves this machine. Watch it: ${outside.sandboxWeb}`,
    )
  }
  if (config.refunds) {
    const { ruleWarnings } = await import('./refunds/index.ts')
    for (const warning of await ruleWarnings(app.store, new Date())) lines.push('', `Refunds: ${warning}`)
  }
  if (config.replay) lines.push('', `Replaying ${config.replay.file}`)
  lines.push(
    '',
    `Queue: ${app.queues.backend}. Postgres: ${config.databaseUrl ? 'yours' : `in ${config.dataDir}`}. Stop with Ctrl-C.`,
    '',
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** All that is in hand is finished or handed back by then; service managers kill soon after. */
const STOP_MS = 9_500

/** Lets go of everything in the reverse order, once; a second signal does not wait. */
function stopper(opened: Closeable[]): (reason: string) => Promise<void> {
  let stopping: Promise<void> | null = null
  const stop = (reason: string) => {
    stopping ??= (async () => {
      log.info({ reason }, 'stopping')
      for (const each of opened.reverse()) {
        await each.close().catch((error: unknown) => log.error({ err: error }, 'could not close cleanly'))
      }
    })()
    return stopping
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      // What hangs (a network that does not answer) is safe to leave: it was written down before it was begun.
      setTimeout(() => {
        log.warn('stopping took too long; what was in hand runs again at the next start')
        process.exit(0)
      }, STOP_MS).unref()
      void stop(signal).then(() => {
        // A socket that lingers must not keep the process.
        setTimeout(() => process.exit(0), 500).unref()
      })
    })
  }
  return stop
}

/** Errors that a person mends by reading them; a stack would only hide the words. */
const PLAIN = [ConfigError, TemplateFileError, ModelPriceError, EmbeddedPostgresError, NetworkError]

main().catch((error: unknown) => {
  const usage = error instanceof UsageError
  const plain =
    usage ||
    PLAIN.some((kind) => error instanceof kind) ||
    /^Port \d+ is taken/.test((error as Error).message)
  process.stderr.write(
    `${plain ? (error as Error).message : (error as Error).stack}\n${usage ? `\n${HELP}` : ''}`,
  )
  process.exitCode = usage ? 2 : 1
})
