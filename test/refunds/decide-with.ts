import {
  type Decision,
  decideRefund,
  type RefundEvent,
  type RefundRule,
  type RefundUsage,
  usageKeys,
} from '../../src/refunds/index.ts'

/** Decides where nothing was given before, but for what the event's own usage says. */
export function decideWith(event: RefundEvent, rules: readonly RefundRule[]): Decision {
  return decideRefund(counted(event, rules), rules)
}

/** The event with every window of the rules counted. */
export function counted(event: RefundEvent, rules: readonly RefundRule[]): RefundEvent {
  const nothing = usageKeys(rules).map(({ key }): [string, RefundUsage] => [key, { count: 0, minor: 0 }])
  const usage = { ...Object.fromEntries(nothing), ...event.history.usage }
  return { ...event, history: { ...event.history, usage } }
}
