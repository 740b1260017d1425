import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './support/chromium.ts'
import { findFfmpeg } from './support/hls-film.ts'

/**
 * `npm test`: runs every test that this machine can run and says at its end what ran and what did not.
 * With CI=true everything must run. Arguments are passed on to vitest (a file, `-t name`).
 */
interface Part {
  project: string
  what: string
  missing: string | null
}

const noChromium = findChromium()
  ? null
  : 'no Chromium (Debian: apt-get install chromium; or set CHROMIUM_PATH)'
const parts: Part[] = [
  { project: 'unit', what: 'unit, store, HTTP and sandbox tests', missing: null },
  {
    project: 'pipeline-postgres',
    what: "queue tests on BullMQ's Postgres backend (embedded Postgres)",
    missing: null,
  },
  {
    project: 'pipeline-redis',
    what: 'queue tests on Redis',
    missing:
      process.env.REDIS_URL || onPath('redis-server') ? null : 'no redis-server on the PATH and no REDIS_URL',
  },
  {
    project: 'browser',
    what: 'browser tests in Chromium',
    missing: noChromium,
  },
  {
    project: 'player',
    what: 'a real player on a real stream (hls.js in Chromium, film made by ffmpeg)',
    missing: noChromium ?? (findFfmpeg() ? null : 'no ffmpeg on the PATH (Debian: apt-get install ffmpeg)'),
  },
]

const runnable = parts.filter((part) => part.missing === null)
const folder = mkdtempSync(join(tmpdir(), 'kikimimi-run-'))
const report = join(folder, 'report.json')
const started = Date.now()
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...runnable.flatMap((part) => ['--project', part.project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
)
const counts = readCounts(report)
rmSync(folder, { recursive: true, force: true })

const lines = parts.map((part) =>
  part.missing === null ? `  ran      ${part.what}` : `  NOT RUN  ${part.what}: ${part.missing}`,
)
const notRun = parts.length - runnable.length
process.stdout.write(
  `\nIn ${Math.round((Date.now() - started) / 1000)} s:\n${lines.join('\n')}\n\n` +
    `tests: ${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`,
)
if (status !== 0) process.exitCode = status ?? 1
else if (counts.passed === 0) fail('No test ran.')
else if (process.env.CI === 'true' && notRun > 0) fail('In CI every part must run.')

function readCounts(file: string): { passed: number; failed: number; skipped: number } {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 }
  const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  return {
    passed: json.numPassedTests ?? 0,
    failed: json.numFailedTests ?? 0,
    skipped: (json.numPendingTests ?? 0) + (json.numTodoTests ?? 0),
  }
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
