import { isStage, type Queues } from '../queue/index.ts'
import type { Store } from '../store/database.ts'
import { type DeadJob, listDeadLetters, retryDeadLetter } from '../store/dead-letters.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { ACTOR, notDead, readId } from './dead-letters.ts'
import { printJson, write } from './output.ts'

const PAGE = 1000

export const deadLettersRetry: Command = {
  help: `Usage: npm run --silent kikimimi -- dead-letters retry ID [--json]
       npm run --silent kikimimi -- dead-letters retry --all [--json]

Has what failed for good tried again, once you mended what was wrong. What fails again comes back to the list.

  --json  one JSON object a line for each: {"id","queue","ref"}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, { all: { type: 'boolean' } }, 1)
    if (values.all && positionals.length > 0) throw new UsageError('Give an ID or --all, not both')
    const only = values.all ? null : readId(positionals[0])
    const retried = await withStore(async ({ store, openQueues }) => {
      const queues = await openQueues()
      let count = 0
      for await (const id of only === null ? allIds(store) : [only]) {
        const job = await retryDeadLetter(store, id, ACTOR)
        if (!job) continue
        count += 1
        await enqueue(queues, job)
        if (values.json) await printJson({ id, ...job })
      }
      return count
    })
    if (only !== null && retried === 0) throw new CommandError(notDead(only))
    if (!values.json) await write(process.stdout, `${retried} queued again.\n`)
    return 0
  },
}

async function* allIds(store: Store): AsyncGenerator<number> {
  let after = 0
  for (;;) {
    const page = await listDeadLetters(store, after, PAGE)
    if (page.length === 0) return
    for (const { id } of page) yield id
    after = page.at(-1)?.id ?? after
  }
}

/** Where there is no queue to be reached, the sweep finds the row by itself. */
async function enqueue(queues: Queues | null, job: DeadJob): Promise<void> {
  if (queues && isStage(job.queue)) await queues.enqueue(job.queue, [job.ref])
}
