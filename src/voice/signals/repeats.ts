import { LAG_HOURS } from './watched.ts'

/** Remembers who said what in the last hours: one angry person is one voice. Tell it when an hour begins. */
export interface Repeats {
  begin(hour: number): void
  /** Whether it was said already in these hours; if not, it is remembered. */
  has(said: string, hour: number): boolean
  /** By hour modulo `LAG_HOURS`. */
  said(): string[][]
}

export function createRepeats(said: readonly string[][] = []): Repeats {
  const sets = Array.from({ length: LAG_HOURS }, (_, place) => new Set(said[place]))
  return {
    begin: (hour) => sets[hour % LAG_HOURS]?.clear(),
    has(key, hour) {
      if (sets.some((set) => set.has(key))) return true
      sets[hour % LAG_HOURS]?.add(key)
      return false
    },
    said: () => sets.map((set) => [...set]),
  }
}
