import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { killRefunds } from '../chaos/kill-refunds.ts'
import { testRedisUrl } from '../support/redis-url.ts'
import { createTestStore } from '../support/store.ts'
import { SHARED_DATA } from '../support/triage-cache.ts'

const ORDERS = 60

test('killed again and again, the product refunds no order twice, loses no request and keeps to its budget', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kikimimi-kill-refunds-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const db = await createTestStore()
  onTestFinished(() => db.close())
  const report = await killRefunds({
    databaseUrl: db.url,
    redisUrl: testRedisUrl(),
    queuePrefix: `kill-refunds-${process.pid}`,
    folder,
    dataDir: SHARED_DATA,
    orders: ORDERS,
    requestsEach: 10,
    processes: 3,
    kills: 4,
    budgetOrders: 42,
    timeoutMs: 120_000,
  })
  console.log(JSON.stringify(report))
  expect(report).toMatchObject({
    requests: ORDERS * 10,
    undecided: 0,
    twice: [],
    differ: 0,
    ledger: [],
    deadLetters: 0,
    other: 0,
    paid: 42,
    asked: ORDERS - 42,
    refundedMinor: report.budgetMinor,
  })
  expect(report.mails).toBe(report.paid)
}, 200_000)
