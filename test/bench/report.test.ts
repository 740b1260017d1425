import { expect, test } from 'vitest'
import { readOptions, UsageError } from './options.ts'
import { percentile, round, showFinding } from './report.ts'

test('a percentile is a sample that was really measured', () => {
  const samples = [9, 1, 8, 2, 7, 3, 6, 4, 5, 10]
  expect(percentile(samples, 0.5)).toBe(5)
  expect(percentile(samples, 0.95)).toBe(10)
  expect(percentile([4], 0.95)).toBe(4)
  expect(percentile([], 0.5)).toBeNaN()
})

test('numbers keep three digits, and whole ones stay whole', () => {
  expect(round(0.071_234)).toBe(0.0712)
  expect(round(12.345)).toBe(12.3)
  expect(round(49_498.4)).toBe(49_498)
})

test('a table lines up and leaves what was not measured empty', () => {
  const shown = showFinding({
    title: 'intake',
    rows: [
      { what: '検索', 'p50 ms': 1234.5 },
      { what: 'bare', ratio: 1 },
    ],
    notes: ['a note'],
  })
  expect(shown).toBe(
    ['intake', '  what  p50 ms   ratio', '  検索  1,234.5', '  bare           1', '  - a note', ''].join(
      '\n',
    ),
  )
})

test('what can not be measured is refused with what would be right', () => {
  expect(() => readOptions(['dsek'])).toThrow(UsageError)
  expect(() => readOptions(['dsek'])).toThrow('use triage, pipeline, refunds, desk, voice')
  expect(() => readOptions(['refunds', '--seconds', '900'])).toThrow(
    '--seconds takes a whole number from 1 to 20',
  )
  expect(() => readOptions(['desk', '--replay', 'posts.ndjson'])).toThrow('pipeline --replay FILE')
  expect(() => readOptions(['--replay', 'nowhere.ndjson'])).toThrow('no such file')
  expect(readOptions(['--replay', import.meta.filename])).toMatchObject({ names: ['pipeline'] })
})
