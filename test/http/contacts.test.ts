import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contactRoutes } from '../../src/http/contacts.ts'
import { endContactToken, makeContactToken } from '../../src/store/contact-tokens.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { addPost, keepAll } from '../voice/contacts-at-test.ts'

let db: TestStore
let origin: string
let close: () => void
let counts: string
let texts: string

beforeAll(async () => {
  db = await createTestStore()
  for (let day = 1; day <= 5; day++)
    await addPost(db.store, {
      at: new Date(`2026-11-0${day}T09:00:00.123Z`),
      code: day > 3 ? 'delivery.late' : 'packaging.damage',
      language: day % 2 === 0 ? 'ja' : 'en',
      severity: day === 5 ? 3 : 1,
      entities: day === 1 ? [{ kind: 'title', id: 'casablanca', start: 0, end: 1 }] : [],
    })
  await keepAll(db.store)
  counts = await made('counts', false)
  texts = await made('texts', true)
  const app = express()
  app.use('/v1/contacts', contactRoutes(db.store))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/contacts`
  close = () => server.close()
})
afterAll(async () => {
  close()
  await db.close()
})

async function made(name: string, withTexts: boolean) {
  const { token } = await makeContactToken(db.store, { name, texts: withTexts, days: 1, by: 'command-line' })
  return token
}

async function ask(query: string, token: string | null = counts) {
  const answer = await fetch(`${origin}${query}`, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  })
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any }
}

test('without a valid token nobody reads anything', async () => {
  for (const token of [null, 'kkm_wrong', `${counts}x`]) {
    const answer = await ask('', token)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.body.contacts).toBeUndefined()
  }
  expect((await ask(`?token=${counts}`, null)).status).toBe(401)
})

test('a token for counts sees codes, and no texts, pseudonyms or cases', async () => {
  const { status, headers, body } = await ask('')
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.contacts).toHaveLength(5)
  expect(body.contacts[0]).toMatchObject({
    kind: 'post',
    at: '2026-11-01T09:00:00.123Z',
    day: '2026-11-01',
    code: 'packaging.damage',
    product_id: 'casablanca',
  })
  for (const hidden of ['text', 'person', 'case_id']) expect(body.contacts[0]).not.toHaveProperty(hidden)
  expect((await ask('?person=abc')).status).toBe(403)
})

test('a token for texts sees them', async () => {
  const { body } = await ask('?limit=1', texts)
  expect(body.contacts[0].text).toBe('The box was crushed')
  const { body: same } = await ask(`?person=${encodeURIComponent(body.contacts[0].person)}`, texts)
  expect(same.contacts).toHaveLength(1)
})

test('pages go on where the last one ended, and the last says so', async () => {
  const days: string[] = []
  for (let after = ''; ; ) {
    const { body } = await ask(`?limit=2${after}`)
    days.push(...body.contacts.map((contact: { day: string }) => contact.day))
    if (body.next === null) break
    after = `&after=${body.next}`
  }
  expect(days).toEqual(['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05'])
})

test.each([
  ['?from=2026-11-02&to=2026-11-04', 2],
  ['?from=2026-11-02T09:00:00.123Z&to=2026-11-03T18:00:00%2B09:00', 1],
  ['?code=delivery.late', 2],
  ['?code=packaging.*', 3],
  ['?language=ja', 2],
  ['?language=ja&code=delivery.late', 1],
  ['?severity=3', 1],
  ['?product=casablanca', 1],
  ['?kind=refund', 0],
  ['?outcome=nothing&network=x', 5],
])('%s finds %i', async (query, count) => {
  expect((await ask(query)).body.contacts).toHaveLength(count)
})

test.each([
  '?from=yesterday',
  '?from=2026-02-31',
  '?limit=0',
  '?limit=5000',
  '?severity=9',
  '?kind=x',
  '?after=abc',
  '?codes=x',
  '?code=a&code=b',
])('%s is refused with a reason', async (query) => {
  const { status, body } = await ask(query)
  expect(status).toBe(400)
  expect(body.error).toMatch(/\w+: \w+|Unrecognized/)
})

test('a token that ended, or ran out, opens nothing', async () => {
  const token = await made('gone', true)
  expect((await ask('', token)).status).toBe(200)
  const row = await db.store
    .selectFrom('contact_tokens')
    .select('id')
    .where('name', '=', 'gone')
    .executeTakeFirstOrThrow()
  expect(await endContactToken(db.store, row.id, 'command-line')).toBe(true)
  expect((await ask('', token)).status).toBe(401)
  const old = await made('old', true)
  await db.store
    .updateTable('contact_tokens')
    .set({ expires_at: new Date(0) })
    .where('name', '=', 'old')
    .execute()
  expect((await ask('', old)).status).toBe(401)
})

test('a token asks 120 times a minute, and others are not held up by it', async () => {
  const token = await made('busy', false)
  const statuses: number[] = []
  for (let i = 0; i < 121; i++) statuses.push((await ask('?limit=1', token)).status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(120)
  expect(statuses.at(-1)).toBe(429)
  expect((await ask('?limit=1')).status).toBe(200)
})
