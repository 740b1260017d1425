import type { Db } from '../../store/database.ts'
import { storedInputs } from '../../store/stored-inputs.ts'
import { usageKeys } from '../decision/limits.ts'
import type { Payouts } from '../payouts/payouts.ts'
import type { RefundRule } from '../rules/rule.ts'
import { type ReplayedEvent, refundEventLine } from './event-line.ts'
import { type Simulation, simulateRefunds } from './simulate.ts'

const DAY_MS = 86_400_000
/** More would not be waited for. */
export const MOST_EVENTS = 100_000

export interface StoredSimulation extends Simulation {
  /** Only the latest `MOST_EVENTS` were replayed. */
  cut: boolean
  /** Decisions whose facts can not be replayed, such as orders that the shop did not know. */
  skipped: number
}

/**
 * Replays what was really decided in a time. The limits are filled with the events of the days before, as far back as
 * the longest of them looks.
 */
export async function simulateStored(
  db: Db,
  rules: readonly RefundRule[],
  options: { from: Date; to: Date; live: readonly RefundRule[] | null; payouts: Payouts | null },
): Promise<StoredSimulation> {
  const { from, to, live, payouts } = options
  const days = Math.max(0, ...usageKeys([...rules, ...(live ?? [])]).map((window) => window.days))
  const since = new Date(from.getTime() - days * DAY_MS)
  const events: ReplayedEvent[] = []
  let skipped = 0
  for await (const batch of storedInputs(db, since, to, MOST_EVENTS)) {
    for (const { id, inputs } of batch) {
      const read = refundEventLine.safeParse(inputs)
      if (read.success) events.push({ ...read.data, id: String(id) })
      else skipped += 1
    }
  }
  const cut = events.length + skipped >= MOST_EVENTS
  return { ...simulateRefunds(events, rules, { live, payouts, countFrom: from }), cut, skipped }
}
