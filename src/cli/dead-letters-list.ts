import { listDeadLetters } from '../store/dead-letters.ts'
import { type Command, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { table, write } from './output.ts'

const PAGE = 1000

export const deadLettersList: Command = {
  help: `Usage: npm run --silent kikimimi -- dead-letters list [--json]

What failed for good, the oldest first: its ID, its queue, the row it is about (REF), how often it was tried, when it
failed last and why.

  --json  one JSON object a line: {"id","queue","ref","error","attempts","firstFailedAt","lastFailedAt"}
`,
  async run(args) {
    const { values } = readArgs(args, {})
    await withStore(async ({ store }) => {
      let page = await listDeadLetters(store, 0, PAGE)
      if (page.length === 0 && !values.json) await write(process.stdout, 'No dead letters.\n')
      while (page.length > 0) {
        await write(process.stdout, values.json ? asJson(page) : asTable(page))
        page = await listDeadLetters(store, page.at(-1)?.id ?? 0, PAGE)
      }
    })
    return 0
  },
}

type Row = Awaited<ReturnType<typeof listDeadLetters>>[number]

function asJson(rows: Row[]): string {
  return rows
    .map(({ id, queue, ref, error, attempts, first_failed_at, last_failed_at }) => {
      const letter = {
        id,
        queue,
        ref,
        error,
        attempts,
        firstFailedAt: first_failed_at,
        lastFailedAt: last_failed_at,
      }
      return `${JSON.stringify(letter)}\n`
    })
    .join('')
}

function asTable(rows: Row[]): string {
  const cells = rows.map((row) => [
    row.id,
    row.queue,
    row.ref,
    row.attempts,
    row.last_failed_at.toISOString(),
    row.error.slice(0, 200),
  ])
  return table(['ID', 'QUEUE', 'REF', 'TRIES', 'LAST FAILED', 'ERROR'], cells)
}
