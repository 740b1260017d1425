import { afterAll, beforeAll, expect, test } from 'vitest'
import { translateReason } from '../../src/desk/reason-words.ts'
import { reportModel } from '../../src/store/model-calls.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let ops: Browser
beforeAll(async () => {
  desk = await openDesk()
  ops = new Browser(desk.origin)
  await ops.signIn('ops')
})
afterAll(() => desk.close())

test('the operations page tells whether a model is asked, how it does and what it costs', async () => {
  await ops.get('/health')
  expect(ops.page).toContain('None is asked. Our own reading of the posts counts.')

  const failure = { reason: 'timeout: no answer within 10 s (OPENAI_TIMEOUT_SECONDS)', at: new Date() }
  await reportModel(desk.store, 'a:1', { model: 'test-model', circuit: 'open', failure }, 5_000_000)
  await desk.store
    .insertInto('model_spend')
    .values({ day: new Date().toISOString().slice(0, 10), micro_usd: 12_000, calls: 7 })
    .execute()
  await ops.get('/health')
  expect(ops.page).toContain('<strong>test-model</strong>')
  expect(ops.page).toContain('left alone after failures')
  expect(ops.page).toContain('$0.012 of $5.000 used today (UTC), 7 calls')
  expect(ops.page).toContain('no answer in time')
  expect(ops.page).toContain('no answer within 10 s')
})

test('one call is one call', async () => {
  const today = new Date().toISOString().slice(0, 10)
  await desk.store.updateTable('model_spend').set({ calls: 1 }).where('day', '=', today).execute()
  await ops.get('/health')
  expect(ops.page).toContain('used today (UTC), 1 call<')
})

test('what a model said of a post is told in Japanese, too', () => {
  const sentence = 'test-model says item.defective, negative; our own reading was none, neutral, 0.31'
  expect(translateReason('en', sentence)).toBe(sentence)
  expect(translateReason('ja', sentence)).toBe(
    'test-model の判定は item.defective（否定的）、当システムの判定は none（中立的、確信度 0.31）',
  )
})
