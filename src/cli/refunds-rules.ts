import { formatMoney } from '../money.ts'
import { type ReportedRule, type ReportedVersion, reportRules, type Spoken } from '../refunds/index.ts'
import { type Command, readArgs } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, table, write } from './output.ts'

export const refundsRules: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds rules [--json]

The rules as the running product knows them: which version of each pays, which run in the shadow, since when, how
often each spoke in the last 7 days, and what a version in the shadow would have paid in the same time in which the
active one paid what stands beside it. Warns of rules that fell silent, and of rules that pay without a file.

  --json  one JSON object a line for each version:
          {"rule","event","priority","hash","state","since","listed","gone","problem","proposedBy",
           "fired7d","shadow":{"since","own","live"}|null,"silent":{"quietDays","lastAt","events"}|null}
          own and live: {"fired","paid","asked","denied","money":[{"currency","minor"}]}
`,
  async run(args) {
    const { values } = readArgs(args, {})
    const rules = await withStore(({ store }) => reportRules(store, new Date()))
    const rows = rules.flatMap((rule) =>
      [...(rule.active ? [rule.active] : []), ...rule.shadow, ...rule.retired.slice(0, 1)].map((version) => ({
        rule,
        version,
      })),
    )
    if (values.json) for (const each of rows) await printJson(asJson(each))
    else await write(process.stdout, asText(rules, rows))
    return 0
  },
}

interface Row {
  rule: ReportedRule
  version: ReportedVersion
}

function asJson({ rule, version }: Row) {
  const { row } = version
  const silent = row.state === 'active' ? rule.silent : null
  return {
    rule: rule.id,
    event: version.rule?.event ?? null,
    priority: version.rule?.priority ?? null,
    hash: row.hash,
    state: row.state,
    since: version.since,
    listed: row.listed,
    gone: row.state === 'active' && rule.gone,
    problem: version.problem,
    proposedBy: row.proposed_by,
    fired7d: row.state === 'active' ? rule.live.fired : null,
    shadow: version.shadow,
    silent: silent && { quietDays: silent.quietDays, lastAt: silent.lastAt, events: silent.events },
  }
}

function asText(rules: ReportedRule[], rows: Row[]): string {
  if (rows.length === 0) return 'No rule is known yet: start Kikimimi once.\n'
  const cells = rows.map(({ rule, version }) => [
    rule.id,
    version.rule?.event ?? '?',
    version.row.hash.slice(0, 12),
    version.row.proposed_by ? `${version.row.state}, proposed` : version.row.state,
    version.since.toISOString().slice(0, 16),
    version.row.state === 'active' ? rule.live.fired : '-',
    version.shadow ? `${spoken(version.shadow.own)} (live: ${spoken(version.shadow.live)})` : '-',
  ])
  const head = ['RULE', 'EVENT', 'VERSION', 'STATE', 'SINCE', 'FIRED 7 D', 'WOULD HAVE PAID']
  return `${table(head, cells)}${warnings(rules)}`
}

function warnings(rules: ReportedRule[]): string {
  const lines = rules.flatMap((rule) => [
    ...(rule.active?.problem
      ? [
          `${rule.id}: this release can not read the active version, so it pays nothing: ${rule.active.problem}`,
        ]
      : []),
    ...(rule.gone
      ? [`${rule.id}: its file is gone and it still pays; "refunds retire ${rule.id}" ends that`]
      : []),
    ...(rule.silent
      ? [
          `${rule.id}: has not fired for ${rule.silent.quietDays} days, though its event came ${rule.silent.events} times`,
        ]
      : []),
  ])
  if (!rules.some(({ active }) => active)) {
    lines.unshift(
      `${rules.length} rule(s) run in the shadow; nothing is paid until somebody activates them ("refunds activate ID")`,
    )
  }
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

function spoken({ paid, asked, money }: Spoken): string {
  const sums = money.map(({ currency, minor }) => formatMoney(minor, currency, 'en'))
  return [`${paid}`, ...sums, ...(asked > 0 ? [`${asked} asked`] : [])].join(', ')
}
