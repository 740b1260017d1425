import { RateLimiterMemory } from 'rate-limiter-flexible'
import { callerOf } from '../caller-of.ts'
import { ClaimProblemError } from './problem.ts'

const WINDOW_SECONDS = 10 * 60

export interface Limits {
  /** Counts a page that is looked at. @throws ClaimProblemError 429 */
  look(address: string): Promise<void>
  /** Counts a step, which may ask the network or the shop. @throws ClaimProblemError 429 */
  step(address: string): Promise<void>
}

/** Requests by address and ten minutes: enough for a family behind one address, too few to try things out. */
export function createLimits(points: { look: number; step: number } = { look: 240, step: 60 }): Limits {
  const look = new RateLimiterMemory({ points: points.look, duration: WINDOW_SECONDS })
  const step = new RateLimiterMemory({ points: points.step, duration: WINDOW_SECONDS })
  const take = async (limiter: RateLimiterMemory, address: string) => {
    const room = await limiter.consume(callerOf(address)).catch(() => null)
    if (!room) throw new ClaimProblemError('tooMany')
  }
  return {
    look: (address) => take(look, address),
    step: (address) => take(step, address),
  }
}
