import { listErasures } from '../store/erasures.ts'
import { type Command, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, table, write } from './output.ts'

const MOST = 1_000_000

export const personErasures: Command = {
  help: `Usage: npm run --silent kikimimi -- person erasures [--json]

The records of all erasures, the latest first: when, by whom, and how many rows of which tables. They name nobody: a
person's keyed hash is the pseudonym that exports of contacts hold, so that rows of theirs can be found there.

  --json  one JSON object a line: {"id","at","by","again","people","counts","exports"}
`,
  async run(args) {
    const { values } = readArgs(args, {})
    const records = await withStore(({ store }) => listErasures(store, MOST))
    if (values.json) for (const record of records) await printJson(record)
    else if (records.length === 0) await write(process.stdout, 'Nobody was erased.\n')
    else {
      await write(
        process.stdout,
        table(
          ['ID', 'AT', 'BY', 'PEOPLE', 'ROWS'],
          records.map(({ id, at, by, again, people, counts }) => [
            id,
            at.toISOString(),
            again ? `${by} (again)` : by,
            people.join(', '),
            Object.values(counts).reduce((sum, count) => sum + count, 0),
          ]),
        ),
      )
    }
    return 0
  },
}
