import { expect, test } from 'vitest'
import { createApiFetch } from '../../src/linking/api-fetch.ts'
import { jsonServer } from '../refunds/json-server.ts'

test.each([999, 600])(
  'an answer of %d, which is no status, fails the call and nothing else',
  async (status) => {
    const { origin } = await jsonServer((_, response) => void response.writeHead(status).end('{}'))
    await expect(createApiFetch(undefined, 2_000)(origin)).rejects.toThrow(RangeError)
  },
)

test.each([204, 205, 304])('an answer of %d has no body', async (status) => {
  const { origin } = await jsonServer((_, response) => void response.writeHead(status).end())
  const answer = await createApiFetch(undefined, 2_000)(origin)
  expect(answer.status).toBe(status)
  expect(await answer.text()).toBe('')
})

test('a redirect is an answer: what was sent goes nowhere else', async () => {
  const { origin, calls } = await jsonServer((_, response) =>
    response.writeHead(302, { location: '/elsewhere' }).end(),
  )
  expect(
    (await createApiFetch(undefined, 2_000)(`${origin}/token`, { method: 'POST', body: '1' })).status,
  ).toBe(302)
  expect(calls.map(({ url }) => url.pathname)).toEqual(['/token'])
})

test('an answer that does not end is cut off', async () => {
  const { origin } = await jsonServer((_, response) => void response.end('x'.repeat(1_100_000)))
  await expect(createApiFetch(undefined, 2_000)(origin)).rejects.toThrow(/too large/)
})
