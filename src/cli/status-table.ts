import { formatMoney } from '../money.ts'
import { oneLine, table } from './output.ts'
import type { StatusReport } from './status-report.ts'

/** The report for a person at a terminal: what is wrong comes with its reason, what is well is one line. */
export function statusTable(report: StatusReport): string {
  return [
    queues(report),
    workers(report),
    sources(report),
    deadLetters(report),
    spend(report),
    model(report),
    rules(report),
    money(report),
    chat(report),
    limits(report),
  ].join('\n')
}

function queues({ backend, queues }: StatusReport): string {
  const known = queues.some((row) => row.waiting !== null)
  const note = known ? '' : ' (does not answer: is REDIS_URL that of the running product?)'
  const rows = queues.map((row) => [
    row.queue,
    row.waiting ?? '?',
    row.active ?? '?',
    row.delayed ?? '?',
    row.rows,
    row.oldestSeconds === null ? '-' : duration(row.oldestSeconds),
    row.dead,
  ])
  return `Queues on ${backend}${note}\n${table(
    ['QUEUE', 'WAITING', 'ACTIVE', 'DELAYED', 'TO DO', 'OLDEST', 'DEAD'],
    rows,
  )}`
}

function workers({ workers, missing }: StatusReport): string {
  const byProcess = Map.groupBy(
    workers.filter((each) => each.alive),
    (each) => each.process,
  )
  const rows = [...byProcess].map(([process, own]) => [
    process,
    duration(Math.max(...own.map((each) => each.silentSeconds))),
    own.map((each) => each.worker).join(' '),
  ])
  const alive = rows.length === 0 ? '' : table(['PROCESS', 'LAST SIGN', 'WORKERS'], rows)
  return `Workers${missing.length > 0 ? `: NOBODY RUNS ${missing.join(', ')}` : ''}\n${alive}`
}

function sources({ sources }: StatusReport): string {
  if (sources.length === 0) return 'Sources: none\n'
  const rows = sources.map((each) => [
    each.id,
    each.state,
    each.okAt?.toISOString() ?? 'never',
    [each.problem, each.warning].filter(Boolean).join('; '),
  ])
  return `Sources\n${table(['SOURCE', 'STATE', 'LAST GOOD POLL', 'PROBLEM'], rows)}`
}

function deadLetters({ deadLetters }: StatusReport): string {
  if (deadLetters.length === 0) return 'Dead letters: none\n'
  const rows = deadLetters.map((each) => [each.queue, each.count, each.oldest?.toISOString() ?? '-'])
  return `Dead letters ("dead-letters list" tells more)\n${table(['QUEUE', 'COUNT', 'OLDEST'], rows)}`
}

function spend({ spend }: StatusReport): string {
  if (spend.by.length === 0) return 'API spend this month: none\n'
  const rows = spend.by.map((row) => [row.network, row.kind, row.calls, usd(row.todayUsd), usd(row.monthUsd)])
  const total = ['', 'total', '', usd(spend.todayUsd), usd(spend.monthUsd)]
  return `API spend (UTC)\n${table(['NETWORK', 'KIND', 'CALLS', 'TODAY', 'THIS MONTH'], [...rows, total])}`
}

function model({ model }: StatusReport): string {
  const spent = model.calls > 0 ? `, ${usd(model.todayUsd)} today in ${model.calls} calls` : ''
  if (!model.on) return `Language model: off${spent}\n`
  const failure = model.failure
    ? `\n  last failure ${model.failure.at.toISOString()}: ${model.failure.reason}`
    : ''
  const budget = `${usd(model.todayUsd)} of ${usd(model.budgetUsd ?? 0)} today (UTC), ${model.calls} calls`
  return `Language model: ${model.name}, circuit ${model.circuit}, ${budget}${failure}\n`
}

function rules({ rules }: StatusReport): string {
  const proposed =
    rules.proposed > 0 ? `, ${rules.proposed} proposed: somebody agrees on the page "Rules"` : ''
  const lines = rules.warnings.map((warning) => `  ${oneLine(warning)}\n`)
  return `Refund rules: ${rules.active} active, ${rules.shadow} in the shadow${proposed}\n${lines.join('')}`
}

function money({ money }: StatusReport): string {
  const { asked, waiting, failed, unknown } = money.refunds
  const lines = [
    ...money.stops.map(
      ({ kind, since, reason }) =>
        `  PAYOUTS ARE STOPPED (${kind}) since ${since.toISOString()}: ${oneLine(reason)}`,
    ),
    ...money.gateways.map(
      ({ gateway, waiting, reason }) =>
        `  ${gateway} is left alone, ${waiting} refunds wait: ${oneLine(reason)}`,
    ),
    `  ${waiting} on their way; for a person: ${asked} asked, ${failed} failed, ${unknown} nobody can tell about`,
  ]
  const budgets =
    money.day === null
      ? '  budgets: templates/payouts.yaml can not be read ("templates check" says why)\n'
      : indented(
          table(
            ['BUDGET', 'USED', 'OF', 'LEFT'],
            money.budgets.map(({ currency, all, usedMinor, mostMinor }) => [
              all ? `all, in ${currency}` : currency,
              formatMoney(usedMinor, currency, 'en'),
              formatMoney(mostMinor, currency, 'en'),
              formatMoney(Math.max(0, mostMinor - usedMinor), currency, 'en'),
            ]),
          ),
        )
  return `Refunds${money.day === null ? '' : `, budgets of ${money.day}`}\n${lines.join('\n')}\n${budgets}`
}

function chat({ chat }: StatusReport): string {
  if (chat.length === 0) return 'Chats: none in templates/chat.yaml\n'
  const rows = chat.map((each) => [
    each.channel,
    each.kind,
    each.okAt?.toISOString() ?? 'never',
    each.waiting,
    each.oldestSeconds === null ? '-' : duration(each.oldestSeconds),
    each.failed,
    oneLine(each.problem ?? ''),
  ])
  const head = ['CHANNEL', 'KIND', 'LAST TOLD', 'WAITING', 'OLDEST', 'FAILED', 'PROBLEM']
  return `Chats\n${table(head, rows)}`
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

function limits({ limits, at }: StatusReport): string {
  if (limits.length === 0) return 'Rate limits: none told yet\n'
  const rows = limits.map((row) => {
    const over = row.resetAt <= at
    return [
      row.network,
      row.endpoint,
      over ? row.limit : row.remaining,
      row.limit,
      over ? '-' : row.resetAt.toISOString(),
    ]
  })
  return `Rate limits\n${table(['NETWORK', 'ENDPOINT', 'LEFT', 'OF', 'UNTIL'], rows)}`
}

function usd(amount: number): string {
  return `$${amount.toFixed(3)}`
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}
