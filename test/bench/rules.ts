import path from 'node:path'
import { Environment } from '@marcbachmann/cel-js'
import {
  decideRefund,
  loadPayouts,
  loadRefundRules,
  matchRule,
  type ReplayedEvent,
  sampleEvents,
  simulateRefunds,
} from '../../src/refunds/index.ts'
import { type Finding, median, round } from './report.ts'

const TEMPLATES = path.resolve(import.meta.dirname, '../../templates')
const ROUND_MS = 500
const ROUNDS = 5
const SIMULATED = 100_000
const KINDS = ['playback.ended', 'playback.failed', 'complaint.coded', 'delivery.overdue'] as const
const RULE = 'streaming-rental'

/** Rules asked a second, beside CEL alone with the same condition, and how long a month takes to simulate. */
export function benchRules(log: (line: string) => void): Finding[] {
  const rules = loadRefundRules(path.join(TEMPLATES, 'refunds'))
  const events = KINDS.flatMap((kind) => sampleEvents(kind))
  const ended = sampleEvents('playback.ended')
  const when = rules.find(({ id }) => id === RULE)?.when
  if (when === undefined) throw new Error(`templates/refunds has no rule ${RULE} with a condition`)
  const cel = bareCondition(when)
  const facts = ended.map(({ session, order }) => ({
    session: { rebufferRatio: session?.rebufferRatio ?? 0, playedMs: BigInt(session?.playedMs ?? 0) },
    order: { kind: order.kind },
  }))
  const works: [string, () => number][] = [
    [`CEL alone: the condition of ${RULE}, facts ready`, () => each(facts, cel)],
    [
      `matchRule: which of ${rules.length} rules, playback.ended`,
      () => each(ended, (one) => matchRule(one, rules)),
    ],
    ['matchRule: all kinds of events', () => each(events, (event) => matchRule(event, rules))],
    [
      'decideRefund: amount, limits, reasons, sentences',
      () => each(events, (one) => decideRefund(one, rules)),
    ],
  ]
  const rates: number[][] = works.map(() => [])
  for (let n = 0; n < ROUNDS; n++) {
    // They take turns, so that a busy machine slows all of them alike.
    for (const [place, [, work]] of works.entries()) (rates[place] as number[]).push(rate(work))
  }
  const bare = rates[0] as number[]
  const rows = works.map(([what], place) => ({
    what,
    'events/s': round(median(rates[place] as number[])),
    ratio: round(median((rates[place] as number[]).map((value, n) => value / (bare[n] as number)))),
  }))
  log('refunds: rules asked')
  return [
    {
      title: `refunds: rules asked, ${events.length} sample events, one core`,
      rows,
      notes: [
        `medians of ${ROUNDS} rounds of ${ROUND_MS} ms of processor time; ratio = events/s ÷ CEL alone in the same round`,
        'to reach: 500,000 events/s',
      ],
    },
    simulation(rules),
  ]
}

function simulation(rules: ReturnType<typeof loadRefundRules>): Finding {
  const events = replayed()
  const payouts = loadPayouts(path.join(TEMPLATES, 'payouts.yaml'))
  const start = performance.now()
  simulateRefunds(events, rules, { live: rules, payouts })
  const seconds = (performance.now() - start) / 1000
  return {
    title: `refunds: a simulation of ${SIMULATED.toLocaleString('en-US')} events against the rules that are live`,
    rows: [{ what: 'simulateRefunds', seconds: round(seconds), 'events/s': round(SIMULATED / seconds) }],
    notes: ['from memory, without reading a file or the database; to reach: 10 s with them'],
  }
}

/** Sample events spread over a month, each with a customer and an order of its own. */
function replayed(): ReplayedEvent[] {
  const samples = KINDS.flatMap((kind) => sampleEvents(kind))
  const start = Date.parse('2026-10-01T00:00:00Z')
  return Array.from({ length: SIMULATED }, (_, n) => {
    const sample = samples[n % samples.length] as (typeof samples)[number]
    const at = new Date(start + n * 26_000)
    return {
      ...sample,
      at,
      order: { ...sample.order, id: `ord_${n}`, lineId: `ord_${n}-1` },
      customer: { ...sample.customer, id: `cus_${n % 40_000}` },
    }
  })
}

function bareCondition(when: string): (facts: Record<string, unknown>) => unknown {
  const environment = new Environment({ unlistedVariablesAreDyn: true })
  return environment.parse(when) as (facts: Record<string, unknown>) => unknown
}

function each<T>(items: readonly T[], work: (item: T) => unknown): number {
  for (const item of items) work(item)
  return items.length
}

/** A second of processor time, which other programs on the machine do not take away. */
function rate(work: () => number): number {
  const start = performance.now()
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() - start < ROUND_MS) count += work()
  const { user, system } = process.cpuUsage(before)
  return (count * 1e6) / (user + system)
}
