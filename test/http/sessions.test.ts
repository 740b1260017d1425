import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessionRoutes } from '../../src/http/sessions.ts'
import { findSession } from '../../src/store/sessions.ts'
import { verifySessionToken } from '../../src/streaming/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

const KEY = 'the-key-of-the-shop'
const SECRETS = ['a secret of at least thirty-two characters', 'an older secret of thirty-two characters']
const session = { customerId: 'c-1', orderId: 'o-1', orderLineId: 'l-1', title: '東京物語' }

let db: TestStore
let http: Server
beforeAll(async () => {
  db = await createTestStore()
  http = createServer(express().use('/v1/sessions', sessionRoutes(db.store, KEY, SECRETS)))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await new Promise((done) => http.close(done))
  await db.close()
})

async function register(body: object) {
  const { port } = http.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
  })
  return { status: response.status, answer: (await response.json()) as { token: string; error?: string } }
}

test('a session may say where it is watched and with what', async () => {
  const about = { region: 'jp-13', network: ' cdn-a ', player: 'hls.js 1.7.4' }
  const { status, answer } = await register({ ...session, sid: 'told', ...about })
  expect(status).toBe(201)
  expect(verifySessionToken(answer.token, SECRETS, new Date())).toMatchObject({ ...session, sid: 'told' })
  expect(await findSession(db.store, 'told')).toMatchObject({
    region: 'JP-13',
    network: 'cdn-a',
    player: 'hls.js 1.7.4',
    device_hash: null,
  })
})

test('a session that says nothing of it is as welcome', async () => {
  expect((await register({ ...session, sid: 'silent' })).status).toBe(201)
  expect(
    (await register({ ...session, sid: 'nulls', region: null, player: '', deviceId: null })).status,
  ).toBe(400)
  expect((await register({ ...session, sid: 'nulls', region: null, deviceId: null })).status).toBe(201)
  expect(await findSession(db.store, 'nulls')).toMatchObject({ region: null, network: null, player: null })
})

test('a device is known again, and its id is stored nowhere', async () => {
  const deviceId = 'serial number 4711'
  await register({ ...session, sid: 'first', deviceId })
  await register({ ...session, sid: 'second', deviceId })
  await register({ ...session, sid: 'other', deviceId: 'serial number 4712' })
  const [first, second, other] = await Promise.all(
    ['first', 'second', 'other'].map((sid) => findSession(db.store, sid)),
  )
  expect(first?.device_hash).toMatch(/^[\w-]{43}$/)
  expect(second?.device_hash).toBe(first?.device_hash)
  expect(other?.device_hash).not.toBe(first?.device_hash)
  expect(JSON.stringify(first)).not.toContain('4711')
})

test.each([
  ['too long a region', { region: 'x'.repeat(65) }],
  ['a player that is no text', { player: 7 }],
  ['a character that Postgres does not keep', { network: 'cdn\u0000' }],
  ['a title with one', { title: 'Casa\u0000blanca' }],
  ['something that nobody asked for', { ip: '203.0.113.9' }],
])('%s is refused with a reason', async (_, more) => {
  const { status, answer } = await register({ ...session, sid: 'refused', ...more })
  expect(status).toBe(400)
  expect(answer.error).not.toBe('')
  expect(await findSession(db.store, 'refused')).toBeUndefined()
})
