import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createModelBudget,
  createModelCache,
  readModelReport,
  reportModel,
} from '../../src/store/model-calls.ts'
import { forgetBatch } from '../../src/store/retention.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { about, modelOn, modelServer, RIGHT, USUAL_COST } from './support.ts'

let db: TestStore
beforeAll(async () => {
  db = await createTestStore()
})
beforeEach(async () => {
  for (const table of ['model_spend', 'model_answers', 'model_states'] as const) {
    await db.store.deleteFrom(table).execute()
  }
})
afterAll(() => db.close())

test('fifty questions at once, from two processes, do not spend more than the day’s budget', async () => {
  const server = await modelServer()
  // As dear as it can be: what was set aside is used.
  server.behave(({ raw }) => ({
    kind: 'answer',
    answer: RIGHT,
    delayMs: 20,
    usage: { prompt_tokens: Buffer.byteLength(raw), completion_tokens: 100 },
  }))
  const budget = 12_000
  const models = [1, 2].map(() =>
    modelOn(server, { concurrency: 25, budget: createModelBudget(db.store, budget), timeoutMs: 20_000 }),
  )
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => models[n % 2]?.ask(about(`post ${n}`))),
  )
  const spent = answers.reduce((sum, each) => sum + (each?.costMicroUsd ?? 0), 0)
  const report = await readModelReport(db.store)
  expect(report.todayMicroUsd).toBe(spent)
  expect(spent).toBeGreaterThan(budget / 2)
  expect(spent).toBeLessThanOrEqual(budget)
  const answered = answers.filter((each) => each?.ok).length
  expect(answered).toBe(server.requests.length)
  expect(report.calls).toBe(answered)
  const refused = answers.flatMap((each) => (each && !each.ok ? [each.reason] : []))
  expect(new Set(refused)).toEqual(new Set(['budget']))
})

test('a budget of nothing asks nobody who costs something, and a model that costs nothing always', async () => {
  const server = await modelServer()
  server.behave({ kind: 'answer', answer: RIGHT })
  const budget = createModelBudget(db.store, 0)
  expect(await modelOn(server, { budget }).ask(about('a'))).toMatchObject({ reason: 'budget' })
  const free = modelOn(server, { budget, price: { inputMicroUsd: 0, outputMicroUsd: 0 } })
  expect(await free.ask(about('a'))).toMatchObject({ ok: true, costMicroUsd: 0 })
})

test('what a killed process had set aside stays spent', async () => {
  const budget = createModelBudget(db.store, 10_000)
  expect(await budget.reserve(9000)).not.toBeNull()
  expect(await createModelBudget(db.store, 10_000).reserve(2000)).toBeNull()
  const held = await budget.reserve(1000)
  await budget.settle(held as NonNullable<typeof held>, 100)
  expect(await budget.reserve(900)).not.toBeNull()
})

test('answers outlive the process, hold no word of the post, and are forgotten after 30 days', async () => {
  const server = await modelServer()
  server.behave({ kind: 'answer', answer: RIGHT })
  const cache = createModelCache(db.store)
  expect(await modelOn(server, { cache }).ask(about('the teapot leaks'))).toMatchObject({ cached: false })
  const again = modelOn(server, { cache: createModelCache(db.store) })
  expect(await again.ask(about('the teapot leaks'))).toMatchObject({ ok: true, value: RIGHT, cached: true })
  expect(server.requests).toHaveLength(1)
  const rows = await db.store.selectFrom('model_answers').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain('teapot')

  await forgetBatch(db.store, 'modelAnswers', 30)
  expect(await again.ask(about('the teapot leaks'))).toMatchObject({ cached: true })
  await db.store
    .updateTable('model_answers')
    .set({ at: new Date(Date.now() - 31 * 86_400_000) })
    .execute()
  await forgetBatch(db.store, 'modelAnswers', 30)
  expect(await again.ask(about('the teapot leaks'))).toMatchObject({
    cached: false,
    costMicroUsd: USUAL_COST,
  })
})

test('a kept answer that does not fit any more is asked for again', async () => {
  const server = await modelServer()
  server.behave({ kind: 'answer', answer: RIGHT })
  const model = modelOn(server, { cache: createModelCache(db.store) })
  await model.ask(about('a'))
  await db.store
    .updateTable('model_answers')
    .set({ answer: JSON.stringify({ code: 'gone' }) })
    .execute()
  expect(await model.ask(about('a'))).toMatchObject({ ok: true, value: RIGHT, cached: false })
})

test('the report tells of the worst circuit and the latest failure, of processes that are alive', async () => {
  expect(await readModelReport(db.store)).toMatchObject({ on: false, model: null, failure: null })
  const model = 'test-model'
  const early = { reason: 'timeout: no answer', at: new Date(Date.now() - 60_000) }
  const late = { reason: 'refused: it would not', at: new Date() }
  await reportModel(db.store, 'a', { model, circuit: 'open', failure: early }, 5_000_000)
  await reportModel(db.store, 'b', { model, circuit: 'closed', failure: late }, 5_000_000)
  await reportModel(db.store, 'c', { model, circuit: 'half-open', failure: null }, 5_000_000)
  expect(await readModelReport(db.store)).toEqual({
    on: true,
    model,
    circuit: 'open',
    todayMicroUsd: 0,
    budgetMicroUsd: 5_000_000,
    calls: 0,
    failure: late,
  })
  await db.store
    .updateTable('model_states')
    .set({ at: new Date(Date.now() - 120_000) })
    .execute()
  expect((await readModelReport(db.store)).on).toBe(false)
})
