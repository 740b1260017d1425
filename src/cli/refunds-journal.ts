import { join } from 'node:path'
import { journalCsv, journalOf, journalSpan, loadPayouts } from '../refunds/index.ts'
import { type Command, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'

export const refundsJournal: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds journal [--from DATE] [--to DATE] [--json]

The ledger as CSV for bookkeeping, one line an account: day, event, debit or credit, currency, the tax that is in the
amount, order, refund at the provider, who agreed. Days are the company's: its time zone and the time at which its books
close stand in templates/payouts.yaml. Refunds of failed rounds are in it too: reserved, then failed.

  --from, --to  days (2026-11-01, both counted); default: the month of the last closed day so far
  --json        one JSON object a line: {"id","day","at","refundId","event","account","amountMinor","currency",…}
`,
  async run(args) {
    const { values } = readArgs(args, { from: { type: 'string' }, to: { type: 'string' } })
    await withStore(async ({ store, config }) => {
      const payouts = loadPayouts(join(config.templatesDir, 'payouts.yaml'))
      const span = journalSpan(payouts, values, new Date())
      if ('fault' in span) throw new UsageError(`--${span.fault}`)
      const lines = journalOf(store, payouts, span)
      if (values.json) for await (const line of lines) await printJson(line)
      else for await (const text of journalCsv(lines)) await write(process.stdout, text)
    })
    return 0
  },
}
