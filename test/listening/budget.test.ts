import { expect, it } from 'vitest'
import { recordRateLimit, takeCall } from '../../src/store/meters.ts'
import { freshStore } from './support.ts'

const inMs = (ms: number) => new Date(Date.now() + ms)

it('a new window is opened by whoever comes first, and holds no more calls than the last one', async () => {
  const { store } = await freshStore()
  const take = () => takeCall(store, 'x', 'mentions')
  expect(await take()).toBeNull()
  await recordRateLimit(store, 'x', 'mentions', { limit: 5, remaining: 0, resetAt: inMs(-1000) })
  const takers = await Promise.all(Array.from({ length: 9 }, take))
  expect(takers.filter((full) => full === null)).toHaveLength(5)
  expect(takers.find((full) => full !== null)?.getTime()).toBeGreaterThan(Date.now())
  // The answer to the first of the five knows nothing of the other four, but when the window really ends.
  await recordRateLimit(store, 'x', 'mentions', { limit: 5, remaining: 4, resetAt: inMs(500) })
  expect((await take())?.getTime()).toBeLessThan(Date.now() + 1000)
  await new Promise((wake) => setTimeout(wake, 550))
  expect(await take()).toBeNull()
})

it('an answer that comes after its window has ended says nothing about the next one', async () => {
  const { store } = await freshStore()
  await recordRateLimit(store, 'x', 'mentions', { limit: 5, remaining: 3, resetAt: inMs(60_000) })
  await recordRateLimit(store, 'x', 'mentions', { limit: 5, remaining: 0, resetAt: inMs(-10) })
  expect(await takeCall(store, 'x', 'mentions')).toBeNull()
})
