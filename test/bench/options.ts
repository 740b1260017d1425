import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { table } from '../../src/cli/output.ts'

export const NAMES = ['triage', 'pipeline', 'refunds', 'desk', 'voice', 'load'] as const
/** Takes minutes: only where it is named. */
const UNASKED = NAMES.filter((name) => name !== 'load')
export type Name = (typeof NAMES)[number]

export interface BenchOptions {
  names: readonly Name[]
  posts: number
  replay: string | null
  clients: number
  seconds: number
  requests: number
  /** null: the usual sizes. */
  cases: number | null
  /** Synthetic years that the search for signals goes through. */
  years: number
  minutes: number
  rate: number
  limits: 'real' | 'raised'
  processes: number
  json: boolean
}

/** The command was called in a way that it does not have; exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const HELP = `Measures Kikimimi on this machine, each number beside a baseline of the same run.

  npm run bench [-- NAME …] [options]      without a name: all but load, two to three minutes

${indent(
  table(
    ['NAME', 'what'],
    [
      ['triage', 'how well posts are understood, and how many a second'],
      ['pipeline', 'posts stored + triaged + drafted a second, beside bare BullMQ no-op jobs'],
      ['refunds', 'players’ reports taken beside a bare Express handler, rules asked beside bare CEL'],
      [
        'desk',
        'inbox, search, case page and approvals at 1,000 and 20,000 cases, beside the same HTML from memory',
      ],
      ['voice', 'planted incidents found and false signals in a year of 5,000,000 contacts'],
      [
        'load',
        'mentions on X at an even pace, to the draft and to the published reply; only where it is named',
      ],
    ],
  ),
)}
  --posts N        pipeline: posts to generate (default 3000)
  --replay FILE    pipeline: time this NDJSON file from end to end instead, on both backends
  --clients N      refunds: concurrent keep-alive clients (default 128)
  --seconds N      refunds: length of one of the intake’s rounds (default 2)
  --requests N     desk: most requests for each page (default 120)
  --cases N        desk: this many cases instead of 1,000 and 20,000 (up to 1,000,000: allow ten minutes)
  --years N        voice: that many years, each another one (default 1: half a minute)
  --minutes N      load: how long mentions come (default 10)
  --rate N         load: mentions a second (default 100)
  --limits WHICH   load: "raised" (default), or "real": X's own limits; then use --rate 30
  --processes N    load: processes of all workers (default 2)
  --json           one JSON document on stdout

Everything runs on loopback, on an embedded Postgres of its own; Redis is REDIS_URL, or the redis-server
on the PATH. What is under way is told on stderr.
`

/**
 * Reads the arguments of `npm run bench`.
 * @throws UsageError
 */
export function readOptions(args: string[]): BenchOptions | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const unknown = positionals.find((name) => !(NAMES as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`There is no benchmark "${unknown}": use ${NAMES.join(', ')}`)
  }
  const named = NAMES.filter((name) => positionals.includes(name))
  const replay = values.replay ?? null
  if (replay !== null && named.some((name) => name !== 'pipeline')) {
    throw new UsageError('--replay times the pipeline only: npm run bench -- pipeline --replay FILE')
  }
  if (replay !== null && !existsSync(replay))
    throw new UsageError(`--replay ${replay}: there is no such file`)
  return {
    names: replay !== null ? ['pipeline'] : named.length > 0 ? named : UNASKED,
    posts: whole('--posts', values.posts, 100, 100_000),
    replay,
    clients: whole('--clients', values.clients, 1, 500),
    seconds: whole('--seconds', values.seconds, 1, 20),
    requests: whole('--requests', values.requests, 10, 2_000),
    cases: values.cases === undefined ? null : whole('--cases', values.cases, 100, 1_000_000),
    years: whole('--years', values.years, 1, 50),
    minutes: whole('--minutes', values.minutes, 1, 60),
    rate: whole('--rate', values.rate, 1, 1000),
    limits: limitsOf(values.limits),
    processes: whole('--processes', values.processes, 1, 16),
    json: values.json,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        posts: { type: 'string', default: '3000' },
        replay: { type: 'string' },
        clients: { type: 'string', default: '128' },
        seconds: { type: 'string', default: '2' },
        requests: { type: 'string', default: '120' },
        cases: { type: 'string' },
        years: { type: 'string', default: '1' },
        minutes: { type: 'string', default: '10' },
        rate: { type: 'string', default: '100' },
        limits: { type: 'string', default: 'raised' },
        processes: { type: 'string', default: '2' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function limitsOf(text: string): 'real' | 'raised' {
  if (text === 'real' || text === 'raised') return text
  throw new UsageError('--limits takes "real" or "raised"')
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}`)
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}
