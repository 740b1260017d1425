/** What was used of late, by key; the rest is forgotten. */
export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/**
 * A map that keeps the `most` keys used last, and at most twice as many: two generations, of which the elder is
 * dropped when the younger is full. Cheaper than keeping keys in the order of their use.
 */
export function createRecent<T>(most: number): Recent<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()

  function set(key: string, value: T): void {
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }

  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined) return value
      const elder = old.get(key)
      if (elder !== undefined) set(key, elder)
      return elder
    },
    set,
  }
}
