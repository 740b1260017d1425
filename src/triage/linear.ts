/** A bag of features: hashes (32 bit, of anything) with their weights; only the first `size` count. */
export interface Features {
  hashes: Uint32Array
  weights: Float32Array
  /** Canonical positions that each feature was taken from. */
  starts: Int32Array
  ends: Int32Array
  size: number
}

export function createFeatures(capacity: number): Features {
  return {
    hashes: new Uint32Array(capacity),
    weights: new Float32Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
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
  hashes: Uint32Array
  weights: Float32Array
  label: number
}

/** A trained linear model: one row of class weights a feature. */
export interface LinearModel {
  classes: number
  /** Adds each class's sum to `sums` (its bias included). Returns the number of features that were known. */
  score(features: Features, sums: Float64Array): number
  /** What one feature says for a class, before scaling. */
  weight(hash: number, label: number): number
}

const EPOCHS = 8
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
  const table = createTable(rows)
  const weights = new Float32Array((rows.size + 1) * classes) // row 0: the bias
  const squares = new Float32Array(weights.length).fill(1e-2)
  const prepared = samples.map(({ hashes, weights: values, label }) => {
    const known = [...hashes.keys()].filter((i) => rows.has(hashes[i] as number))
    const norm = Math.hypot(...known.map((i) => values[i] as number)) || 1
    return {
      label,
      at: Int32Array.from([0, ...known.map((i) => (rows.get(hashes[i] as number) as number) * classes)]),
      by: Float32Array.from([0.3, ...known.map((i) => (values[i] as number) / norm)]),
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
          const gradient = error * (by[f] as number) + 1e-4 * (weights[cell] as number)
          const square = (squares[cell] as number) + gradient * gradient
          squares[cell] = square
          weights[cell] = (weights[cell] as number) - (0.4 * gradient) / Math.sqrt(square)
        }
      }
    }
  }
  return {
    classes,
    weight: (hash, label) => {
      const row = table(hash)
      return row === 0 ? 0 : (weights[row * classes + label] as number)
    },
    score(features, sums) {
      let norm = 0
      let known = 0
      for (let f = 0; f < features.size; f++) {
        const row = table(features.hashes[f] as number)
        found[f] = row
        // unknown words count too: who says much that no example says is judged with less certainty
        norm += (row === 0 ? UNKNOWN : 1) * (features.weights[f] as number) ** 2
        if (row !== 0) known++
      }
      const scale = 1 / Math.sqrt(norm || 1)
      for (let k = 0; k < classes; k++) sums[k] = (sums[k] as number) + 0.3 * (weights[k] as number)
      for (let f = 0; f < features.size; f++) {
        const row = (found[f] as number) * classes
        if (row === 0) continue
        const value = (features.weights[f] as number) * scale
        for (let k = 0; k < classes; k++) sums[k] = (sums[k] as number) + value * (weights[row + k] as number)
      }
      return known
    },
  }
}

const found = new Int32Array(65536)

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
  const keys = new Uint32Array(mask + 1)
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
