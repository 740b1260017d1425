import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'

const CORD = { CORD_URL: 'https://shop.example/hooks/cord', CORD_SECRET: 's'.repeat(16) }
const X = { X_API_KEY: 'k', X_API_SECRET: 's', X_ACCESS_TOKEN: 't', X_ACCESS_SECRET: 'ts', REFUNDS: 'off' }

test('a shop hears of cords where its address and secret are set', () => {
  expect(loadConfig({ ...X, ...CORD }).cord).toEqual({
    url: CORD.CORD_URL,
    secret: CORD.CORD_SECRET,
    allowPrivate: false,
  })
  expect(loadConfig({}).cord).toBeNull()
})

test.each([
  ['an address without a secret', { CORD_URL: CORD.CORD_URL }, /CORD_SECRET/],
  ['plain http to strangers', { ...CORD, CORD_URL: 'http://shop.example/cord' }, /CORD_URL: must be https/],
  ['another scheme', { ...CORD, CORD_URL: 'ftp://shop.example/cord' }, /CORD_URL: must be an address/],
])('%s is refused in words', (_what, env, words) => {
  expect(() => loadConfig({ ...X, ...env })).toThrow(words)
})

test('made-up posts do not stop real sales; a shop to try it with may be on this machine', () => {
  expect(() => loadConfig(CORD)).toThrow(/made-up posts would stop real sales/)
  const own = { ...CORD, CORD_URL: 'http://127.0.0.1:4000/cord', CORD_PRIVATE: 'on' }
  expect(loadConfig(own).cord).toMatchObject({ allowPrivate: true })
})
