import { hash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible'
import { poolOf, type Store } from './database.ts'

export interface RequestLimit {
  /** Takes a point. @returns false where none is left */
  take(key: string): Promise<boolean>
  giveBack(key: string): Promise<void>
  has(key: string): Promise<boolean>
  /** Starts the key's time anew with one point taken. */
  mark(key: string): Promise<void>
  clear(key: string): Promise<void>
}

/**
 * Counts something in Postgres, so that all processes share the count and no restart forgets it. Keys are kept as
 * hashes: they hold addresses and logins. While Postgres does not answer, each process counts for itself.
 */
export function createRequestLimit(
  store: Store,
  name: string,
  points: number,
  seconds: number,
): RequestLimit {
  const limiter = new RateLimiterPostgres({
    storeClient: poolOf(store),
    storeType: 'pool',
    tableName: 'request_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: name,
    points,
    duration: seconds,
    insuranceLimiter: new RateLimiterMemory({ points, duration: seconds }),
  })
  const of = (key: string) => hash('sha256', key).slice(0, 40)
  return {
    async take(key) {
      const room = await limiter.consume(of(key)).catch(() => null)
      return room !== null
    },
    async giveBack(key) {
      await limiter.reward(of(key))
    },
    async has(key) {
      const found = await limiter.get(of(key))
      return found !== null && found.consumedPoints > 0
    },
    async mark(key) {
      await limiter.set(of(key), 1, seconds)
    },
    async clear(key) {
      await limiter.delete(of(key))
    },
  }
}

/** Forgets counts that ran out. */
export async function forgetOldLimits(store: Store): Promise<void> {
  await store.deleteFrom('request_limits').where('expire', '<', Date.now()).execute()
}
