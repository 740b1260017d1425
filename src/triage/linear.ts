/** A bag of features: hashes (32 bit signed, so that they stay small integers) with their weights; only the first `size` count. */
export interface Features {
  hashes: Int32Array
  weights: Float32Array
  /** Canonical positions that each feature was taken from. */
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

export interface Sample {
  hashes: Int32Array
  weights: Float32Array
  label: number
}

/** A trained linear model: one row of class weights a feature. */
export interface LinearModel {
  classes: number
  /** Adds each class's sum to `sums` (its bias included). Returns the number of features that were known. */
  score(features: Features, sums: Float64Array): number
  /** What the feature of a row (see `Features.rows`) says for a class, before scaling. */
  weight(row: number, label: number): number
}

const EPOCHS = 6
const RATE = 0.4
const DECAY = 3e-4
const FIRST_SQUARE = 1e-2
/** Weight of a feature that no example has, when the sums are brought to one length. */
const UNKNOWN = 0.35

/**
 * Multinomial logistic regression by stochastic gradient descent with AdaGrad steps, in the order a fixed
 * generator deals the samples, so that the same examples always give the same weights.
 */
export function trainLinear(
  samples: readonly Sample[],
  classes: number,
  { minimumCount = 1, balanced = false } = {},
): LinearModel {
  const counts = new Map<number, number>()
  for (const { hashes } of samples) for (const hash of hashes) counts.set(hash, (counts.get(hash) ?? 0) + 1)
  const rows = new Map<number, number>()
  for (const [hash, count] of counts) if (count >= minimumCount) rows.set(hash, rows.size + 1)
  // what many examples have in common tells little
  const rarity = new Float32Array(rows.size + 1)
  const most = Math.log(samples.length + 1)
  for (const [hash, row] of rows) {
    const count = counts.get(hash) ?? 1
    rarity[row] = Math.sqrt(Math.max(0, Math.log((samples.length + 1) / (count + 0.5))) / most)
  }
  const rareness = (hash: number | undefined) => rarity[rows.get(hash as number) as number] as number
  const weights = new Float32Array((rows.size + 1) * classes) // row 0: the bias
  const squares = new Float32Array(weights.length).fill(FIRST_SQUARE)
  const prepared = samples.map(({ hashes, weights: values, label }) => {
    const known = [...hashes.keys()].filter((i) => rows.has(hashes[i] as number))
    let square = 0
    for (const i of known) square += ((values[i] as number) * rareness(hashes[i])) ** 2
    const norm = Math.sqrt(square) || 1
    return {
      label,
      at: Int32Array.from([0, ...known.map((i) => (rows.get(hashes[i] as number) as number) * classes)]),
      by: Float32Array.from([0.3, ...known.map((i) => ((values[i] as number) * rareness(hashes[i])) / norm)]),
    }
  })
  const order = Int32Array.from(prepared.keys())
  const sums = new Float64Array(classes)
  const perClass = new Float64Array(classes)
  for (const { label } of samples) perClass[label] = (perClass[label] as number) + 1
  const importance = perClass.map((n) => (balanced && n > 0 ? samples.length / (classes * n) : 1))
  let seed = 20260201
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      const j = seed % (i + 1)
      const kept = order[i] as number
      order[i] = order[j] as number
      order[j] = kept
    }
    for (const index of order) {
      const { at, by, label } = prepared[index] as (typeof prepared)[number]
      sums.fill(0)
      for (let f = 0; f < at.length; f++) {
        const row = at[f] as number
        const value = by[f] as number
        for (let k = 0; k < classes; k++) sums[k] = (sums[k] as number) + value * (weights[row + k] as number)
      }
      softmax(sums)
      for (let k = 0; k < classes; k++) {
        const error = ((sums[k] as number) - (k === label ? 1 : 0)) * (importance[label] as number)
        if (error < 0.002 && error > -0.002) continue
        for (let f = 0; f < at.length; f++) {
          const cell = (at[f] as number) + k
          const gradient = error * (by[f] as number) + DECAY * (weights[cell] as number)
          const square = (squares[cell] as number) + gradient * gradient
          squares[cell] = square
          weights[cell] = (weights[cell] as number) - (RATE * gradient) / Math.sqrt(square)
        }
      }
    }
  }
  return keepTelling(rows, rarity, weights, classes)
}

/** A feature whose classes differ by less than this decides nothing and is forgotten. */
const TELLING = 0.4

function keepTelling(
  rows: Map<number, number>,
  rarity: Float32Array,
  weights: Float32Array,
  classes: number,
): LinearModel {
  const telling = new Map<number, number>()
  const from = [0]
  for (const [hash, row] of rows) {
    const cells = weights.subarray(row * classes, (row + 1) * classes)
    let least = 0
    let most = 0
    for (const cell of cells) {
      if (cell < least) least = cell
      else if (cell > most) most = cell
    }
    if ((most - least) * (rarity[row] as number) < TELLING) continue
    telling.set(hash, from.length)
    from.push(row)
  }
  const table = createTable(telling)
  const kept = new Float32Array(from.length * classes)
  const rareness = Float32Array.from(from, (row) => (row === 0 ? 1 : (rarity[row] as number)))
  for (const [to, row] of from.entries()) {
    for (let k = 0; k < classes; k++) {
      kept[to * classes + k] = (weights[row * classes + k] as number) * (rareness[to] as number)
    }
  }
  return {
    classes,
    weight: (row, label) => (row === 0 ? 0 : (kept[row * classes + label] as number)),
    score(features, sums) {
      const { hashes, weights: given, rows: found, size } = features
      let norm = 0
      let known = 0
      for (let f = 0; f < size; f++) {
        const row = table(hashes[f] as number)
        const weight = given[f] as number
        found[f] = row
        // unknown words count too: who says much that no example says is judged with less certainty
        norm += (row === 0 ? UNKNOWN : (rareness[row] as number) ** 2) * weight * weight
        if (row !== 0) known++
      }
      const scale = 1 / Math.sqrt(norm || 1)
      for (let k = 0; k < classes; k++) sums[k] = (sums[k] as number) + 0.3 * (kept[k] as number)
      for (let f = 0; f < size; f++) {
        const row = found[f] as number
        if (row === 0) continue
        const value = (given[f] as number) * scale
        const at = row * classes
        for (let k = 0; k < classes; k++) sums[k] = (sums[k] as number) + value * (kept[at + k] as number)
      }
      return known
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

/** A read-only hash table on two flat arrays: several times faster than a Map of numbers. */
function createTable(rows: Map<number, number>): (hash: number) => number {
  const bits = Math.max(8, Math.ceil(Math.log2(rows.size * 2 + 2)))
  const mask = (1 << bits) - 1
  const keys = new Int32Array(mask + 1)
  const values = new Int32Array(mask + 1)
  for (const [hash, row] of rows) {
    let slot = hash & mask
    while (values[slot] !== 0) slot = (slot + 1) & mask
    keys[slot] = hash
    values[slot] = row
  }
  return (hash) => {
    let slot = hash & mask
    while (values[slot] !== 0) {
      if (keys[slot] === hash) return values[slot] as number
      slot = (slot + 1) & mask
    }
    return 0
  }
}
