import type { RefundRule } from '../rules/rule.ts'
import { causeOf, type RefundEvent, type RefundHistory, type RefundUsage } from './event.ts'
import { type UsageWindow, usageKeys } from './limits.ts'

/** What a replay gave so far, as a decision wants to see it. Days are numbers that never fall. */
export interface RunningHistory {
  /** The history of an event on a day. What others did, and what was odd, is the event's own. */
  historyOf(event: RefundEvent, day: number): RefundHistory
  /** Whether something was given for this order line and cause already. */
  isUsed(event: RefundEvent): boolean
  /** Counts what was given; `minor` is 0 for a replacement. */
  give(event: RefundEvent, day: number, ruleId: string, minor: number): void
}

/** Keeps the history that the limits of these rules look at, in memory and in one pass. */
export function createRunningHistory(rules: readonly RefundRule[]): RunningHistory {
  const windows = usageKeys(rules).map((window) => ({ ...window, counted: new Map<string, Counted>() }))
  const refundedOnLine = new Map<string, number>()
  const used = new Set<string>()
  const keyOf = (event: RefundEvent) => `${causeOf(event)} ${event.order.lineId}`
  return {
    historyOf(event, day) {
      const usage: Record<string, RefundUsage> = {}
      for (const window of windows) {
        const counted = window.counted.get(subjectOf(window, event))
        usage[window.key] = counted ? usageOn(counted, day, event.order.currency) : { count: 0, minor: 0 }
      }
      const refundedOnLineMinor = refundedOnLine.get(event.order.lineId) ?? 0
      return { ...event.history, refundedOnLineMinor, usage }
    },
    isUsed: (event) => used.has(keyOf(event)),
    give(event, day, ruleId, minor) {
      const { lineId, currency } = event.order
      used.add(keyOf(event))
      refundedOnLine.set(lineId, (refundedOnLine.get(lineId) ?? 0) + minor)
      for (const window of windows) {
        if (window.ruleId !== null && window.ruleId !== ruleId) continue
        const subject = subjectOf(window, event)
        let counted = window.counted.get(subject)
        if (!counted) {
          counted = { days: window.days, buckets: [], count: 0, minor: new Map() }
          window.counted.set(subject, counted)
        }
        add(counted, day, currency, minor)
      }
    },
  }
}

/** Whom a window counts: one customer, order or product, or everybody. */
function subjectOf({ scope }: UsageWindow, { order }: RefundEvent): string {
  if (scope === 'perCustomer') return order.customerId
  if (scope === 'perOrder') return order.id
  if (scope === 'perTitle') return order.sku ?? order.title
  return ''
}

interface Counted {
  days: number
  /** One for each day on which something was given, the oldest first. */
  buckets: { day: number; count: number; minor: Map<string, number> }[]
  count: number
  minor: Map<string, number>
}

function usageOn(counted: Counted, day: number, currency: string): RefundUsage {
  forget(counted, day)
  return { count: counted.count, minor: counted.minor.get(currency) ?? 0 }
}

function add(counted: Counted, day: number, currency: string, minor: number): void {
  forget(counted, day)
  let bucket = counted.buckets.at(-1)
  if (bucket?.day !== day) {
    bucket = { day, count: 0, minor: new Map() }
    counted.buckets.push(bucket)
  }
  bucket.count += 1
  counted.count += 1
  for (const sum of [bucket.minor, counted.minor]) sum.set(currency, (sum.get(currency) ?? 0) + minor)
}

function forget(counted: Counted, day: number): void {
  while (counted.buckets[0] && counted.buckets[0].day <= day - counted.days) {
    const gone = counted.buckets.shift()
    counted.count -= gone?.count ?? 0
    for (const [currency, minor] of gone?.minor ?? []) {
      counted.minor.set(currency, (counted.minor.get(currency) ?? 0) - minor)
    }
  }
}
