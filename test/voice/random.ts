/** A seeded source of numbers: the same seed gives the same year on every machine. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  below(limit: number): number
  normal(): number
  poisson(mean: number): number
}

/** sfc32 (Doty-Humphrey, PractRand). */
export function seeded(seed: number): Random {
  let a = seed | 0
  let b = 0x9e3779b9
  let c = 0x243f6a88
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 15; i++) next()
  const poisson = (mean: number): number => {
    if (mean > 30) return poisson(mean / 2) + poisson(mean / 2)
    const limit = Math.exp(-mean)
    let product = next()
    let count = 0
    while (product > limit) {
      product *= next()
      count++
    }
    return count
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return { next, below: (limit) => Math.floor(next() * limit), normal, poisson }
}
