import { endStop, openStops, startStop } from '../store/payout-stops.ts'
import { type Command, CommandError, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { noteOf } from './note.ts'
import { printJson, table, write } from './output.ts'

const ACTOR = 'command-line'

export const payoutsStatus: Command = {
  help: `Usage: npm run --silent kikimimi -- payouts status [--json]

Whether money goes out, and what stops it: a person (kill-switch), far more refunds than usual (unusual-rate), books that
do not add up (ledger) or differ from the payment provider's (reconciliation).

  --json  one JSON object: {"stopped","stops":[{"id","kind","reason","since","by"}]}
`,
  async run(args) {
    const { values } = readArgs(args, {})
    const stops = await withStore(({ store }) => openStops(store))
    const rows = stops.map(({ id, kind, reason, started_at, started_by }) => ({
      id,
      kind,
      reason,
      since: started_at.toISOString(),
      by: started_by,
    }))
    if (values.json) await printJson({ stopped: rows.length > 0, stops: rows })
    else if (rows.length === 0) await write(process.stdout, 'Payouts go out. Nothing stops them.\n')
    else {
      await write(
        process.stdout,
        table(
          ['id', 'stopped by', 'since', 'who', 'reason'],
          rows.map((row) => [row.id, row.kind, row.since, row.by, row.reason]),
        ),
      )
    }
    return 0
  },
}

export const payoutsStop: Command = {
  help: `Usage: npm run --silent kikimimi -- payouts stop --note WHY [--json]

Stops all payouts at once, in every process. Refunds that are on their way can not be called back; everything else waits
and nothing is lost, until "payouts resume" or the refunds page lets it go on.

  --note  why, for the record

  --json  one JSON object: {"stopped"}; false where they were stopped already
`,
  async run(args) {
    const { values } = readArgs(args, { note: { type: 'string' } })
    const reason = noteOf(values.note)
    const stopped = await withStore(({ store }) =>
      store.transaction().execute((trx) => startStop(trx, { kind: 'kill-switch', reason, actor: ACTOR })),
    )
    if (values.json) await printJson({ stopped })
    else {
      await write(process.stdout, stopped ? 'All payouts are stopped.\n' : 'They were stopped already.\n')
    }
    return 0
  },
}

export const payoutsResume: Command = {
  help: `Usage: npm run --silent kikimimi -- payouts resume --note WHAT [ID] [--json]

Lets payouts go on. ID: which of several stops ("payouts status" lists them). A stop whose cause is still there comes
back by itself.

  --note  what was found and done, for the record

  --json  one JSON object: {"id","kind"}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, { note: { type: 'string' } }, 1)
    const note = noteOf(values.note)
    const wanted = positionals[0]
    const ended = await withStore(async ({ store }) => {
      const stops = await openStops(store)
      const stop = wanted === undefined ? stops[0] : stops.find(({ id }) => String(id) === wanted)
      if (!stop) {
        throw new CommandError(
          wanted === undefined
            ? 'Nothing stops payouts.'
            : `No stop ${wanted} is in force; see payouts status.`,
        )
      }
      if (wanted === undefined && stops.length > 1) {
        throw new CommandError(
          `Several stops are in force (${stops.map(({ id, kind }) => `${id}: ${kind}`).join(', ')}); name one.`,
        )
      }
      await endStop(store, { id: stop.id, actor: ACTOR, note })
      return stop
    })
    if (values.json) await printJson({ id: ended.id, kind: ended.kind })
    else await write(process.stdout, `Ended: ${ended.kind}.\n`)
    return 0
  },
}
