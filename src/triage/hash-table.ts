export interface HashTable {
  /** 0 where the hash is not in it. */
  get(hash: number): number
  /** Adds to the value of a hash, which begins at 0; values stay above 0. */
  add(hash: number, value: number): void
  each(visit: (hash: number, value: number) => void): void
}

/** Open addressing on two flat arrays: several times faster and smaller than a Map of numbers. */
export function createHashTable(expected: number): HashTable {
  let bits = Math.max(8, Math.ceil(Math.log2(expected * 2 + 2)))
  let mask = (1 << bits) - 1
  let keys = new Int32Array(mask + 1)
  let values = new Int32Array(mask + 1)
  let size = 0
  const slotOf = (hash: number) => {
    let slot = hash & mask
    while (values[slot] !== 0 && keys[slot] !== hash) slot = (slot + 1) & mask
    return slot
  }
  const grow = () => {
    const [oldKeys, oldValues] = [keys, values]
    bits++
    mask = (1 << bits) - 1
    keys = new Int32Array(mask + 1)
    values = new Int32Array(mask + 1)
    for (let old = 0; old < oldKeys.length; old++) {
      if (oldValues[old] === 0) continue
      const slot = slotOf(oldKeys[old] as number)
      keys[slot] = oldKeys[old] as number
      values[slot] = oldValues[old] as number
    }
  }
  return {
    get(hash) {
      let slot = hash & mask
      while (values[slot] !== 0) {
        if (keys[slot] === hash) return values[slot] as number
        slot = (slot + 1) & mask
      }
      return 0
    },
    add(hash, value) {
      const slot = slotOf(hash)
      if (values[slot] === 0 && ++size * 2 > mask) {
        grow()
        const moved = slotOf(hash)
        keys[moved] = hash
        values[moved] = (values[moved] as number) + value
        return
      }
      keys[slot] = hash
      values[slot] = (values[slot] as number) + value
    },
    each(visit) {
      for (let slot = 0; slot <= mask; slot++) {
        if (values[slot] !== 0) visit(keys[slot] as number, values[slot] as number)
      }
    },
  }
}
