import { UsageError } from './cli/command.ts'
import { COMMANDS, type CommandName } from './cli/commands.ts'

// Before anything that logs is loaded: standard output belongs to the answer.
process.env.LOG_LEVEL = 'silent'

const NAMES = Object.keys(COMMANDS) as CommandName[]
const WIDTH = Math.max(...NAMES.map((name) => name.length))
const HELP = `Usage: npm run --silent kikimimi -- COMMAND [OPTIONS]

${NAMES.map((name) => `  ${name.padEnd(WIDTH)}  ${COMMANDS[name].summary}`).join('\n')}

  COMMAND --help  tells more about one of them.

Exit codes: 0 done, 1 something was wrong (standard error says what), 2 wrong usage.
`

// Whoever reads has seen enough (| head).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const usage = error instanceof UsageError
    process.stderr.write(`${messageOf(error)}\n`)
    if (usage) process.stderr.write('"npm run --silent kikimimi -- --help" lists the commands.\n')
    process.exitCode = usage ? 2 : 1
  },
)

async function main(args: string[]): Promise<number> {
  const [first] = args
  if (first === undefined) throw new UsageError('Which command?')
  if (first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const name = NAMES.find((each) => each === args.slice(0, each.split(' ').length).join(' '))
  if (!name) throw new UsageError(unknown(args))
  const rest = args.slice(name.split(' ').length)
  const command = await COMMANDS[name].load()
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.help)
    return 0
  }
  return command.run(rest)
}

function unknown(args: string[]): string {
  const near = NAMES.filter((name) => name.startsWith(`${args[0]} `))
  if (near.length > 0) return `${args[0]} needs one of: ${near.map((name) => `"${name}"`).join(', ')}`
  return `There is no command ${JSON.stringify(args[0])}.`
}

/** Errors with a name of their own were written to be read; any other is a fault of ours and shows its stack. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return ['Error', 'TypeError', 'ReferenceError', 'RangeError'].includes(error.name)
    ? (error.stack ?? error.message)
    : error.message
}
