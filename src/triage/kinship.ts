import type { Features, LinearModel } from './linear.ts'
import type { Taxonomy } from './taxonomy.ts'

/** Raises codes that have too few examples to be learnt, where a post resembles one of them. */
export interface Kinship {
  raise(features: Features, sums: Float64Array): void
}

/** From so many examples on a code is learnt like the others. */
const ENOUGH = 30
/** What full likeness to one example adds to the code's sum, and likeness that everybody has. */
const PULL = 50
const COMMON = 0.02
/** How much the second most similar example adds. */
const SECOND = 0.5
/** Features that more posts have say nothing of likeness (see `LinearModel.rarity`). */
const EVERYDAY = 0.5

/** Whether any code has too few examples to be learnt. */
export function hasYoungCodes(taxonomy: Taxonomy, language: 'en' | 'ja'): boolean {
  return taxonomy.codes.some(({ examples }) => examples[language].length < ENOUGH)
}

/**
 * A code that a shop adds with five examples can not be learnt beside codes with hundreds: its posts are compared
 * with the examples themselves (cosine likeness of rare features, nearest neighbours). Its name and description count
 * as an example.
 */
export function createKinship(
  taxonomy: Taxonomy,
  language: 'en' | 'ja',
  model: LinearModel,
  read: (text: string) => Features,
): Kinship {
  const young = taxonomy.codes.flatMap((code, index) =>
    code.examples[language].length < ENOUGH ? [{ ...code, index }] : [],
  )
  const owners: number[] = []
  const pulls: number[] = []
  /** Feature → the examples that have it, with its share in their length. */
  const holders = new Map<number, { example: number; weight: number }[]>()
  for (const { index, examples, name, description } of young) {
    const pull = PULL * (1 - examples[language].length / ENOUGH)
    for (const text of [...examples[language], `${name[language]}. ${description[language]}`]) {
      const example = owners.push(index) - 1
      pulls.push(pull)
      for (const [hash, weight] of sharesOf(read(text))) {
        const known = holders.get(hash)
        if (known) known.push({ example, weight })
        else holders.set(hash, [{ example, weight }])
      }
    }
  }
  const likeness = new Float64Array(owners.length)

  function sharesOf({ hashes, weights, ends, size }: Features): Map<number, number> {
    const shares = new Map<number, number>()
    for (let f = 0; f < size; f++) {
      const hash = hashes[f] as number
      const rarity = model.rarity(hash)
      if (rarity < EVERYDAY || ends[f] === 0) continue
      shares.set(hash, (shares.get(hash) ?? 0) + (weights[f] as number) * rarity * rarity)
    }
    let square = 0
    for (const weight of shares.values()) square += weight * weight
    const length = Math.sqrt(square) || 1
    for (const [hash, weight] of shares) shares.set(hash, weight / length)
    return shares
  }

  return {
    raise(features, sums) {
      if (owners.length === 0) return
      likeness.fill(0)
      for (const [hash, weight] of sharesOf(features)) {
        for (const holder of holders.get(hash) ?? []) {
          likeness[holder.example] = (likeness[holder.example] as number) + weight * holder.weight
        }
      }
      for (let first = 0; first < owners.length; ) {
        const owner = owners[first] as number
        let [most, second] = [0, 0]
        let example = first
        for (; example < owners.length && owners[example] === owner; example++) {
          const alike = likeness[example] as number
          if (alike > most) [most, second] = [alike, most]
          else if (alike > second) second = alike
        }
        const kin = Math.max(0, most + SECOND * second - COMMON)
        sums[owner] = (sums[owner] as number) + (pulls[first] as number) * kin
        first = example
      }
    },
  }
}
