import type { CountedContact, Signal } from './signal.ts'

/** Danger said again within a day belongs to the signal that there is. */
const SAME_MS = 24 * 3_600_000
const SAFETY = 'item.safety'

export interface Dangers {
  /** The signal of a contact that tells of danger; null if it does not or the product has one already. */
  warn(contact: CountedContact): Signal | null
  /** When each key was last in danger, in ms. */
  last(): [string, number][]
}

export function createDangers(known: readonly [string, number][] = []): Dangers {
  const last = new Map(known)
  return {
    warn(contact) {
      const { at, product, title, code, severity } = contact
      if (severity < 3 && code !== SAFETY) return null
      const kind = product !== null ? 'product' : title !== null ? 'title' : 'code'
      const name = product ?? title ?? code
      const key = `${kind}\n${name}`
      const before = last.get(key)
      last.set(key, Math.max(at.getTime(), before ?? 0))
      if (before !== undefined && at.getTime() - before < SAME_MS) return null
      return { reason: 'danger', kind, name, code, at, from: at, seen: 1, expected: 0, chance: 0 }
    },
    last: () => [...last],
  }
}
