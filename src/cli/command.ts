import { type ParseArgsConfig, parseArgs } from 'node:util'

/** One command of the command line. */
export interface Command {
  /** What `--help` prints. */
  help: string
  /** @returns the exit code: 0, or 1 where something was wrong and standard error says what */
  run(args: string[]): Promise<number>
}

/** The command was called in a way that it does not have; exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** What was asked can not be done; the message says what to do instead. Exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError'
}

/**
 * `parseArgs` with `--json` known to every command and faults that say wrong usage.
 * @param most how many words may follow the command
 * @throws UsageError
 */
export function readArgs<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  most = 0,
) {
  try {
    const parsed = parseArgs({
      args,
      options: { ...options, json: { type: 'boolean' } } as T & { json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    })
    const extra = parsed.positionals[most]
    if (extra !== undefined) throw new UsageError(`There is one word too many: ${JSON.stringify(extra)}`)
    return parsed
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message)
  }
}
