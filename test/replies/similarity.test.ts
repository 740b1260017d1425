import { expect, test } from 'vitest'
import { likenessTo, NEAR_DUPLICATE, similarity } from '../../src/replies/similarity.ts'

test('the same words are alike, whatever their case and punctuation', () => {
  expect(similarity("We're sorry.", "WE'RE SORRY!")).toBe(1)
  expect(similarity('お荷物が遅れ、申し訳ございません。', 'お荷物が遅れ申し訳ございません')).toBe(1)
})

test('one changed word leaves a near-duplicate, another reply is none', () => {
  const late =
    "We're sorry that your parcel is late. Send us your order number by direct message, and we'll find it today."
  expect(similarity(late, late.replace('parcel', 'order'))).toBeGreaterThan(NEAR_DUPLICATE)
  expect(
    similarity(late, 'Thank you for these kind words. The people who packed it will read them.'),
  ).toBeLessThan(0.4)
})

test('a text is as alike as the most similar of the others, and not at all to none', () => {
  expect(likenessTo(['abcdef', 'uvwxyz'])('uvwxyz')).toBe(1)
  expect(likenessTo([])('abc')).toBe(0)
})
