import { dropDeadLetter } from '../store/dead-letters.ts'
import { type Command, CommandError, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { ACTOR, notDead, readId } from './dead-letters.ts'
import { printJson, write } from './output.ts'

export const deadLettersDrop: Command = {
  help: `Usage: npm run --silent kikimimi -- dead-letters drop ID [--json]

Gives a dead letter up: it leaves the list and is never tried again. The row it is about stays as it is.

  --json  one JSON object: {"id","queue","ref"}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const id = readId(positionals[0])
    const job = await withStore(({ store }) => dropDeadLetter(store, id, ACTOR))
    if (!job) throw new CommandError(notDead(id))
    if (values.json) await printJson({ id, ...job })
    else await write(process.stdout, `Dropped ${id}: ${job.queue} ${job.ref}\n`)
    return 0
  },
}
