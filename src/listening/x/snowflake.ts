/** X's ids carry their time in the high bits: milliseconds since this one. */
const EPOCH_MS = 1_288_834_974_657

/** When a post was made, in milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH_MS
}

/** The id below which everything is older than a time. */
export function idAt(time: number): string {
  return String(BigInt(Math.floor(time) - EPOCH_MS) << 22n)
}
