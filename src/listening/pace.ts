/** While nothing comes, the pause grows by a quarter a look, up to this many times the usual one … */
const SLOWEST = 4
const SLOWER = 1.25
/** … and while pages come that are at least this full, it is halved. */
const BURNS_AT = 20
const FASTEST = 0.5

/**
 * How long to wait until the next look at a source, in milliseconds. A look that finds nothing costs nothing but a call
 * of the rate limit: the pace follows what comes, money does not hang on it.
 * @param formerMs the pause before this look; null: the usual one
 */
export function nextPauseMs(usualMs: number, formerMs: number | null, posts: number): number {
  if (posts >= BURNS_AT) return Math.round(usualMs * FASTEST)
  if (posts > 0) return usualMs
  return Math.round(Math.min((formerMs ?? usualMs) * SLOWER, usualMs * SLOWEST))
}
