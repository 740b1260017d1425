import { describe, expect, test } from 'vitest'
import { policySchema } from '../../src/replies/policy.ts'

const fourEyes = policySchema.shape.fourEyes

describe('a rule of four eyes', () => {
  test('may name a sum alone', () => {
    expect(fourEyes.parse([{ aboveMinor: { USD: 1000, JPY: 1500 } }])).toEqual([
      { codes: [], minSeverity: 0, languages: [], aboveMinor: { USD: 1000, JPY: 1500 } },
    ])
  })

  test.each([
    [{ aboveMinor: { DOLLARS: 5 } }, 'ISO 4217'],
    [{ aboveMinor: { USD: 9.99 } }, 'int'],
    [{ aboveMinor: { USD: -1 } }, '>=0'],
    [{ aboveMinor: {} }, 'names no currency'],
    [{ above: { USD: 1000 } }, 'above'],
  ])('is refused as %j', (rule, why) => {
    expect(fourEyes.safeParse([rule]).error?.message).toContain(why)
  })
})
