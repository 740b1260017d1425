import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportModel } from '../../src/store/model-calls.ts'
import { templatesWith } from '../replies/fixtures.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { createTestStore } from '../support/store.ts'
import { ndjson, runCli } from './run-cli.ts'

let server: ModelServer
let env: Record<string, string>
beforeAll(async () => {
  server = await startModelServer()
  env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_MODEL: 'gpt-4.1-mini' }
})
afterAll(() => server.close())

const POSTS = [
  { id: 1, text: 'My parcel is two weeks late' },
  { id: 2, text: '배송이 2주나 늦었어요. 정말 실망입니다.' },
  { id: 3, text: 'The kettle started smoking and burned my hand!' },
]

describe('classify --model', () => {
  test('asks about what our own reading is not sure of, and tells what it cost', async () => {
    const before = server.requests.length
    const answer = { code: 'delivery.late', codes: ['delivery.late'], sentiment: 'negative', confidence: 0.9 }
    server.behave({ kind: 'answer', answer, delayMs: 50 })
    const { code, err, lines } = await runCli(['classify', '--model', '--explain'], {
      stdin: ndjson(POSTS),
      env,
    })
    expect(code).toBe(0)
    expect(err).toBe('gpt-4.1-mini: asked about 1 posts, $0.0005\n')
    expect(lines().map((line) => [line.id, line.code])).toEqual([
      [1, 'delivery.late'],
      [2, 'delivery.late'],
      [3, 'item.safety'],
    ])
    expect(lines()[1]).toMatchObject({ language: 'ko', confidence: 0.75, needsPerson: 'language' })
    expect(lines()[1].reasons[0]).toMatchObject({ kind: 'model' })
    expect(server.requests.slice(before).map((request) => request.text)).toEqual([POSTS[1]?.text])
  })

  test('without an answer our own reading counts, and standard error says why', async () => {
    server.behave({ kind: 'status', status: 401, error: { message: 'no', code: 'invalid_api_key' } })
    const { code, err, lines } = await runCli(['classify', '--model'], { stdin: ndjson(POSTS), env })
    expect(code).toBe(0)
    expect(err).toContain('1 without an answer (unavailable: HTTP 401 invalid_api_key: check OPENAI_API_KEY)')
    expect(lines()[1]).toMatchObject({ code: 'question', confidence: 0.05 })
  })

  test('without --model not one request is made, whatever is configured', async () => {
    const before = server.requests.length
    const { code } = await runCli(['classify'], { stdin: ndjson(POSTS), env })
    expect(code).toBe(0)
    expect(server.requests).toHaveLength(before)
  })

  test('says what is missing: the settings, or the price', async () => {
    const off = await runCli(['classify', '--model'], { stdin: ndjson(POSTS) })
    expect([off.code, off.out]).toEqual([1, ''])
    expect(off.err).toContain('Set OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL')
    const unpriced = await runCli(['classify', '--model'], {
      stdin: ndjson(POSTS),
      env: { ...env, OPENAI_MODEL: 'house-model' },
    })
    expect([unpriced.code, unpriced.out]).toEqual([1, ''])
    expect(unpriced.err).toContain('- { model: "house-model", inputMicroUsd: ')
  })
})

test('templates check finds codes under secondOpinion that no post can get', async () => {
  const dir = templatesWith({
    'policy.yaml': (old) => old.replace('alwaysFor: []', 'alwaysFor: [billing.*, billing.charges]'),
  })
  const { code, err } = await runCli(['templates', 'check', dir])
  expect(code).toBe(1)
  expect(err).toMatch(
    /policy\.yaml:\d+:\d+: secondOpinion\.alwaysFor: no code of taxonomy\.yaml is called billing\.charges/,
  )
  expect(err).not.toContain('billing.*')
})

test('status tells of the model: off, or its circuit, its spending and its last failure', async () => {
  const db = await createTestStore()
  try {
    const at = { DATABASE_URL: db.url }
    expect((await runCli(['status'], { env: at })).out).toContain('Language model: off\n')
    const failure = { reason: 'timeout: no answer within 10 s', at: new Date('2026-11-22T01:02:03Z') }
    await reportModel(db.store, 'a:1', { model: 'test-model', circuit: 'open', failure }, 5_000_000)
    await db.store
      .insertInto('model_spend')
      .values({ day: new Date().toISOString().slice(0, 10), micro_usd: 12_000, calls: 7 })
      .execute()
    expect((await runCli(['status'], { env: at })).out).toContain(
      'Language model: test-model, circuit open, $0.012 of $5.000 today (UTC), 7 calls\n' +
        '  last failure 2026-11-22T01:02:03.000Z: timeout: no answer within 10 s\n',
    )
    const [{ model }] = (await runCli(['status', '--json'], { env: at })).lines()
    expect(model).toEqual({
      on: true,
      name: 'test-model',
      circuit: 'open',
      todayUsd: 0.012,
      budgetUsd: 5,
      calls: 7,
      failure: { reason: failure.reason, at: failure.at.toISOString() },
    })
  } finally {
    await db.close()
  }
})
