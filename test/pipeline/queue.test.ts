import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ComeBackLater, GiveUp, openQueues, type Queues } from '../../src/queue/index.ts'
import { testRedisUrl } from '../support/redis-url.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { until } from '../support/until.ts'

let db: TestStore
let queues: Queues

beforeAll(async () => {
  db = await createTestStore()
})
beforeEach(async () => {
  await queues?.close()
  queues = await openQueues({
    redisUrl: testRedisUrl(),
    databaseUrl: db.url,
    prefix: `test-${randomBytes(6).toString('hex')}`,
    backoffMs: 20,
  })
})
afterAll(async () => {
  await queues?.close()
  await db.close()
})

const nobodyDies = async () => {
  throw new Error('nothing should be buried here')
}

test('runs on the backend that this run is about', () => {
  expect(queues.backend).toBe(process.env.TEST_QUEUE)
})

test('hands over every id once, many in one job', async () => {
  const seen: string[] = []
  let jobs = 0
  queues.work(
    'triage',
    async (ids) => {
      jobs += 1
      seen.push(...ids)
    },
    nobodyDies,
  )
  const ids = Array.from({ length: 120 }, (_, index) => index + 1)
  await queues.enqueue('triage', ids)
  await until('all ids came', () => seen.length >= 120)
  expect(seen.map(Number).sort((a, b) => a - b)).toEqual(ids)
  expect(jobs).toBe(2)
})

test('a poisoned id is split off its batch, tried again, and buried; its neighbours go on', async () => {
  const done = new Set<string>()
  const buried: { id: string; error: string; attempts: number }[] = []
  let poisonTries = 0
  queues.work(
    'draft',
    async (ids) => {
      if (ids.includes('13')) {
        if (ids.length === 1) poisonTries += 1
        throw new Error('poison')
      }
      for (const id of ids) done.add(id)
    },
    async (_stage, id, error, attempts) => {
      buried.push({ id, error: (error as Error).message, attempts })
    },
  )
  await queues.enqueue('draft', ['11', '12', '13', '14'])
  await until('the poison is buried', () => buried.length > 0)
  await until('the others are done', () => done.size === 3)
  expect(buried).toEqual([{ id: '13', error: 'poison', attempts: 5 }])
  expect(poisonTries).toBe(5)
})

test('a handler may ask to come back later without that counting as a failure', async () => {
  let calls = 0
  let finished = false
  queues.work(
    'publish',
    async () => {
      calls += 1
      if (calls < 8) throw new ComeBackLater('not yet', 10)
      finished = true
    },
    nobodyDies,
  )
  await queues.enqueue('publish', ['1'])
  await until('it finished', () => finished)
  expect(calls).toBe(8)
})

test('a handler that gives up is not tried again', async () => {
  let calls = 0
  const buried: string[] = []
  queues.work(
    'payout',
    async () => {
      calls += 1
      throw new GiveUp('never')
    },
    async (_stage, id) => {
      buried.push(id)
    },
  )
  await queues.enqueue('payout', ['7'])
  await until('it is buried', () => buried.length === 1)
  expect(calls).toBe(1)
})

test('what is urgent goes first', async () => {
  const order: string[] = []
  await queues.enqueue('mail', ['calm-1'], { severity: 0 })
  await queues.enqueue('mail', ['calm-2'], { severity: 0 })
  await queues.enqueue('mail', ['fire'], { severity: 3 })
  queues.work(
    'mail',
    async (ids) => {
      order.push(...ids)
      await new Promise((wake) => setTimeout(wake, 20))
    },
    nobodyDies,
  )
  await until('all came', () => order.length === 3)
  expect(order[0]).toBe('fire')
})

test('a delayed id waits its time', async () => {
  let at = 0
  queues.work(
    'publish',
    async () => {
      at = Date.now()
    },
    nobodyDies,
  )
  const started = Date.now()
  await queues.enqueue('publish', ['1'], { delayMs: 300 })
  await until('it came', () => at > 0)
  expect(at - started).toBeGreaterThanOrEqual(290)
})

test('closing lets the job in hand finish', async () => {
  let finished = false
  let began = false
  const worker = queues.work(
    'quality',
    async () => {
      began = true
      await new Promise((wake) => setTimeout(wake, 400))
      finished = true
    },
    nobodyDies,
  )
  await queues.enqueue('quality', ['sid-1'])
  await until('it began', () => began)
  await worker.close(5000)
  expect(finished).toBe(true)
  expect(worker.isRunning()).toBe(false)
})

test('the same sweep twice queues once', async () => {
  await queues.enqueue('refund', ['sid-1'], { once: true })
  await queues.enqueue('refund', ['sid-1'], { once: true })
  expect((await queues.counts('refund')).waiting).toBe(1)
})
