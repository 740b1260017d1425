import { describeMachine, showMachine } from './machine.ts'
import { type BenchOptions, HELP, type Name, readOptions, UsageError } from './options.ts'
import { type Finding, showFinding } from './report.ts'
import { type Servers, startServers } from './servers.ts'

const WITHOUT_SERVERS: readonly Name[] = ['triage', 'voice']

/** `npm run bench`. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(HELP)
    return
  }
  // Read by src/log.ts when it is loaded, which is why the benchmarks are loaded later.
  process.env.LOG_LEVEL ??= 'error'
  const servers = options.names.some((name) => !WITHOUT_SERVERS.includes(name)) ? await startServers() : null
  const calm = onSignal(async () => servers?.close())
  try {
    const machine = describeMachine(servers)
    if (!options.json) process.stdout.write(`${showMachine(machine)}\n`)
    const findings: Finding[] = []
    for (const name of options.names) {
      for (const finding of await run(name, options, servers)) {
        findings.push(finding)
        if (!options.json) process.stdout.write(`${showFinding(finding)}\n`)
      }
    }
    if (options.json) process.stdout.write(`${JSON.stringify({ machine, findings }, null, 2)}\n`)
  } finally {
    calm()
    await servers?.close()
  }
}

async function run(name: Name, options: BenchOptions, servers: Servers | null): Promise<Finding[]> {
  if (name === 'voice') return (await import('./voice.ts')).benchVoice({ years: options.years, log })
  if (name === 'triage' || servers === null) return runTriage(options)
  const given = { ...options, servers, log }
  if (name === 'pipeline') return (await import('./pipeline.ts')).benchPipeline(given)
  if (name === 'load') return (await import('./mention-load.ts')).benchLoad(given)
  if (name === 'refunds') {
    const rules = (await import('./rules.ts')).benchRules(log)
    return [...(await (await import('./cmcd.ts')).benchCmcd(given)), ...rules]
  }
  return (await import('./desk.ts')).benchDesk({
    ...given,
    sizes: options.cases ? [options.cases] : [1_000, 20_000],
  })
}

/** It prints a table of its own, so it is left out where JSON is asked for. */
async function runTriage(options: BenchOptions): Promise<Finding[]> {
  if (options.json) {
    log('triage: prints a table only; left out of --json')
    return []
  }
  await (await import('./triage.ts')).benchTriage()
  process.stdout.write('\n')
  return []
}

function log(line: string): void {
  process.stderr.write(`  ${line}\n`)
}

/** Ctrl-C takes the servers down too: the embedded Postgres outlives its parent otherwise. */
function onSignal(close: () => Promise<unknown>): () => void {
  const end = () => void close().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
  }
}

main().catch((error: unknown) => {
  const usage = error instanceof UsageError
  process.stderr.write(usage ? `${error.message}\n\n${HELP}` : `${(error as Error).stack}\n`)
  process.exitCode = usage ? 2 : 1
})
