const X_EPOCH_MS = 1288834974657n

/** The time inside a snowflake id, in milliseconds since 1970. */
export function timeOfId(id: string): number {
  return Number((BigInt(id) >> 22n) + X_EPOCH_MS)
}

/** The smallest id of a given millisecond. */
export function firstIdAt(ms: number): bigint {
  return (BigInt(Math.floor(ms)) - X_EPOCH_MS) << 22n
}

/** Newest first. Ids are longer than what a JavaScript number can tell apart. */
export function newestFirst(a: { id: string }, b: { id: string }): number {
  if (a.id === b.id) return 0
  const newer = a.id.length === b.id.length ? a.id > b.id : a.id.length > b.id.length
  return newer ? -1 : 1
}

/** Hands out ids as X does: the time in the high bits, so later posts have larger ids. */
export function createIdSource(): { next(ms: number): string; seen(id: string): void } {
  const taken = new Set<string>()
  let newest = 0n
  let newestMs = 0
  return {
    next(ms) {
      let id = firstIdAt(ms) + (378n << 12n)
      if (ms >= newestMs && id <= newest) id = newest + 1n
      while (taken.has(String(id))) id += 1n
      this.seen(String(id))
      return String(id)
    },
    seen(id) {
      taken.add(id)
      const value = BigInt(id)
      if (value > newest) {
        newest = value
        newestMs = timeOfId(id)
      }
    },
  }
}
