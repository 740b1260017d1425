import { expect, test } from 'vitest'
import { createHourOfWeek, hourOf } from '../../src/voice/signals/hours.ts'

const at = (iso: string, zone: string) => createHourOfWeek(zone)(hourOf(new Date(iso)))

test('the hour of the week is that of the wall', () => {
  expect(at('2026-11-23T00:00:00Z', 'UTC')).toBe(0)
  expect(at('2026-11-22T23:59:00Z', 'UTC')).toBe(167)
  expect(at('2026-11-22T15:00:00Z', 'Asia/Tokyo')).toBe(0)
  expect(at('2026-11-22T05:00:00Z', 'America/New_York')).toBe(6 * 24)
})

test('a day of 23 hours lacks one, a day of 25 has one twice', () => {
  const of = createHourOfWeek('Europe/Berlin')
  const day = (from: string, hours: number) =>
    Array.from({ length: hours }, (_, n) => of(hourOf(new Date(from)) + n) - 6 * 24)
  expect(day('2026-03-28T23:00:00Z', 23)).toEqual([0, 1, ...Array.from({ length: 21 }, (_, n) => n + 3)])
  expect(day('2026-10-24T22:00:00Z', 25)).toEqual([0, 1, 2, ...Array.from({ length: 22 }, (_, n) => n + 2)])
})

test('a zone half an hour off has each hour of the week once', () => {
  const of = createHourOfWeek('Asia/Kolkata')
  expect(new Set(Array.from({ length: 168 }, (_, hour) => of(hour))).size).toBe(168)
})
