import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { formatMoney } from '../money.ts'
import {
  activeRules,
  loadPayouts,
  loadRefundRules,
  MOST_EVENTS,
  type Money,
  type Payouts,
  type RefundRule,
  type ReplayedEvent,
  refundEventLine,
  type Simulation,
  type StoredSimulation,
  simulateRefunds,
  simulateStored,
  type Tally,
} from '../refunds/index.ts'
import type { Store } from '../store/database.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { LineError, parseLine } from './each-line.ts'
import { readLines } from './lines.ts'
import { printJson, table, write } from './output.ts'
import { templatesDir, typedPath } from './paths.ts'

const DAY_MS = 86_400_000
/** A file that is wrong throughout is told soon enough. */
const MOST_FAULTS = 20
const EXPECTED =
  '{"kind":"playback.ended","at":"2026-11-20T21:00:00Z","session":{…},"order":{"id","lineId","kind","currency","priceMinor","customerId","title"}}'

export const refundsSimulate: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds simulate [--from DATE] [--to DATE] [--rules DIR] [--against DIR] [--json]
       npm run --silent kikimimi -- refunds simulate --events FILE [--rules DIR] [--against DIR] [--json]

What the rules as edited would have paid: how many refunds, how much, to whom most, which limits would have bitten, and
the difference to the rules that are live. Nothing is paid and nothing is changed. Limits and the budgets of
templates/payouts.yaml count what the simulation itself gave.

  --from, --to   days (2026-11-01, UTC, both counted) whose decisions are replayed; default: the last 30 days. At most
                 ${MOST_EVENTS.toLocaleString('en')} events, the latest.
  --events FILE  events from a file instead ("-": standard input), one JSON object a line:
                 ${EXPECTED}
                 "id" names it in the answer. By kind it has "session", "complaint" {"code","severity"}, "delivery"
                 {"daysLate","delivered"} or "goodwill" {"amountMinor"}; what is missing is not known, and the unknown
                 never pays. docs/refund-activation.md lists every field. A bad line is told with its number and left out.
  --rules DIR    the rules to try (default: refunds/ in TEMPLATES_DIR)
  --against DIR  compare with the rules of this folder; default: those that are active in the running product

  --json  one JSON object: {"events","from","to","noRule","paid","asked","denied","topCustomers",
          "rules":[{"ruleId","hash","paid","asked","replaced","denied","limits":[{"limit","count"}],"topCustomers"}],
          "difference":{"live","newlyPaid","noLongerPaid","changed","newlyAsked","noLongerAsked"}|null}
          paid and the like: {"count","money":[{"currency","minor"}],"examples":["…"]}
`,
  async run(args) {
    const { values } = readArgs(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      events: { type: 'string' },
      rules: { type: 'string' },
      against: { type: 'string' },
    })
    if (values.events !== undefined && (values.from !== undefined || values.to !== undefined)) {
      throw new UsageError('--events takes the file as it is; --from and --to are for what was decided here')
    }
    const dir = templatesDir(undefined)
    const rules = loadRefundRules(values.rules === undefined ? join(dir, 'refunds') : typedPath(values.rules))
    const against = values.against === undefined ? null : loadRefundRules(typedPath(values.against))
    const payouts = loadPayouts(join(dir, 'payouts.yaml'))
    if (values.events !== undefined) {
      const live = against ?? (await rulesOfProduct())
      const { events, faults } = await readEvents(values.events)
      await print(simulateRefunds(events, rules, { live, payouts }), values.json)
      return faults === 0 ? 0 : 1
    }
    const span = readSpan(values.from, values.to, new Date())
    const simulation = await withStore(({ store }) => fromStore(store, rules, against, payouts, span))
    await print(simulation, values.json)
    return 0
  },
}

async function fromStore(
  store: Store,
  rules: readonly RefundRule[],
  against: readonly RefundRule[] | null,
  payouts: Payouts,
  span: { from: Date; to: Date },
): Promise<StoredSimulation> {
  const live = against ?? (await activeRules(store))
  return simulateStored(store, rules, { ...span, live, payouts })
}

/** A file can be tried anywhere; without the product there is just nothing to compare with. */
async function rulesOfProduct(): Promise<readonly RefundRule[] | null> {
  try {
    return await withStore(({ store }) => activeRules(store))
  } catch (error) {
    const { name, message } = error as Error
    if (!['CommandError', 'EmbeddedPostgresError', 'ConfigError'].includes(name)) throw error
    await write(process.stderr, `Compared with nothing: ${message}\n`)
    return null
  }
}

async function readEvents(file: string): Promise<{ events: ReplayedEvent[]; faults: number }> {
  const input = file === '-' ? process.stdin : createReadStream(typedPath(file))
  const events: ReplayedEvent[] = []
  let faults = 0
  try {
    for await (const lines of readLines(input)) {
      for (const line of lines) {
        if (line.text?.trim() === '') continue
        try {
          events.push(parseLine(line, refundEventLine, EXPECTED))
        } catch (error) {
          if (!(error instanceof LineError)) throw error
          faults += 1
          if (faults <= MOST_FAULTS) await write(process.stderr, `line ${line.number}: ${error.message}\n`)
        }
      }
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new CommandError(`${file} can not be read: ${message}`)
  }
  if (faults > MOST_FAULTS) await write(process.stderr, `${faults - MOST_FAULTS} more lines were left out\n`)
  return { events, faults }
}

function readSpan(from: string | undefined, to: string | undefined, now: Date): { from: Date; to: Date } {
  const end = to === undefined ? now : new Date(readDay('--to', to).getTime() + DAY_MS)
  const begin = from === undefined ? new Date(end.getTime() - 30 * DAY_MS) : readDay('--from', from)
  if (begin >= end) throw new UsageError('--from must be before --to')
  return { from: begin, to: end }
}

function readDay(option: string, text: string): Date {
  const day = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(day.getTime())) {
    throw new UsageError(`${option} takes a day such as 2026-11-01`)
  }
  return day
}

async function print(simulation: Simulation | StoredSimulation, json: boolean | undefined): Promise<void> {
  if (json) await printJson(simulation)
  else await write(process.stdout, asText(simulation))
}

function asText(simulation: Simulation | StoredSimulation): string {
  const { events, from, to, noRule, paid, asked, denied, rules, difference, topCustomers } = simulation
  if (events === 0) return 'No event to replay: choose other days, or a file with --events.\n'
  const span = `${from?.toISOString().slice(0, 10)} to ${to?.toISOString().slice(0, 10)}`
  const cells = rules.map((rule) => [
    rule.ruleId,
    rule.paid.count,
    money(rule.paid.money),
    rule.asked.count,
    rule.denied.count,
    rule.replaced.count,
    rule.limits.map(({ limit, count }) => `${limit} ${count}`).join(', ') || '-',
  ])
  const total = ['total', paid.count, money(paid.money), asked.count, denied.count, '', '']
  return [
    `${events} events from ${span}; no rule spoke for ${noRule}.`,
    ...notes(simulation),
    '',
    table(['RULE', 'PAID', 'MONEY', 'ASKED', 'DENIED', 'REPLACED', 'LIMITS THAT BIT'], [...cells, total]),
    ...(topCustomers.length === 0
      ? []
      : [
          'To whom most',
          table(
            ['CUSTOMER', 'REFUNDS', 'MONEY'],
            topCustomers.map((each) => [each.customerId, each.count, money(each.money)]),
          ),
        ]),
    difference ? `Against the live rules\n${differenceTable(difference)}` : 'Compared with nothing.',
  ]
    .join('\n')
    .replace(/\n*$/, '\n')
}

function notes(simulation: Simulation | StoredSimulation): string[] {
  if (!('cut' in simulation)) return []
  return [
    ...(simulation.cut ? [`Only the latest ${MOST_EVENTS.toLocaleString('en')} were replayed.`] : []),
    ...(simulation.skipped > 0 ? [`${simulation.skipped} decisions hold no facts to replay.`] : []),
  ]
}

function differenceTable(difference: NonNullable<Simulation['difference']>): string {
  const row = (name: string, { count, money: sums, examples }: Tally) => [
    name,
    count,
    money(sums),
    examples.join(' ') || '-',
  ]
  return table(
    ['', 'COUNT', 'MONEY', 'FOR EXAMPLE'],
    [
      row('live rules pay', difference.live),
      row('newly paid', difference.newlyPaid),
      row('no longer paid', difference.noLongerPaid),
      row('other amount', difference.changed),
      row('newly asked', difference.newlyAsked),
      row('no longer asked', difference.noLongerAsked),
    ],
  )
}

function money(sums: readonly Money[]): string {
  return sums.map(({ currency, minor }) => formatMoney(minor, currency, 'en')).join(' + ') || '-'
}
