import type { z } from 'zod'
import { describeIssues, type Line, MAX_LINE, readLines } from './lines.ts'
import { write } from './output.ts'

/** One line can not be used; the others go on. */
export class LineError extends Error {
  override name = 'LineError'
}

/**
 * Reads NDJSON from standard input and answers it line by line, in the same order and without keeping any of it.
 * A line that is not what it should be is told on standard error with its number; blank lines are passed over.
 * @param expected how a line looks, for the messages
 * @param answer gives what to print for one line, or undefined for nothing; where it takes its time, the lines of one
 * chunk are answered side by side
 * @returns the exit code: 1 where there was a bad line
 */
export async function eachLine<T>(
  schema: z.ZodType<T>,
  expected: string,
  answer: (value: T) => object | undefined | Promise<object>,
): Promise<number> {
  if (process.stdin.isTTY) process.stderr.write(`Reading lines such as ${expected}; end with Ctrl-D.\n`)
  let faults = 0
  for await (const lines of readLines(process.stdin)) {
    let out = ''
    let wrong = ''
    const answers: (object | Promise<object>)[] = []
    for (const line of lines) {
      if (line.text?.trim() === '') continue
      try {
        const answered = answer(parseLine(line, schema, expected))
        if (answered) answers.push(answered)
      } catch (error) {
        if (!(error instanceof LineError)) throw error
        faults += 1
        wrong += `line ${line.number}: ${error.message}\n`
      }
    }
    if (wrong) await write(process.stderr, wrong)
    for (const answered of answers) {
      out += `${JSON.stringify(answered instanceof Promise ? await answered : answered)}\n`
    }
    if (out) await write(process.stdout, out)
  }
  return faults === 0 ? 0 : 1
}

/** Reads one line. @throws LineError */
export function parseLine<T>(line: Line, schema: z.ZodType<T>, expected: string): T {
  if (line.text === null) throw new LineError(`is longer than ${MAX_LINE} characters`)
  let json: unknown
  try {
    json = JSON.parse(line.text)
  } catch (error) {
    throw new LineError(`not JSON (${(error as Error).message}); expected ${expected}`)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new LineError(`${describeIssues(parsed.error)}; expected ${expected}`)
}
