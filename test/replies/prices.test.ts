import { expect, test } from 'vitest'
import { loadReplies } from '../../src/replies/index.ts'
import { templatesDir, templatesWith } from './fixtures.ts'

const { prices } = loadReplies(templatesDir)

test('reads and posts cost what X charges', () => {
  expect(prices.priceMicroUsd('mention.read')).toBe(1_000)
  expect(prices.priceMicroUsd('post.read')).toBe(5_000)
  expect(prices.priceMicroUsd('user.read')).toBe(10_000)
  expect(prices.priceMicroUsd('post.create')).toBe(15_000)
  expect(prices.priceMicroUsd('post.create.url')).toBe(200_000)
  expect(prices.priceMicroUsd('reply.summoned')).toBe(10_000)
  expect(prices.priceMicroUsd('dm.send')).toBe(15_000)
  expect(prices.priceMicroUsd('dm.read')).toBe(10_000)
})

test('a new price counts from its first UTC day, and past days keep theirs', () => {
  const line = '  - { kind: post.read, microUsd: 4000, validFrom: 2026-12-01 }\n'
  const dir = templatesWith({ 'prices.yaml': (old) => `${old}${line}` })
  const { prices: changed } = loadReplies(dir)
  expect(changed.priceMicroUsd('post.read', new Date('2026-11-30T23:59:59Z'))).toBe(5_000)
  expect(changed.priceMicroUsd('post.read', new Date('2026-12-01T00:00:00Z'))).toBe(4_000)
  expect(changed.priceMicroUsd('post.read', new Date('2020-01-01T00:00:00Z'))).toBe(5_000)
})

test('a bare domain name is a link, too, since X makes one of it', () => {
  expect(prices.replyMicroUsd({ text: 'See hinata.example.com', summoned: false })).toBe(200_000)
  expect(prices.replyMicroUsd({ text: 'See you. Sorry.', summoned: false })).toBe(15_000)
})
