import { negativeBinomialTail } from '../distributions.ts'

/** The windows end now and begin at a full hour, so many hours back. The last finds what comes slowly. */
export const WINDOWS = [0, 1, 2, 3, 23]
/** Below so many deviations the tail can not be below any level that is used here, and is not computed. */
const NEAR = 4.5

/** Counts, expectations and relative variance beyond Poisson of one key, by window. */
export interface Look {
  seen: Float64Array
  expected: Float64Array
  variance: Float64Array
}

export function newLook(): Look {
  const numbers = () => new Float64Array(WINDOWS.length)
  return { seen: numbers(), expected: numbers(), variance: numbers() }
}

/** A window with a count that chance hardly gives. */
export interface Found {
  window: number
  chance: number
}

/** What makes a surge. */
export interface Level {
  /** The greatest chance of it. */
  chance: number
  /** Fewer contacts are not one, however rare they are. */
  least: number
  /** It is at least so many times what is usual. */
  leastTimes: number
}

/** The least likely window that is beyond a level, or null. */
export function beyond(look: Look, level: Level): Found | null {
  let best: Found | null = null
  for (let window = 0; window < WINDOWS.length; window++) {
    const chance = chanceOf(look, window, level)
    if (chance < (best?.chance ?? level.chance)) best = { window, chance }
  }
  return best
}

/** The chance of a window's count or more; 1 where it is plainly usual. */
function chanceOf({ seen, expected, variance }: Look, window: number, { least, leastTimes }: Level): number {
  const count = seen[window] as number
  const mean = expected[window] as number
  const relative = variance[window] as number
  if (count < least || count < mean * leastTimes) return 1
  if (count < mean + NEAR * Math.sqrt(mean + relative * mean * mean)) return 1
  return negativeBinomialTail(count, mean, 1 / relative)
}
