/** A bag of features: hashes (32 bit signed, so that they stay small integers) with their weights; only the first `size` count. */
export interface Features {
  hashes: Int32Array
  weights: Float32Array
  /** Canonical positions that each feature was taken from; an end of 0 where it is of the post as a whole. */
  starts: Int32Array
  ends: Int32Array
  /** Rows of the model that scored last; 0 for features that it does not know. */
  rows: Int32Array
  size: number
}

export function createFeatures(capacity: number): Features {
  return {
    hashes: new Int32Array(capacity),
    weights: new Float32Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    rows: new Int32Array(capacity),
    size: 0,
  }
}

export function addFeature(
  features: Features,
  hash: number,
  weight: number,
  start: number,
  end: number,
): void {
  if (features.size >= features.hashes.length) return
  features.hashes[features.size] = hash
  features.starts[features.size] = start
  features.ends[features.size] = end
  features.weights[features.size++] = weight
}

/** What a post teaches one head: the outputs that should be likely (their shares sum to 1), and how much it counts. */
export interface Target {
  outputs: readonly number[]
  shares: readonly number[]
  importance: number
}

/** Goes through all posts to learn from, in one order every time; `targets` has one entry a head, null teaches nothing. */
export type EachPost = (visit: (features: Features, targets: (Target | null)[]) => void) => void

/** A trained linear model: one row of output weights a feature. */
export interface LinearModel {
  outputs: number
  /** Adds each output's sum to `sums` (its bias included). Returns the number of features that were known. */
  score(features: Features, sums: Float64Array): number
  /** What the feature of a row (see `Features.rows`) says for an output, before scaling. */
  weight(row: number, output: number): number
  /** How rare a feature is among the posts it was learnt from: 0 in all of them, 1 in none. */
  rarity(hash: number): number
}

const EPOCHS = 5
const RATE = 0.4
const DECAY = 1e-4
const FIRST_SQUARE = 1e-2
const BIAS = 0.3
/** A feature of fewer posts than this is forgotten. */
const FEWEST = 2
/** Weight of a feature that is not known, when the sums are brought to one length. */
const UNKNOWN = 0.35
/** An output that is off by less than this is right enough. */
const RIGHT = 0.02

/**
 * Multinomial logistic regressions (the heads) over one set of features, by stochastic gradient descent with
 * AdaGrad steps (Duchi et al. 2011), in the order a fixed generator deals the samples: the same examples always give
 * the same weights. Features count by how rare they are, and posts are brought to one length.
 * @param heads outputs of each head
 */
export function trainLinear(eachPost: EachPost, heads: readonly number[]): LinearModel {
  const outputs = heads.reduce((sum, head) => sum + head, 0)
  const index = indexFeatures(eachPost)
  const { rows } = index
  const { begins, at, values, targets } = packPosts(eachPost, index)
  const weights = new Float32Array(rows * outputs) // row 0: the bias
  const squares = new Float32Array(weights.length).fill(FIRST_SQUARE)
  const order = Int32Array.from(targets.keys())
  const sums = new Float64Array(outputs)
  const slices = headSlices(heads, sums)
  /** Outputs that are off, and by how much. */
  const wrong = new Int32Array(outputs)
  const errors = new Float64Array(outputs)
  let seed = 20260201
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      const j = seed % (i + 1)
      const kept = order[i] as number
      order[i] = order[j] as number
      order[j] = kept
    }
    for (const post of order) learn(post)
  }

  function learn(post: number): void {
    const from = begins[post] as number
    const to = begins[post + 1] as number
    for (let k = 0; k < outputs; k++) sums[k] = BIAS * (weights[k] as number)
    for (let f = from; f < to; f++) {
      const row = (at[f] as number) * outputs
      const value = values[f] as number
      for (let k = 0; k < outputs; k++) sums[k] = (sums[k] as number) + value * (weights[row + k] as number)
    }
    for (const [head, { first, sums: mine }] of slices.entries()) {
      const target = targets[post]?.[head]
      if (!target) continue
      softmax(mine)
      for (const [i, output] of target.outputs.entries()) {
        mine[output] = (mine[output] as number) - (target.shares[i] as number)
      }
      let active = 0
      for (let k = 0; k < mine.length; k++) {
        const error = (mine[k] as number) * target.importance
        if (error < RIGHT && error > -RIGHT) continue
        wrong[active] = first + k
        errors[active++] = error
      }
      step(0, BIAS, active)
      for (let f = from; f < to; f++) step((at[f] as number) * outputs, values[f] as number, active)
    }
  }

  /** Moves the weights of one row towards what the active outputs should have been. */
  function step(row: number, value: number, active: number): void {
    for (let a = 0; a < active; a++) {
      const cell = row + (wrong[a] as number)
      const gradient = (errors[a] as number) * value + DECAY * (weights[cell] as number)
      const square = (squares[cell] as number) + gradient * gradient
      squares[cell] = square
      weights[cell] = (weights[cell] as number) - (RATE * gradient) / Math.sqrt(square)
    }
  }

  return keepTelling(index, weights, heads, outputs)
}

function headSlices(heads: readonly number[], sums: Float64Array) {
  let first = 0
  return heads.map((size) => {
    const slice = { first, sums: sums.subarray(first, first + size) }
    first += size
    return slice
  })
}

interface FeatureIndex {
  /** Rows in use, the bias's included. */
  rows: number
  rarity: Float32Array
  rowOf: HashTable
}

/** Gives every feature that enough posts have a row, and its rarity. */
function indexFeatures(eachPost: EachPost): FeatureIndex {
  const counts = createHashTable(1 << 14)
  let posts = 0
  eachPost(({ hashes, size }) => {
    posts++
    for (let f = 0; f < size; f++) counts.add(hashes[f] as number, 1)
  })
  let rows = 1
  counts.each((_, count) => {
    if (count >= FEWEST) rows++
  })
  const rarity = new Float32Array(rows)
  const rowOf = createHashTable(rows)
  const most = Math.log(posts + 1)
  let row = 1
  counts.each((hash, count) => {
    if (count < FEWEST) return
    rarity[row] = Math.sqrt(Math.max(0, most - Math.log(count + 0.5)) / most)
    rowOf.add(hash, row++)
  })
  return { rows, rarity, rowOf }
}

/**
 * The features of all posts that have a row, as rows and values; the values of a post have one length. In flat arrays:
 * tens of thousands of posts must leave the process small.
 */
function packPosts(eachPost: EachPost, { rarity, rowOf }: FeatureIndex) {
  const begins: number[] = [0]
  const targets: (Target | null)[][] = []
  let at = new Int32Array(1 << 16)
  let values = new Float32Array(1 << 16)
  let end = 0
  eachPost(({ hashes, weights, size }, taught) => {
    if (end + size > at.length) {
      at = larger(at, new Int32Array(Math.ceil((end + size) * 1.5)))
      values = larger(values, new Float32Array(at.length))
    }
    const begin = end
    let square = 0
    for (let f = 0; f < size; f++) {
      const row = rowOf.get(hashes[f] as number)
      const value = (weights[f] as number) * (row === 0 ? 1 : (rarity[row] as number))
      square += (row === 0 ? UNKNOWN : 1) * value * value
      if (row === 0) continue
      at[end] = row
      values[end++] = value
    }
    const length = Math.sqrt(square) || 1
    for (let f = begin; f < end; f++) values[f] = (values[f] as number) / length
    begins.push(end)
    targets.push(taught)
  })
  return { begins: Int32Array.from(begins), at, values, targets }
}

function larger<T extends Int32Array | Float32Array>(old: T, into: T): T {
  into.set(old)
  return into
}

/** A feature whose outputs differ by less than this decides nothing and is forgotten. */
const TELLING = 1

/** Keeps the rows that tell something, each multiplied by its rarity already. */
function keepTelling(
  { rows, rarity, rowOf }: FeatureIndex,
  weights: Float32Array,
  heads: readonly number[],
  outputs: number,
): LinearModel {
  const tells = (row: number) => {
    let first = row * outputs
    for (const size of heads) {
      let least = 0
      let most = 0
      for (let cell = first; cell < first + size; cell++) {
        const weight = weights[cell] as number
        if (weight < least) least = weight
        else if (weight > most) most = weight
      }
      if ((most - least) * (rarity[row] as number) >= TELLING) return true
      first += size
    }
    return false
  }
  let telling = 1
  for (let row = 1; row < rows; row++) if (tells(row)) telling++
  let most = 0
  for (let row = 0; row < rows; row++) {
    const rare = row === 0 ? 1 : (rarity[row] as number)
    for (let k = 0; k < outputs; k++)
      most = Math.max(most, Math.abs(weights[row * outputs + k] as number) * rare)
  }
  const unit = most / 32_767 || 1
  const kept = new Int16Array(telling * outputs)
  const table = createRowTable(telling)
  for (let k = 0; k < outputs; k++) kept[k] = Math.round((weights[k] as number) / unit)
  let next = 1
  rowOf.each((hash, row) => {
    if (!tells(row)) return
    const rare = rarity[row] as number
    for (let k = 0; k < outputs; k++) {
      kept[next * outputs + k] = Math.round(((weights[row * outputs + k] as number) * rare) / unit)
    }
    table.add(hash, next++, rare)
  })
  const { slots, squares, mask } = table
  return {
    outputs,
    rarity: (hash) => rarity[rowOf.get(hash)] || 1,
    weight: (row, output) => (row === 0 ? 0 : unit * (kept[row * outputs + output] as number)),
    score(features, sums) {
      const { hashes, weights: given, rows: found, size } = features
      let norm = 0
      let known = 0
      for (let f = 0; f < size; f++) {
        const hash = hashes[f] as number
        const weight = given[f] as number
        let slot = (hash & mask) * SLOT
        while (slots[slot + 1] !== 0 && slots[slot] !== hash) slot = (slot + SLOT) & (mask * SLOT + SLOT - 1)
        const row = slots[slot + 1] as number
        found[f] = row
        // unknown words count too: who says much that no example says is judged with less certainty
        norm += (row === 0 ? UNKNOWN : (squares[slot + 2] as number)) * weight * weight
        if (row !== 0) known++
      }
      const scale = unit / Math.sqrt(norm || 1)
      for (let k = 0; k < outputs; k++) sums[k] = (sums[k] as number) + BIAS * unit * (kept[k] as number)
      for (let f = 0; f < size; f++) {
        const row = found[f] as number
        if (row === 0) continue
        const value = (given[f] as number) * scale
        const at = row * outputs
        for (let k = 0; k < outputs; k++) sums[k] = (sums[k] as number) + value * (kept[at + k] as number)
      }
      return known
    },
  }
}

const SLOT = 4

/**
 * Hash → row and its squared rarity, all that one look-up needs side by side in memory. Never full: a search ends at an
 * empty slot, whose row is 0.
 */
function createRowTable(expected: number) {
  const mask = (1 << Math.max(8, Math.ceil(Math.log2(expected * 2 + 2)))) - 1
  const slots = new Int32Array((mask + 1) * SLOT)
  const squares = new Float32Array(slots.buffer)
  return {
    slots,
    squares,
    mask,
    add(hash: number, row: number, rarity: number) {
      let slot = (hash & mask) * SLOT
      while (slots[slot + 1] !== 0) slot = (slot + SLOT) & (mask * SLOT + SLOT - 1)
      slots[slot] = hash
      slots[slot + 1] = row
      squares[slot + 2] = rarity * rarity
    },
  }
}

export function softmax(sums: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY
  for (const sum of sums) if (sum > top) top = sum
  let total = 0
  for (let k = 0; k < sums.length; k++) {
    const value = Math.exp((sums[k] as number) - top)
    sums[k] = value
    total += value
  }
  for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) / total
}

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
