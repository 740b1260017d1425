import { openJournal } from '../journal.ts'
import { creditsDepleted } from './problems.ts'

export type PriceName =
  | 'ownedRead'
  | 'postRead'
  | 'userRead'
  | 'postCreate'
  | 'postCreateWithUrl'
  | 'summonedReply'
  | 'postDelete'

/** Micro-USD a unit, from X's price table of August 2026. */
export const PRICES_MICRO_USD: Record<PriceName, number> = {
  ownedRead: 1_000,
  postRead: 5_000,
  userRead: 10_000,
  postCreate: 15_000,
  postCreateWithUrl: 200_000,
  summonedReply: 10_000,
  postDelete: 5_000,
}

export interface Charge {
  at: string
  kind: PriceName
  /** `post:ID` or `user:ID`: charged once within a UTC day. */
  resource: string
  costMicroUsd: number
}

type Entry = { t: 'charge'; charge: Charge } | { t: 'credit'; microUsd: number | null }

export function openBilling(path: string, accountId: string) {
  const charges: Charge[] = []
  const chargedToday = new Set<string>()
  let credit: number | null = null

  function apply(entry: Entry): void {
    if (entry.t === 'credit') {
      credit = entry.microUsd
      return
    }
    charges.push(entry.charge)
    chargedToday.add(dayKey(entry.charge))
    if (credit !== null) credit -= entry.charge.costMicroUsd
  }

  const journal = openJournal<Entry>(path, apply)

  return {
    charges: () => [...charges],
    credit: () => credit,
    /** Null lifts the limit. */
    setCredit(microUsd: number | null) {
      const entry: Entry = { t: 'credit', microUsd }
      journal.append(entry)
      apply(entry)
    },
    /** X blocks requests while nothing is left; a balance may have gone slightly negative before. */
    requireCredit() {
      if (credit !== null && credit <= 0) throw creditsDepleted(accountId)
    },
    charge(units: { kind: PriceName; resource: string }[]) {
      const at = new Date().toISOString()
      const entries: Entry[] = []
      for (const unit of units) {
        const charge = { at, ...unit, costMicroUsd: PRICES_MICRO_USD[unit.kind] }
        if (chargedToday.has(dayKey(charge))) continue
        const entry: Entry = { t: 'charge', charge }
        apply(entry)
        entries.push(entry)
      }
      journal.append(...entries)
    },
    close: () => journal.close(),
  }
}

function dayKey(charge: { at: string; kind: PriceName; resource: string }): string {
  const family = /Read$/.test(charge.kind) ? 'read' : charge.kind
  return `${charge.at.slice(0, 10)} ${family} ${charge.resource}`
}
