import { createHashTable, type HashTable } from './hash-table.ts'
import { BIAS, createRowTable, type Features, type LinearWeights, softmax, UNKNOWN } from './linear.ts'

/** What a post teaches one head: the outputs that should be likely (their shares sum to 1), and how much it counts. */
export interface Target {
  outputs: readonly number[]
  shares: readonly number[]
  importance: number
}

/** Goes through all posts to learn from, in one order every time; `targets` has one entry a head, null teaches nothing. */
export type EachPost = (visit: (features: Features, targets: (Target | null)[]) => void) => void

const EPOCHS = 5
const RATE = 0.4
const DECAY = 1e-4
const FIRST_SQUARE = 1e-2
/** A feature of fewer posts than this is forgotten. */
const FEWEST = 2
/** An output that is off by less than this is right enough. */
const RIGHT = 0.02

/**
 * Multinomial logistic regressions (the heads) over one set of features, by stochastic gradient descent with
 * AdaGrad steps (Duchi et al. 2011), in the order a fixed generator deals the samples: the same examples always give
 * the same weights. Features count by how rare they are, and posts are brought to one length.
 * @param heads outputs of each head
 * @param options.keepRarities for codes with few examples, see `createKinship`
 */
export function trainLinear(
  eachPost: EachPost,
  heads: readonly number[],
  { keepRarities = false } = {},
): LinearWeights {
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

  return keepTelling(index, weights, heads, keepRarities)
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
const MOST_UNITS = 32_767

/** Keeps the rows that tell something. */
function keepTelling(
  { rows, rarity, rowOf }: FeatureIndex,
  weights: Float32Array,
  heads: readonly number[],
  keepRarities: boolean,
): LinearWeights {
  const outputs = heads.reduce((sum, head) => sum + head, 0)
  const rare = (row: number) => (row === 0 ? 1 : (rarity[row] as number))
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
      if ((most - least) * rare(row) >= TELLING) return true
      first += size
    }
    return false
  }
  let telling = 1
  for (let row = 1; row < rows; row++) if (tells(row)) telling++
  let most = 0
  for (let cell = 0; cell < weights.length; cell++) {
    most = Math.max(most, Math.abs(weights[cell] as number) * rare(Math.floor(cell / outputs)))
  }
  const unit = most / MOST_UNITS || 1
  const kept = new Int16Array(telling * outputs)
  const table = createRowTable(telling)
  const keep = (row: number, as: number) => {
    for (let k = 0; k < outputs; k++) {
      kept[as * outputs + k] = Math.round(((weights[row * outputs + k] as number) * rare(row)) / unit)
    }
  }
  keep(0, 0)
  let next = 1
  rowOf.each((hash, row) => {
    if (!tells(row)) return
    keep(row, next)
    table.add(hash, next++, rare(row))
  })
  const hashes = new Int32Array(keepRarities ? rows - 1 : 0)
  if (keepRarities) rowOf.each((hash, row) => (hashes[row - 1] = hash))
  return { outputs, unit, slots: table.slots, kept, hashes, rarities: rarity.slice(1, hashes.length + 1) }
}
