import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createTokenVerifier,
  SessionTokenError,
  signSessionToken,
  verifySessionToken,
} from '../../src/streaming/index.ts'

const now = new Date('2026-11-20T20:00:00Z')
const secret = 'a secret of the present day'
const previous = 'a secret of the day before'
const claims = {
  sid: 'session-1',
  customerId: 'c-1',
  orderId: 'o-1',
  orderLineId: 'o-1-2',
  title: 'カサブランカ',
}
const token = signSessionToken(claims, secret, { now, ttlSeconds: 3600 })

function reasonOf(text: string, at = now): string {
  try {
    verifySessionToken(text, [secret], at)
    return 'accepted'
  } catch (error) {
    return error instanceof SessionTokenError ? error.reason : `not ours: ${error}`
  }
}

test('a token gives back what the shop vouched for, until it expires', () => {
  const expiresAt = new Date('2026-11-20T21:00:00Z')
  expect(verifySessionToken(token, [secret], now)).toEqual({ ...claims, expiresAt })
  expect(reasonOf(token, new Date('2026-11-20T20:59:59Z'))).toBe('accepted')
  expect(reasonOf(token, expiresAt)).toBe('expired')
})

test('a token signed with the previous secret holds while that one is still listed', () => {
  const old = signSessionToken(claims, previous, { now, ttlSeconds: 3600 })
  expect(verifySessionToken(old, [secret, previous], now).sid).toBe('session-1')
  expect(reasonOf(old)).toBe('bad-signature')
})

test('no change of a single character is accepted', () => {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...characters), (index, character) => {
      fc.pre(token[index] !== character)
      const forged = token.slice(0, index) + character + token.slice(index + 1)
      expect(reasonOf(forged)).toMatch(/^(malformed|bad-signature)$/)
    }),
    { numRuns: 2000 },
  )
})

test('whatever is sent instead of a token is refused with a reason', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(reasonOf(text)).toBe('malformed')
    }),
  )
  const [body] = token.split('.')
  expect(reasonOf(`${body}.${createHmac('sha256', secret).update(`${body}`).digest('base64url')}`)).toBe(
    'bad-signature',
  )
  expect(reasonOf(`${'A'.repeat(5000)}.${'A'.repeat(43)}`)).toBe('malformed')
})

test('claims of a version that is not known are malformed though signed', () => {
  const body = Buffer.from(JSON.stringify({ v: 2, ...claims, exp: 2e9 })).toString('base64url')
  const mac = createHmac('sha256', secret).update(`kikimimi-session.${body}`).digest('base64url')
  expect(reasonOf(`${body}.${mac}`)).toBe('malformed')
})

test('a secret that could be guessed is refused at once', () => {
  expect(() => signSessionToken(claims, 'short', { now, ttlSeconds: 60 })).toThrow(/at least 16/)
})

test('a token that was seen before is still refused once it expired, and by other secrets', () => {
  const verify = createTokenVerifier([secret])
  expect(verify(token, now).sid).toBe('session-1')
  expect(verify(token, new Date('2026-11-20T20:59:59Z')).sid).toBe('session-1')
  expect(() => verify(token, new Date('2026-11-20T21:00:00Z'))).toThrow(/expired/)
  expect(() => createTokenVerifier([previous])(token, now)).toThrow(/not signed by us/)
  expect(() => verify(`${token.slice(0, -1)}x`, now)).toThrow(SessionTokenError)
})

test('many tokens are told apart, however many were forgotten meanwhile', () => {
  const verify = createTokenVerifier([secret], 3)
  const tokens = Array.from({ length: 20 }, (_, n) =>
    signSessionToken({ ...claims, sid: `session-${n}` }, secret, { now, ttlSeconds: 3600 }),
  )
  for (let round = 0; round < 3; round++)
    expect(tokens.map((each) => verify(each, now).sid)).toEqual(tokens.map((_, n) => `session-${n}`))
})
