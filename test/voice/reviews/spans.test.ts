import { describe, expect, test } from 'vitest'
import {
  clockChange,
  comparedWith,
  countedUntil,
  lastSpan,
  readSpan,
  type Span,
  spanAYearBefore,
  spanBeside,
  startOfDay,
  weekOf,
} from '../../../src/voice/review/span.ts'

const TOKYO = 'Asia/Tokyo'
const BERLIN = 'Europe/Berlin'
const read = (name: string, zone = TOKYO) => readSpan(name, zone) as Span

describe('weeks and days of the company', () => {
  test('a week runs from Monday to Sunday on the company’s own clock', () => {
    expect(read('2026-W47')).toEqual({
      kind: 'week',
      name: '2026-W47',
      firstDay: '2026-11-16',
      lastDay: '2026-11-22',
      from: new Date('2026-11-15T15:00:00Z'),
      to: new Date('2026-11-22T15:00:00Z'),
    })
    expect(read('2026-11-20').from).toEqual(new Date('2026-11-19T15:00:00Z'))
  })

  test('weeks and days that are not there are not read', () => {
    for (const name of ['2026-W54', '2025-W53', '2026-W00', '2026-02-30', 'W47', '2026-11', '', '0000-01-01'])
      expect(readSpan(name, TOKYO), name).toBeNull()
    expect(read('2026-W53').firstDay).toBe('2026-12-28')
  })

  test('a week of a clock change has an hour less or more, and its days still fit together', () => {
    const spring = read('2026-W13', BERLIN)
    const autumn = read('2026-W43', BERLIN)
    expect(clockChange(spring)).toBe(-1)
    expect(clockChange(autumn)).toBe(1)
    expect(clockChange(read('2026-10-25', BERLIN))).toBe(1)
    expect(read('2026-W44', BERLIN).from).toEqual(autumn.to)
    expect(read('2026-W14', BERLIN).from).toEqual(spring.to)
  })

  test('a day whose midnight clocks jump over begins when they land', () => {
    // Santiago goes from 24:00 to 01:00.
    expect(startOfDay('2026-09-06', 'America/Santiago')).toEqual(new Date('2026-09-06T04:00:00Z'))
  })

  test('the last span is one that is over, whatever the hour', () => {
    expect(lastSpan('week', new Date('2026-11-22T14:59:00Z'), TOKYO).name).toBe('2026-W46')
    expect(lastSpan('week', new Date('2026-11-22T15:00:00Z'), TOKYO).name).toBe('2026-W47')
    expect(lastSpan('day', new Date('2026-11-22T15:00:00Z'), TOKYO).name).toBe('2026-11-22')
  })

  test('neighbours and the year before are found over the turn of the year and a week 53', () => {
    expect(spanBeside(read('2027-W01'), -1, TOKYO).name).toBe('2026-W53')
    expect(spanBeside(read('2026-03-01'), -1, TOKYO).name).toBe('2026-02-28')
    expect(spanAYearBefore(read('2026-W47'), TOKYO).name).toBe('2025-W47')
    expect(spanAYearBefore(read('2026-W53'), TOKYO).name).toBe('2025-W52')
    // The same weekday.
    expect(spanAYearBefore(read('2026-11-20'), TOKYO).name).toBe('2025-11-21')
    expect(weekOf('2027-01-03')).toBe('2026-W53')
  })

  test('a week that runs is held against the same part of another, at the same time of the clock', () => {
    const now = new Date('2026-10-26T09:30:00Z')
    const counted = countedUntil(read('2026-W44', BERLIN), now)
    // 10:30 in winter; the Monday before had summer time.
    expect(counted && comparedWith(spanBeside(counted, -1, BERLIN), counted, BERLIN).until).toEqual(
      new Date('2026-10-19T08:30:00Z'),
    )
    expect(countedUntil(read('2026-W45', BERLIN), now)).toBeNull()
  })
})
