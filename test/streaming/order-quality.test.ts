import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  linePlayback,
  measureSession,
  playbackEvent,
  readQuality,
  sumOrderQuality,
} from '../../src/streaming/index.ts'
import { casablanca, play, playV1, quoteHunter, type Step } from './player.ts'

const START = Date.parse('2026-11-20T20:00:00Z')
const FAILED: Step[] = [
  ['s', 3_000],
  ['f', 0, 'e=ps,ec=("manifestLoadError")'],
]
const BROKEN: Step[] = [
  ['s', 1_000],
  ['p', 60_000],
  ['r', 5_000],
  ['f', 0, 'e=ps,ec=("fragLoadError")'],
]
const LEFT: Step[] = [
  ['s', 15_000],
  ['q', 0],
]

/** Session `sid` of these steps, so many hours into the evening. */
function session(sid: string, steps: Step[], hours = 0) {
  return measureSession(play(steps, { sid, start: START + hours * 3_600_000 }))
}

describe('the sum of an order', () => {
  test('adds times and counts up, and its ratio is that of the sums', () => {
    const sum = sumOrderQuality([session('bad', casablanca), session('good', quoteHunter, 2)])
    expect(sum).toMatchObject({
      sid: 'good',
      sessions: 2,
      startupMs: 4_000,
      playedMs: 2_401_000 + 1_320_000,
      stalls: 9,
      stalledMs: 72_000,
      error: null,
      ended: true,
      started: true,
      implausible: [],
    })
    expect(sum.rebufferRatio).toBeCloseTo(72_000 / (72_000 + 3_721_000), 12)
  })

  test('weighs the bitrate by what played', () => {
    const low: Step[] = [
      ['s', 500, 'e=ps,br=(1000)'],
      ['p', 30_000, 'e=ps,br=(1000)'],
      ['e', 0, 'e=ps,br=(1000)'],
    ]
    const high: Step[] = [
      ['s', 500, 'e=ps,br=(5000)'],
      ['p', 10_000, 'e=ps,br=(5000)'],
      ['e', 0, 'e=ps,br=(5000)'],
    ]
    expect(sumOrderQuality([session('a', low), session('b', high, 1)]).avgBitrateKbps).toBe(2_000)
  })

  test('of one session is that session', () => {
    for (const quality of [session('a', casablanca), session('a', FAILED), measureSession(playV1(4, 'a'))]) {
      const { cid: _, waitedMs: __, ending: ___, watched: ____, ...measures } = quality
      expect(sumOrderQuality([quality])).toEqual({ ...measures, sessions: 1 })
    }
  })

  test('does not depend on the order in which the sessions are given', () => {
    const sessions = [
      session('a', FAILED),
      session('b', BROKEN, 1),
      session('c', casablanca, 2),
      session('d', quoteHunter, 2),
      measureSession(playV1(2, 'e')),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(sessions, { minLength: 2 }), (some) => {
        const sorted = some.toSorted((one, other) => (one.sid < other.sid ? -1 : 1))
        expect(sumOrderQuality(some)).toEqual(sumOrderQuality(sorted))
      }),
    )
  })

  test('of nothing is a mistake of the caller', () => {
    expect(() => sumOrderQuality([])).toThrow(RangeError)
  })
})

describe('what failed', () => {
  const event = (...sessions: Parameters<typeof sumOrderQuality>[0]) =>
    playbackEvent(sumOrderQuality(sessions))

  test('a first try that fails and a second that plays to the end leave nothing failed', () => {
    const sum = sumOrderQuality([session('a', FAILED), session('b', quoteHunter, 1)])
    expect(sum).toMatchObject({ error: null, started: true, startupMs: 900 })
    expect(playbackEvent(sum)).toBe('playback.ended')
  })

  test('tries that never started anywhere are a failed playback, a customer who left at last too', () => {
    expect(event(session('a', FAILED))).toBe('playback.failed')
    expect(event(session('a', FAILED), session('b', FAILED, 1))).toBe('playback.failed')
    expect(event(session('a', FAILED), session('b', LEFT, 1))).toBe('playback.failed')
  })

  test('a film that broke in the middle and never came back has its error', () => {
    expect(sumOrderQuality([session('a', BROKEN), session('b', LEFT, 1)]).error).toBe('fragLoadError')
    expect(sumOrderQuality([session('a', quoteHunter), session('b', BROKEN, 1)]).error).toBe('fragLoadError')
    expect(sumOrderQuality([session('a', BROKEN), session('b', quoteHunter, 1)]).error).toBeNull()
  })

  test('a customer who only left before the start left, and nothing failed', () => {
    const sum = sumOrderQuality([session('a', LEFT), session('b', LEFT, 1)])
    expect(sum).toMatchObject({ exitBeforeStart: true, started: false, error: null, startupMs: null })
    expect(sumOrderQuality([session('a', LEFT), session('b', quoteHunter, 1)]).exitBeforeStart).toBe(false)
  })
})

describe('what is not known', () => {
  test('is not known of the sum either, whatever the other sessions tell', () => {
    const sum = sumOrderQuality([session('a', casablanca), measureSession(playV1(4, 'b'))])
    expect(sum).toMatchObject({
      playedMs: null,
      stalledMs: null,
      rebufferRatio: null,
      avgBitrateKbps: null,
      startupMs: null,
      stalls: 13,
      started: true,
    })
  })

  test('a later session that nobody can judge may have played: no error is left', () => {
    const later = play(FAILED).map((report) => ({ ...report, at: new Date(START - 3_600_000) }))
    const sum = sumOrderQuality([measureSession(later), measureSession(playV1(0, 'v1'))])
    expect(sum).toMatchObject({ error: null, started: null, exitBeforeStart: null })
  })
})

describe('two screens at once', () => {
  test('are noted for a person', () => {
    const sum = sumOrderQuality([session('tv', casablanca), session('phone', casablanca, 0.25)])
    expect(sum.implausible).toEqual([
      expect.stringMatching(/^two sessions of this order played at the same time/),
    ])
  })

  test('are not a television that was left paused while the phone went on, nor a change of screens', () => {
    const paused: Step[] = [
      ['s', 1_000],
      ['p', 600_000],
      ['a', 7_200_000],
      ['q', 0],
    ]
    expect(sumOrderQuality([session('tv', paused), session('phone', quoteHunter, 0.5)]).implausible).toEqual(
      [],
    )
    const handedOver = [session('tv', casablanca), session('phone', quoteHunter, 0.9)]
    expect(sumOrderQuality(handedOver).implausible).toEqual([])
  })
})

describe('stored measurements', () => {
  test('are read as they were written, times too', () => {
    const quality = session('a', casablanca)
    expect(readQuality(JSON.parse(JSON.stringify(quality)))).toEqual(quality)
    expect(readQuality(null)).toBeNull()
  })

  test('of an older version are read with what they did not measure left unknown', () => {
    const { sid, playedMs, stalledMs, rebufferRatio, stalls, started, error, ended, lastEventAt } = session(
      'a',
      casablanca,
    )
    const old = {
      sid,
      playedMs,
      stalledMs,
      rebufferRatio,
      stalls,
      started,
      error,
      ended,
      lastEventAt,
      implausible: [],
    }
    expect(readQuality(JSON.parse(JSON.stringify(old)))).toMatchObject({
      playedMs,
      survivedErrors: null,
      exitBeforeStart: null,
      watched: [],
    })
  })

  test('of a line are summed without sessions from which nothing came', () => {
    const stored = (quality: object | null) => ({ quality: quality && JSON.parse(JSON.stringify(quality)) })
    const line = linePlayback([stored(session('a', FAILED)), stored(null)])
    expect(line).toMatchObject({
      kind: 'playback.failed',
      session: { sessions: 1, error: 'manifestLoadError' },
    })
    expect(linePlayback([stored(null)])).toBeNull()
  })
})
