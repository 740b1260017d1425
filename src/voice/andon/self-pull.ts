import { matchesCode } from '../../code-pattern.ts'
import { openCords } from '../../store/cords.ts'
import type { Store } from '../../store/database.ts'
import type { CordKind } from '../../store/schema.ts'
import { openSignals } from '../../store/signals.ts'
import type { ThingBook } from './keep-watch.ts'
import { pullCord } from './pull-cord.ts'

/** `andon.selfPull` of templates/policy.yaml: a signal that fits one of these pulls its cord without a person. */
export interface SelfPullRule {
  reason: 'surge' | 'danger'
  kinds: readonly CordKind[]
  /** None: all of them. */
  codes: readonly string[]
  /** At least so many different people are behind it. */
  people: number
}

const MOST = 200

/**
 * Pulls the cords that policy wants pulled. A cord that a person let go is not pulled again for the same signal: that
 * is settled.
 * @returns the cords
 */
export async function selfPull(
  store: Store,
  rules: readonly SelfPullRule[],
  things: ThingBook,
): Promise<{ id: number; caseIds: number[] }[]> {
  if (rules.length === 0) return []
  const pulled: { id: number; caseIds: number[] }[] = []
  const open = new Set((await openCords(store)).map(({ kind, name }) => `${kind} ${name}`))
  for (const signal of await openSignals(store, MOST)) {
    const { id: signalId, kind, name, code, people, reason } = signal
    const rule = rules.find(
      (each) =>
        each.reason === reason &&
        each.kinds.some((one) => one === kind) &&
        (each.codes.length === 0 || (code !== null && matchesCode(each.codes, code))) &&
        people >= each.people,
    )
    if (!rule || kind === 'company' || open.has(`${kind} ${name}`)) continue
    const cord = await pullCord(
      store,
      { kind, name, reason: `signal ${signalId}: ${reason}, ${people} people`, actor: 'policy', signalId },
      things,
    )
    if (cord.pulled) pulled.push(cord)
  }
  return pulled
}
