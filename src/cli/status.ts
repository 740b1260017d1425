import { type Command, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'
import { readStatus } from './status-report.ts'
import { statusTable } from './status-table.ts'

export const status: Command = {
  help: `Usage: npm run --silent kikimimi -- status [--json]

How the running product does: what waits in each queue and since when, workers and their signs of life, sources and
what is wrong with them, dead letters, what the networks charged today and this month (UTC), their rate limits,
the language model, what is to be known about the refund rules, what stops payouts, refunds that are not settled, and
how much of today's budgets is used,
and chats that are to be told something.
Looks at DATABASE_URL and REDIS_URL, or at the embedded Postgres of DATA_DIR while it runs; changes nothing.

  --json  one JSON object:
          {"at","backend","queues":[{"queue","waiting","active","delayed","rows","oldestSeconds","dead"}],
           "workers":[{"worker","process","at","silentSeconds","alive"}],"missing":["…"],
           "sources":[{"id","state","problem","warning","okAt","nextPollAt"}],
           "deadLetters":[{"queue","count","oldest"}],
           "spend":{"todayUsd","monthUsd","by":[{"network","kind","calls","todayUsd","monthUsd"}]},
           "model":{"on","name","circuit","todayUsd","budgetUsd","calls","failure":{"reason","at"}},
           "rules":{"active","shadow","proposed","warnings":["…"]},
           "money":{"stops":[{"id","kind","reason","since"}],"refunds":{"asked","waiting","failed","unknown"},
             "gateways":[{"gateway","waiting","reason"}],"day","budgets":[{"currency","all","usedMinor","mostMinor"}]},
           "chat":[{"channel","kind","okAt","waiting","oldestSeconds","failed","problem","triedAgainAt"}],
           "limits":[{"network","endpoint","limit","remaining","resetAt"}]}
          waiting, active and delayed count jobs and are null where the queue does not answer; rows counts what the
          tables say is to be done (2,000 stands for that many or more). gateways are payment providers that are left
          alone after failures, as far as waiting refunds tell; day is the company's day whose budgets these are.

The exit code is 0 whenever it could look: /healthz is the one to raise an alarm by.
`,
  async run(args) {
    const { values } = readArgs(args, {})
    const report = await withStore(readStatus)
    if (values.json) await printJson(report)
    else await write(process.stdout, statusTable(report))
    return 0
  },
}
