import { isIPv6 } from 'node:net'
import { RateLimiterMemory } from 'rate-limiter-flexible'
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

/** Who counts as one: an address, or the /64 of IPv6 that everybody has to themselves. */
export function callerOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}
