import { expect, test } from 'vitest'
import {
  binomialTail,
  incompleteBeta,
  logGamma,
  negativeBinomialTail,
  negativeBinomialUpper,
  poissonTail,
} from '../../src/voice/distributions.ts'

/** Equal to ten digits, however small. */
function same(value: number, expected: number): void {
  expect(value / expected).toBeCloseTo(1, 9)
}

test('the tails are those of R, far out too', () => {
  same(poissonTail(14, 1.7), 3.97544516966e-9)
  same(poissonTail(100, 50), 3.20006532459e-10)
  same(negativeBinomialTail(20, 3, 2.5), 0.000133503076543)
  same(negativeBinomialTail(161, 100, 500), 2.6268773654e-7)
  same(negativeBinomialTail(60, 1.7, 0.5), 2.84037874749e-8)
  same(binomialTail(7, 20, 0.1), 0.00238608940897)
  same(incompleteBeta(0.3, 2.5, 7), 0.641222462972)
})

test('a negative binomial count whose rate is known for certain is a Poisson count', () => {
  same(negativeBinomialTail(12, 4, Number.POSITIVE_INFINITY), poissonTail(12, 4))
  expect(negativeBinomialTail(12, 4, 1e8) / poissonTail(12, 4)).toBeCloseTo(1, 5)
})

test('the most that is usual is the quantile of R', () => {
  expect(negativeBinomialUpper(1e-4, 8, 3)).toBe(42)
  expect(negativeBinomialUpper(1e-6, 0.4, Number.POSITIVE_INFINITY)).toBe(6)
})

test('at the edges a tail is certain or impossible', () => {
  expect(poissonTail(0, 3)).toBe(1)
  expect(negativeBinomialTail(0, 3, 1)).toBe(1)
  expect(negativeBinomialTail(1, 0, 1)).toBe(0)
  expect(binomialTail(4, 3, 0.5)).toBe(0)
  expect(logGamma(1)).toBeCloseTo(0, 12)
  expect(logGamma(0.1)).toBeCloseTo(2.25271265173, 10)
})
