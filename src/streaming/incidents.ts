import type { Verdict } from './verdict.ts'
import { alarmLevel, isRaised, isWide, MIN_AFFECTED, type Tally, usualShare } from './wide.ts'

export const DIMENSIONS = ['title', 'region', 'network', 'player'] as const
export type Dimension = (typeof DIMENSIONS)[number]
/** What an incident is about: a value of a dimension, or everything. */
export interface Place {
  dimension: Dimension | 'all'
  /** '' for everything. */
  value: string
}

/** A session of the window: who watched what, where and how. Null: the shop did not say. */
export interface Observation extends Record<Dimension, string | null> {
  customerId: string
  verdict: Verdict
}

/** What the days before say. */
export interface History {
  all: Tally
  of(place: Place): Tally
}

/** A failure that is ours and wide, and what it is narrowed down to. */
export interface Cause extends Place, Tally {
  /** Usual share of affected customers, 0 to 1. */
  baseline: number
}

/** A value that holds nearly every session tells nothing apart from everything. */
const NEARLY_ALL = 0.9
/** Only these many values with the most affected customers are tried as causes. */
const MOST_TRIED = 12
/** Three things do not break at once by themselves: then it is everything. */
const MOST_CAUSES = 2

/** Values whose history `findCauses` may ask for: those that could be wide, had nothing ever gone wrong before. */
export function suspects(seen: readonly Observation[]): Place[] {
  return tallies(seen)
    .filter((tally) => tally.affected >= MIN_AFFECTED && isRaised(tally, 0))
    .map(({ dimension, value }) => ({ dimension, value }))
}

/**
 * Finds what explains a failure: not four incidents for one cause. A broken title raises the share of its region,
 * its network and its players too; so the cause is the value without whose sessions the fewest others stay wide, and
 * of several such the one with the highest share of affected customers, which is the most specific. What remains
 * wide without it is looked at again. Where more than two values would be needed, or one that holds nearly every
 * session, it is everything.
 */
export function findCauses(seen: readonly Observation[], history: History): Cause[] {
  const level = alarmLevel(tallies(seen).filter(({ customers }) => customers >= MIN_AFFECTED).length)
  const causes: Cause[] = []
  let rest = seen
  let wide = wideAmong(rest, history, level)
  const everything = wide.find(({ dimension }) => dimension === 'all')
  while (wide.some(isSpecific)) {
    if (causes.length === MOST_CAUSES) return everything ? [everything] : causes
    const cause = bestOf(rest, wide, history, level)
    if (!cause) break
    causes.push(cause)
    rest = without(rest, cause)
    wide = wideAmong(rest, history, level)
  }
  const left = wide.find(({ dimension }) => dimension === 'all')
  return left ? [...causes, left] : causes
}

/** The sessions that are not of a place. */
export function without(seen: readonly Observation[], place: Place): Observation[] {
  return seen.filter((each) => !isAt(each, place))
}

/** Whether a session is of a place. */
export function isAt(each: Record<Dimension, string | null>, { dimension, value }: Place): boolean {
  return dimension === 'all' || each[dimension] === value
}

function bestOf(seen: readonly Observation[], wide: Cause[], history: History, level: number): Cause | null {
  const tried = wide
    .filter(
      (cause) => isSpecific(cause) && seen.length - without(seen, cause).length < seen.length * NEARLY_ALL,
    )
    .sort((one, other) => other.affected - one.affected)
    .slice(0, MOST_TRIED)
    .map((cause) => ({ cause, left: wideAmong(without(seen, cause), history, level).length }))
  tried.sort((one, other) => one.left - other.left || shareOf(other.cause) - shareOf(one.cause))
  return tried[0]?.cause ?? null
}

function wideAmong(seen: readonly Observation[], history: History, level: number): Cause[] {
  return tallies(seen).flatMap((tally) => {
    if (tally.affected < MIN_AFFECTED || !isRaised(tally, 0)) return []
    const usual = usualShare(history.of(tally), history.all)
    return isWide(tally, usual, level) ? [{ ...tally, baseline: usual.share }] : []
  })
}

function tallies(seen: readonly Observation[]): (Place & Tally)[] {
  return [
    { dimension: 'all' as const, value: '', ...count(seen) },
    ...DIMENSIONS.flatMap((dimension) => {
      const groups = Map.groupBy(seen, (each) => each[dimension])
      return [...groups].flatMap(([value, group]) =>
        value === null ? [] : [{ dimension, value, ...count(group) }],
      )
    }),
  ]
}

function count(seen: readonly Observation[]): Tally {
  const customers = new Set<string>()
  const affected = new Set<string>()
  for (const { customerId, verdict } of seen) {
    customers.add(customerId)
    if (verdict !== 'good') affected.add(customerId)
  }
  return { customers: customers.size, affected: affected.size }
}

function isSpecific({ dimension }: Place): boolean {
  return dimension !== 'all'
}

function shareOf({ customers, affected }: Tally): number {
  return affected / customers
}
