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

/** What training leaves: flat arrays that can be written to a file as they are. */
export interface LinearWeights {
  outputs: number
  /** One step of `kept`. */
  unit: number
  /** Hash table of features: hash, row, squared rarity (as a float) and a spare, four entries a slot; row 0 is empty. */
  slots: Int32Array
  /** Output weights, a row a feature, each multiplied by its rarity already; row 0 is the bias. */
  kept: Int16Array
  /** Hashes and rarities of all features of the posts learnt from; empty where nobody asks for them. */
  hashes: Int32Array
  rarities: Float32Array
}

/** A trained linear model: one row of output weights a feature. */
export interface LinearModel {
  outputs: number
  /** Adds each output's sum to `sums`, its bias included, and notes the features' rows. */
  score(features: Features, sums: Float64Array): void
  /** What the feature of a row (see `Features.rows`) says for an output, before scaling. */
  weight(row: number, output: number): number
  /** How rare a feature is among the posts it was learnt from: 0 in all of them, 1 in none. */
  rarity(hash: number): number
}

/** Weight of the bias beside the features of a post, whose squares sum to 1. */
export const BIAS = 0.3
/** Weight of a feature that is not known, when the sums are brought to one length. */
export const UNKNOWN = 0.35
const SLOT = 4

/** A feature that is in the row table: all that one look-up needs, side by side in memory. */
export function createRowTable(expected: number) {
  const mask = (1 << Math.max(8, Math.ceil(Math.log2(expected * 2 + 2)))) - 1
  const slots = new Int32Array((mask + 1) * SLOT)
  const squares = new Float32Array(slots.buffer)
  return {
    slots,
    add(hash: number, row: number, rarity: number) {
      let slot = (hash & mask) * SLOT
      while (slots[slot + 1] !== 0) slot = (slot + SLOT) & (slots.length - 1)
      slots[slot] = hash
      slots[slot + 1] = row
      squares[slot + 2] = rarity * rarity
    },
  }
}

/** Scores posts by weights that were trained now or earlier. */
export function createLinearModel({
  outputs,
  unit,
  slots,
  kept,
  hashes,
  rarities,
}: LinearWeights): LinearModel {
  const squares = new Float32Array(slots.buffer, slots.byteOffset, slots.length)
  const mask = slots.length / SLOT - 1
  const last = slots.length - 1
  const rarity = new Map<number, number>()
  for (let i = 0; i < hashes.length; i++) rarity.set(hashes[i] as number, rarities[i] as number)
  return {
    outputs,
    rarity: (hash) => rarity.get(hash) ?? 1,
    weight: (row, output) => (row === 0 ? 0 : unit * (kept[row * outputs + output] as number)),
    score(features, sums) {
      const { hashes: asked, weights: given, rows: found, size } = features
      let norm = 0
      for (let f = 0; f < size; f++) {
        const hash = asked[f] as number
        const weight = given[f] as number
        let slot = (hash & mask) * SLOT
        while (slots[slot + 1] !== 0 && slots[slot] !== hash) slot = (slot + SLOT) & last
        const row = slots[slot + 1] as number
        found[f] = row
        // unknown words count too: who says much that no example says is judged with less certainty
        norm += (row === 0 ? UNKNOWN : (squares[slot + 2] as number)) * weight * weight
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
