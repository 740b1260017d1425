import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measureSession } from '../../src/streaming/index.ts'
import { captured, hiddenTab, outage, pausesAndSeeks, replayAndScrubbing, seekInStall } from './hls-js.ts'

/** Within this of what the video element went through, ms: it was sampled twenty times a second. */
const CLOSE_MS = 500

test.each([
  ['pauses and seeks', pausesAndSeeks],
  ['a second showing and scrubbing', replayAndScrubbing],
])('on a good line hls.js tells of no stall: %s', (_, lines) => {
  expect(measureSession(captured(lines))).toMatchObject({
    stalls: 0,
    stalledMs: 0,
    rebufferRatio: 0,
    lostReports: 0,
    started: true,
    implausible: [],
  })
})

test('a stall lasts until the customer seeks or pauses out of it, and the wait after the seek is none', () => {
  const quality = measureSession(captured(seekInStall))
  expect(quality).toMatchObject({ stalls: 2, stalledMs: 386 + 505, lostReports: 0, implausible: [] })
  expect(Math.abs((quality.playedMs ?? 0) - 4_954)).toBeLessThan(CLOSE_MS)
})

test('of three stalls the one that was seen counts, two in a hidden tab do not', () => {
  const quality = measureSession(captured(hiddenTab))
  expect(quality).toMatchObject({ stalls: 1, stalledMs: 1_194, lostReports: 0, implausible: [] })
  expect(Math.abs((quality.playedMs ?? 0) - 7_441)).toBeLessThan(CLOSE_MS)
})

test('what an outage held back is measured as it was, though it came late and in disorder', () => {
  const quality = measureSession(captured(outage))
  expect(quality).toMatchObject({ stalls: 1, lostReports: 0, error: null, implausible: [] })
  expect(Math.abs((quality.stalledMs ?? 0) - 13_201)).toBeLessThan(CLOSE_MS)
  expect(Math.abs((quality.playedMs ?? 0) - 8_299)).toBeLessThan(CLOSE_MS)
})

test('the order of arrival and reports that came twice change nothing', () => {
  for (const lines of [seekInStall, hiddenTab, outage]) {
    const reports = captured(lines)
    const { lastEventAt: _, ...expected } = measureSession(reports)
    fc.assert(
      fc.property(
        fc.shuffledSubarray(reports, { minLength: reports.length }),
        fc.subarray(reports),
        (all, again) => {
          const { lastEventAt: _, ...measured } = measureSession([...all, ...again])
          expect(measured).toEqual(expected)
        },
      ),
      { numRuns: 50 },
    )
  }
})

test('a report that is lost makes no stall out of what the customer did', () => {
  for (const lines of [pausesAndSeeks, replayAndScrubbing]) {
    const reports = captured(lines)
    for (const lost of reports.keys()) {
      expect(measureSession(reports.toSpliced(lost, 1)).stalls, `without report ${lost}`).toBe(0)
    }
  }
})
