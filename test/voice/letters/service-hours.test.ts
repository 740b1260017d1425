import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueAfter, type LettersFile } from '../../../src/voice/index.ts'

const office: LettersFile['serviceHours'] = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '18:00',
  holidays: ['2026-11-23'],
}
const due = (hours: number, from: string, zone = 'Asia/Tokyo', service = office) =>
  dueAfter(hours, new Date(from), service, zone).toISOString()

test('a clock runs in service hours only: over night, a weekend and a holiday it stands still', () => {
  expect(due(3, '2026-11-20T01:00:00Z')).toBe('2026-11-20T04:00:00.000Z')
  // Friday 17:00 in Tokyo, one hour left that day; Monday is a holiday.
  expect(due(3, '2026-11-20T08:00:00Z')).toBe('2026-11-24T02:00:00.000Z')
  expect(due(1, '2026-11-21T03:00:00Z')).toBe('2026-11-24T01:00:00.000Z')
})

test('a day of 23 or 25 hours has as many service hours as any other', () => {
  const night = {
    ...office,
    days: ['sat', 'sun'] as (typeof office.days)[number][],
    from: '00:00',
    to: '06:00',
  }
  // In New York clocks go from 02:00 to 03:00 on Sunday 8 March 2026: that night has five hours, not six.
  expect(due(5, '2026-03-08T05:00:00Z', 'America/New_York', night)).toBe('2026-03-08T10:00:00.000Z')
  // And from 02:00 back to 01:00 on Sunday 1 November: seven.
  expect(due(7, '2026-11-01T04:00:00Z', 'America/New_York', night)).toBe('2026-11-01T11:00:00.000Z')
  expect(due(9, '2026-03-06T14:00:00Z', 'America/New_York')).toBe('2026-03-06T23:00:00.000Z')
  expect(due(9, '2026-03-09T13:00:00Z', 'America/New_York')).toBe('2026-03-09T22:00:00.000Z')
})

test('opening times that are no quarter of an hour count to the minute', () => {
  const odd = { ...office, from: '09:07', to: '17:52' }
  expect(due(1, '2026-11-20T00:00:00Z', 'Asia/Tokyo', odd)).toBe('2026-11-20T01:07:00.000Z')
  expect(due(9, '2026-11-19T00:00:00Z', 'Asia/Tokyo', odd)).toBe('2026-11-20T00:22:00.000Z')
})

test('more hours are never due sooner, and what is due is due within service hours', () => {
  const start = Date.parse('2026-01-01T00:00:00Z')
  const minutes = fc.integer({ min: 0, max: 500_000 })
  fc.assert(
    fc.property(minutes, fc.integer({ min: 1, max: 20 }), (minute, hours) => {
      const from = new Date(start + minute * 60_000)
      const one = dueAfter(hours, from, office, 'Europe/Berlin')
      const more = dueAfter(hours + 1, from, office, 'Europe/Berlin')
      expect(more.getTime()).toBeGreaterThanOrEqual(one.getTime() + 3_600_000)
      const time = one.toLocaleTimeString('sv-SE', { timeZone: 'Europe/Berlin', timeStyle: 'short' })
      expect(time > '09:00' && time <= '18:00').toBe(true)
    }),
    { numRuns: 40 },
  )
})
