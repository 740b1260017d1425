import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SHARED_DATA } from '../support/triage-cache.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface CliResult {
  code: number | null
  out: string
  err: string
  /** Standard output as NDJSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  lines(): any[]
}

export interface CliOptions {
  stdin?: string | Buffer
  env?: Record<string, string>
  cwd?: string
  /** Flags of Node itself. */
  node?: string[]
}

/** The program as a child, with nothing of this process's settings. */
export function startCli(args: string[], { env = {}, cwd = ROOT, node = [] }: CliOptions = {}) {
  return spawn(
    process.execPath,
    [...node, fileURLToPath(new URL('../../src/cli.ts', import.meta.url)), ...args],
    {
      cwd,
      env: { PATH: process.env.PATH, DATA_DIR: SHARED_DATA, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
}

/** Runs the program to its end. */
export async function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options)
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  // It may end before it has read everything.
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const text = Buffer.concat(out).toString()
  return {
    code,
    out: text,
    err: Buffer.concat(err).toString(),
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  }
}

export function ndjson(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}
