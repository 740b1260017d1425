import { endCrisis, openCrisis, startCrisis } from '../store/crises.ts'
import { type Command, CommandError, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { noteOf } from './note.ts'
import { printJson, write } from './output.ts'

const ACTOR = 'command-line'

export const crisisStatus: Command = {
  help: `Usage: npm run --silent kikimimi -- crisis status [--json]

Whether a crisis is on: while it is, no reply goes out by itself.

  --json  one JSON object: {"on","reason","since","by"}; null where none is on
`,
  async run(args) {
    const { values } = readArgs(args, {})
    const crisis = await withStore(({ store }) => openCrisis(store))
    if (values.json) {
      await printJson({
        on: crisis !== null,
        reason: crisis?.reason ?? null,
        since: crisis?.started_at.toISOString() ?? null,
        by: crisis?.started_by ?? null,
      })
    } else if (crisis) {
      const { reason, started_at, started_by } = crisis
      await write(
        process.stdout,
        `A crisis is on since ${started_at.toISOString()} (${started_by}): ${reason}\n`,
      )
    } else await write(process.stdout, 'No crisis: policy decides what goes out by itself.\n')
    return 0
  },
}

export const crisisStart: Command = {
  help: `Usage: npm run --silent kikimimi -- crisis start --note WHY [--json]

Stops every automatic reply at once, in every process. What policy had let out and has not left comes back to the desk,
where people go on as before. Payouts have a switch of their own: "payouts stop".

  --note  why, for everybody at the desk and for the record

  --json  one JSON object: {"started"}; false where a crisis is on already
`,
  async run(args) {
    const { values } = readArgs(args, { note: { type: 'string' } })
    const reason = noteOf(values.note)
    const started = await withStore(({ store }) => startCrisis(store, { reason, actor: ACTOR }))
    if (values.json) await printJson({ started })
    else {
      await write(
        process.stdout,
        started ? 'Nothing goes out by itself any more.\n' : 'A crisis is on already.\n',
      )
    }
    return 0
  },
}

export const crisisEnd: Command = {
  help: `Usage: npm run --silent kikimimi -- crisis end --note WHAT [--json]

Lets policy decide again what goes out by itself. What came back to the desk meanwhile stays there.

  --note  what was found and done, for the record

  --json  one JSON object: {"ended"}
`,
  async run(args) {
    const { values } = readArgs(args, { note: { type: 'string' } })
    const note = noteOf(values.note)
    const ended = await withStore(({ store }) => endCrisis(store, { note, actor: ACTOR }))
    if (!ended) throw new CommandError('No crisis is on.')
    if (values.json) await printJson({ ended })
    else await write(process.stdout, 'The crisis is over: policy decides again.\n')
    return 0
  },
}
