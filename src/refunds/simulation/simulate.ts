import { decideRefund } from '../decision/decide.ts'
import type { RefundEvent } from '../decision/event.ts'
import { createRunningHistory } from '../decision/running-history.ts'
import { companyDay, inBaseMinor, type Payouts } from '../payouts/payouts.ts'
import type { RefundRule } from '../rules/rule.ts'
import type { ReplayedEvent } from './event-line.ts'

const DAY_MS = 86_400_000
const TOP_CUSTOMERS = 5
const EXAMPLES = 5

export interface SimulationOptions {
  /** The rules that are live, to be compared with; null compares with nothing. */
  live: readonly RefundRule[] | null
  /** Budgets and the company's day; null: no budget, and days of UTC. */
  payouts: Payouts | null
  /** Events before it fill the limits and are not counted. */
  countFrom?: Date
}

/** Money of one currency, in minor units. */
export interface Money {
  currency: string
  minor: number
}

/** How often, how much, and a few ids of events to look at. */
export interface Tally {
  count: number
  money: Money[]
  examples: string[]
}

export interface SimulatedRule {
  ruleId: string
  hash: string
  name: { en: string; ja: string }
  /** Paid by itself. */
  paid: Tally
  /** Left to a person. */
  asked: Tally
  /** Sent again instead of money, by itself. */
  replaced: Tally
  denied: Tally
  /** What stopped or cut it, the most frequent first. */
  limits: { limit: string; count: number }[]
  /** Who got most by itself, by count. */
  topCustomers: { customerId: string; count: number; money: Money[] }[]
}

export interface Simulation {
  events: number
  from: Date | null
  to: Date | null
  /** Events for which no rule spoke. */
  noRule: number
  /** Paid by itself, by all rules. */
  paid: Tally
  asked: Tally
  denied: Tally
  topCustomers: SimulatedRule['topCustomers']
  rules: SimulatedRule[]
  /** Against the live rules over the same events; null where there was nothing to compare with. */
  difference: Difference | null
}

export interface Difference {
  /** What the live rules pay over the same events. */
  live: Tally
  /** Paid by these rules and not by the live ones; `nowAsked` and `nowDenied` the other way round. */
  newlyPaid: Tally
  /** Paid by the live rules and not by these, a person is asked or nobody. */
  noLongerPaid: Tally
  /** Paid by both, with another amount; the money is what more is paid (or less, below 0). */
  changed: Tally
  newlyAsked: Tally
  noLongerAsked: Tally
}

interface Outcome {
  outcome: 'pay' | 'ask' | 'deny' | 'no-rule'
  rule: RefundRule | null
  minor: number
  limit: string | null
}

/**
 * Replays events in the order of their time against rules, with a history of its own: limits and budgets bite as they
 * would have bitten, had these rules decided all of it. Pure. What a person would have said to what was asked is not
 * known: it counts as given in the limits, as it does while it waits, and not in the budgets.
 */
export function simulateRefunds(
  events: Iterable<ReplayedEvent>,
  rules: readonly RefundRule[],
  options: SimulationOptions,
): Simulation {
  const inOrder = [...events].sort((a, b) => a.at.getTime() - b.at.getTime())
  const dayOf = createDayOf(options.payouts)
  const decide = createReplay(rules, options.payouts)
  const decideLive = options.live ? createReplay(options.live, options.payouts) : null
  const counts = createCounts(rules)
  const difference = decideLive ? createDifference() : null
  const countFrom = options.countFrom?.getTime() ?? Number.NEGATIVE_INFINITY
  let from: Date | null = null
  let to: Date | null = null
  for (const event of inOrder) {
    const day = dayOf(event.at)
    const now = decide(event, day)
    const live = decideLive?.(event, day)
    if (event.at.getTime() < countFrom) continue
    from ??= event.at
    to = event.at
    counts.add(event, now)
    if (live) difference?.add(event, live, now)
  }
  return { ...counts.result(), from, to, difference: difference?.result() ?? null }
}

/** Decides one event after the other, remembering what it gave. */
function createReplay(rules: readonly RefundRule[], payouts: Payouts | null) {
  const history = createRunningHistory(rules)
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  const overBudget = createBudgets(payouts)
  const all = [...rules]
  return (event: RefundEvent, day: number): Outcome => {
    const decision = decideRefund({ ...event, history: history.historyOf(event, day) }, all)
    const rule = decision.ruleId === null ? null : (byId.get(decision.ruleId) ?? null)
    const decided = { outcome: decision.outcome, rule, minor: decision.amountMinor, limit: decision.limit }
    if (!rule || (decided.outcome !== 'pay' && decided.outcome !== 'ask')) return decided
    if (history.isUsed(event)) return { ...decided, outcome: 'deny', minor: 0, limit: 'key' }
    const { minor } = decided
    const budget =
      decided.outcome === 'pay' && minor > 0 ? overBudget(event.order.currency, minor, day) : null
    history.give(event, day, rule.id, minor)
    if (budget) return { ...decided, outcome: 'ask', limit: budget }
    return decided
  }
}

/** Takes money from the day's budgets. @returns the budget that has not enough left, or null */
function createBudgets(payouts: Payouts | null) {
  let today = Number.NaN
  let spent = new Map<string, number>()
  let spentInAll = 0
  const firstRates = payouts?.exchange[0]?.from ?? ''
  return (currency: string, minor: number, day: number): string | null => {
    if (!payouts) return null
    if (day !== today) {
      today = day
      spent = new Map()
      spentInAll = 0
    }
    const { perDayMinor, allPerDay } = payouts.budgets
    const own = (spent.get(currency) ?? 0) + minor
    if (own > (perDayMinor[currency] ?? 0)) return 'budget'
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10)
    // What is replayed may be older than the table.
    const base = inBaseMinor(payouts, minor, currency, date < firstRates ? firstRates : date)
    if (base === null) return 'budget'
    if (spentInAll + base > allPerDay.minor) return 'all-budgets'
    spent.set(currency, own)
    spentInAll += base
    return null
  }
}

/** The company's day as a number; asking the calendar for each event would take longer than deciding it. */
function createDayOf(payouts: Payouts | null): (at: Date) => number {
  if (!payouts) return (at) => Math.floor(at.getTime() / DAY_MS)
  const QUARTER_MS = 15 * 60_000
  let known = Number.NaN
  let day = 0
  return (at) => {
    // Every zone and every closing time that people set changes the day on a quarter of an hour.
    const quarter = Math.floor(at.getTime() / QUARTER_MS)
    if (payouts.books.dayClosesAt.match(/:(00|15|30|45)$/) && quarter === known) return day
    known = quarter
    day = Date.parse(`${companyDay(payouts, at)}T00:00:00Z`) / DAY_MS
    return day
  }
}

function createCounts(rules: readonly RefundRule[]) {
  const all = { ...tallies(), customers: new Map<string, CountedTally>(), events: 0, noRule: 0 }
  const byRule = new Map(
    rules.map((rule) => [
      rule.id,
      { rule, ...tallies(), customers: new Map<string, CountedTally>(), limits: new Map<string, number>() },
    ]),
  )
  return {
    add(event: ReplayedEvent, { outcome, rule, minor, limit }: Outcome): void {
      all.events += 1
      const own = rule && byRule.get(rule.id)
      if (!own) {
        all.noRule += outcome === 'no-rule' ? 1 : 0
        if (outcome === 'deny') all.denied.add(event, 0)
        return
      }
      if (limit) own.limits.set(limit, (own.limits.get(limit) ?? 0) + 1)
      for (const each of [all, own]) {
        if (outcome === 'ask') each.asked.add(event, minor)
        else if (outcome === 'deny') each.denied.add(event, 0)
        else if (rule.action === 'replace') each.replaced.add(event, 0)
        else {
          each.paid.add(event, minor)
          const { customerId } = event.order
          let customer = each.customers.get(customerId)
          if (!customer) {
            customer = tally()
            each.customers.set(customerId, customer)
          }
          customer.add(event, minor)
        }
      }
    },
    result: () => ({
      events: all.events,
      noRule: all.noRule,
      paid: all.paid.result(),
      asked: all.asked.result(),
      denied: all.denied.result(),
      topCustomers: topOf(all.customers),
      rules: [...byRule.values()].map((own) => ({
        ruleId: own.rule.id,
        hash: own.rule.hash,
        name: own.rule.name,
        paid: own.paid.result(),
        asked: own.asked.result(),
        replaced: own.replaced.result(),
        denied: own.denied.result(),
        limits: [...own.limits].sort((a, b) => b[1] - a[1]).map(([limit, count]) => ({ limit, count })),
        topCustomers: topOf(own.customers),
      })),
    }),
  }
}

function createDifference() {
  const names = ['live', 'newlyPaid', 'noLongerPaid', 'changed', 'newlyAsked', 'noLongerAsked'] as const
  const sums = Object.fromEntries(names.map((name) => [name, tally()])) as Record<
    keyof Difference,
    CountedTally
  >
  const pays = ({ outcome, rule }: Outcome) => outcome === 'pay' && rule?.action !== 'replace'
  return {
    add(event: ReplayedEvent, live: Outcome, now: Outcome): void {
      if (pays(live)) sums.live.add(event, live.minor)
      if (pays(now) && !pays(live)) sums.newlyPaid.add(event, now.minor)
      if (pays(live) && !pays(now)) sums.noLongerPaid.add(event, live.minor)
      if (pays(live) && pays(now) && live.minor !== now.minor) sums.changed.add(event, now.minor - live.minor)
      if (now.outcome === 'ask' && live.outcome !== 'ask') sums.newlyAsked.add(event, now.minor)
      if (live.outcome === 'ask' && now.outcome !== 'ask') sums.noLongerAsked.add(event, live.minor)
    },
    result: () =>
      Object.fromEntries(names.map((name) => [name, sums[name].result()])) as unknown as Difference,
  }
}

type CountedTally = ReturnType<typeof tally>

function tallies() {
  return { paid: tally(), asked: tally(), replaced: tally(), denied: tally() }
}

function tally() {
  let count = 0
  const money = new Map<string, number>()
  const examples: string[] = []
  return {
    add({ id, order }: ReplayedEvent, minor: number): void {
      count += 1
      if (minor !== 0) money.set(order.currency, (money.get(order.currency) ?? 0) + minor)
      if (examples.length < EXAMPLES) examples.push(id ?? order.lineId)
    },
    result: (): Tally => ({
      count,
      money: [...money].map(([currency, minor]) => ({ currency, minor })).sort(byCurrency),
      examples: [...examples],
    }),
  }
}

function byCurrency(a: Money, b: Money): number {
  return a.currency < b.currency ? -1 : 1
}

function topOf(customers: Map<string, CountedTally>): SimulatedRule['topCustomers'] {
  return [...customers]
    .map(([customerId, own]) => {
      const { count, money } = own.result()
      return { customerId, count, money }
    })
    .sort((a, b) => b.count - a.count || (a.customerId < b.customerId ? -1 : 1))
    .slice(0, TOP_CUSTOMERS)
}
