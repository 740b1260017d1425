import { expect, test } from 'vitest'
import { callerOf } from '../../src/caller-of.ts'
import { createLimits } from '../../src/claims/limits.ts'

test('whoever has many addresses of one network is counted once', async () => {
  const limits = createLimits({ look: 2, step: 2 })
  await limits.look('2001:db8:1:2::1')
  await limits.look('2001:db8:1:2:ffff:1:2:3')
  await expect(limits.look('2001:db8:1:2:a::')).rejects.toThrow('tooMany')
  await limits.look('2001:db8:1:3::1')
})

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['', ''],
])('%s counts as %s', (address, caller) => {
  expect(callerOf(address)).toBe(caller)
})
