import { inject } from 'vitest'

/** The Redis that this project's tests run on; null on the Postgres backend. */
export function testRedisUrl(): string | null {
  return process.env.TEST_QUEUE === 'redis' ? inject('redisUrl') : null
}
