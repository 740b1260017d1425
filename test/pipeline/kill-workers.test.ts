import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { killWorkers } from '../chaos/kill-workers.ts'
import { startOwnRedis } from '../support/redis-server.ts'
import { testRedisUrl } from '../support/redis-url.ts'

test('whatever dies, every complaint on X that policy answers has exactly one reply there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kikimimi-chaos-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  // It is emptied: not the one that other tests use.
  const redis = testRedisUrl() === null ? null : await startOwnRedis()
  onTestFinished(async () => redis?.stop())
  const report = await killWorkers({
    mentions: 300,
    perSecond: 30,
    processes: 2,
    kills: 6,
    flushes: 1,
    restarts: 1,
    drop: 0.05,
    folder,
    redisUrl: redis?.url ?? null,
    seed: 7,
    timeoutMs: 90_000,
  })
  expect(report).toMatchObject({ kills: 6, faults: [], deadLetters: 0 })
  expect(report.mentions).toBeGreaterThanOrEqual(300)
  // Some connections were dropped after the write, and most complaints were for policy to answer.
  expect(report.api['create_post 0']).toBeGreaterThan(0)
  expect(report.answered).toBeGreaterThan(150)
}, 150_000)
