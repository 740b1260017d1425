import { expect, test } from 'vitest'
import { quietUntil } from '../../src/quiet-hours.ts'

const newYork = { timeZone: 'America/New_York', from: '22:00', to: '08:00' }

function until(quiet: typeof newYork, now: string): string | null {
  return quietUntil(quiet, new Date(now))?.toISOString() ?? null
}

test('outside of them a reply may go at once', () => {
  expect(until(newYork, '2026-07-01T16:00:00Z')).toBeNull()
  expect(until(newYork, '2026-07-01T12:00:00Z')).toBeNull()
})

test('they begin and end on the minute', () => {
  expect(until(newYork, '2026-07-02T01:59:59Z')).toBeNull()
  expect(until(newYork, '2026-07-02T02:00:00Z')).toBe('2026-07-02T12:00:00.000Z')
  expect(until(newYork, '2026-07-02T11:59:59.999Z')).toBe('2026-07-02T12:00:00.000Z')
})

test('the night in which clocks go forward is an hour shorter', () => {
  // 2026-03-08: 02:00 EST becomes 03:00 EDT, so 08:00 is 12:00 UTC and no longer 13:00.
  expect(until(newYork, '2026-03-08T03:30:00Z')).toBe('2026-03-08T12:00:00.000Z')
  expect(until(newYork, '2026-03-07T03:30:00Z')).toBe('2026-03-07T13:00:00.000Z')
})

test('the night in which clocks go back is an hour longer', () => {
  // 2026-11-01: 02:00 EDT becomes 01:00 EST.
  expect(until(newYork, '2026-11-01T02:30:00Z')).toBe('2026-11-01T13:00:00.000Z')
  expect(until(newYork, '2026-10-31T02:30:00Z')).toBe('2026-10-31T12:00:00.000Z')
})

test('an end that the clock jumps over is the first minute after the jump', () => {
  // In Berlin on 2026-03-29 there is no 02:30: 01:59 is followed by 03:00, 01:00 UTC.
  const berlin = { timeZone: 'Europe/Berlin', from: '23:00', to: '02:30' }
  expect(until(berlin, '2026-03-29T00:15:00Z')).toBe('2026-03-29T01:00:00.000Z')
})

test('zones off the hour and hours within one day work, too', () => {
  const kathmandu = { timeZone: 'Asia/Kathmandu', from: '12:00', to: '13:15' }
  expect(until(kathmandu, '2026-11-22T06:14:00Z')).toBeNull()
  expect(until(kathmandu, '2026-11-22T06:15:00Z')).toBe('2026-11-22T07:30:00.000Z')
})
