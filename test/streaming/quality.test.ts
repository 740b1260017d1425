import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CmcdReport, measureSession, measureSessions, playbackEvent } from '../../src/streaming/index.ts'
import { casablanca, play, playV1, quoteHunter, type Step } from './player.ts'

describe('a session of a CMCD v2 player', () => {
  test('Casablanca over a bad line has its stalls, their time and the ratio of CTA-2066', () => {
    const quality = measureSession(play(casablanca))
    expect(quality).toMatchObject({
      sid: 'session-1',
      cid: 'film-1',
      startupMs: 4_000,
      playedMs: 2_401_000,
      stalls: 9,
      stalledMs: 72_000,
      avgBitrateKbps: 3000,
      error: null,
      ended: true,
      started: true,
      implausible: [],
    })
    expect(quality.rebufferRatio).toBeCloseTo(72_000 / 2_473_000, 12)
  })

  test("a customer's own pauses and seeks are not stalls, though every seek reports k, r, p", () => {
    expect(measureSession(play(quoteHunter))).toMatchObject({
      startupMs: 900,
      playedMs: 1_320_000,
      stalls: 0,
      stalledMs: 0,
      rebufferRatio: 0,
    })
  })

  test('resuming after a pause may buffer without being a stall, a stall after that counts', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 60_000],
        ['a', 90_000],
        ['r', 3_000],
        ['p', 10_000],
        ['r', 2_000],
        ['p', 10_000],
        ['e', 0],
      ]),
    )
    expect(quality).toMatchObject({ stalls: 1, stalledMs: 2_000, playedMs: 80_000 })
  })

  test('a tab in the background does not stall, nor does coming back to it', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 60_000],
        ['p', 30_000, 'e=b,bg'],
        ['r', 20_000, 'e=ps,bg'],
        ['r', 5_000, 'e=b'],
        ['p', 10_000],
        ['e', 0],
      ]),
    )
    expect(quality).toMatchObject({ stalls: 0, stalledMs: 0 })
  })

  test('a customer who gives up while it stalls has waited until then', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 60_000],
        ['r', 25_000],
        ['q', 0],
      ]),
    )
    expect(quality).toMatchObject({ stalls: 1, stalledMs: 25_000, ended: true })
  })

  test('a session that just stops is not ended, and the time since its last report does not count', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 60_000],
        ['r', 999_999],
      ]),
    )
    expect(quality).toMatchObject({ ended: false, stalls: 1, stalledMs: 0, playedMs: 60_000 })
    expect(quality.lastEventAt).toEqual(new Date('2026-11-20T20:01:00.580Z'))
  })

  test('bitrates are weighted by the time they played', () => {
    const quality = measureSession(
      play([
        ['s', 500, 'e=ps,br=(1000)'],
        ['p', 30_000, 'e=ps,br=(1000)'],
        ['p', 10_000, 'e=bc,br=(5000)'],
        ['e', 0, 'e=ps,br=(5000)'],
      ]),
    )
    expect(quality).toMatchObject({ avgBitrateKbps: 2000, switches: 1 })
  })

  test('an error before anything played is a failed playback with its code', () => {
    const quality = measureSession(
      play([
        ['s', 3_000],
        ['s', 10, 'e=e,ec=("fragLoadError")'],
        ['f', 0, 'e=ps,ec=("fragLoadError")'],
      ]),
    )
    expect(quality).toMatchObject({
      startupMs: null,
      error: 'fragLoadError',
      started: false,
      rebufferRatio: null,
    })
    expect(playbackEvent(quality)).toBe('playback.failed')
  })

  test('an error that playing came back from is no error', () => {
    const quality = measureSession(
      play([
        ['s', 3_000],
        ['p', 10_000],
        ['p', 10, 'e=e,ec=("bufferStalledError")'],
        ['p', 10_000],
        ['e', 0],
      ]),
    )
    expect(quality.error).toBeNull()
    expect(playbackEvent(quality)).toBe('playback.ended')
  })

  test('an error while playing stays when the customer then gives up', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 10_000],
        ['p', 10, 'e=e,ec=("decodeError")'],
        ['q', 0],
      ]),
    )
    expect(quality.error).toBe('decodeError')
  })

  test('a response report speaks of when its request began and moves neither clock nor state', () => {
    const [start, playing, response, end] = play([
      ['s', 500],
      ['p', 30_000],
      ['p', 30_000, 'e=rr,br=(700)'],
      ['e', 0],
    ]) as [CmcdReport, CmcdReport, CmcdReport, CmcdReport]
    const late = { ...response, cmcd: response.cmcd.replace(/ts=\d+/, /ts=\d+/.exec(start.cmcd)?.[0] ?? '') }
    expect(measureSession([start, playing, late, end])).toMatchObject({
      playedMs: 60_000,
      avgBitrateKbps: 3000,
      switches: 0,
      implausible: [],
    })
  })

  test('two lost reports inside a stall leave its length unknown and uncounted', () => {
    const reports = play([
      ['s', 500],
      ['p', 60_000],
      ['r', 1_000],
      ['p', 10_000],
      ['a', 300_000],
      ['p', 10_000],
      ['e', 0],
    ])
    const kept = reports.filter((_, index) => index !== 3 && index !== 4)
    expect(measureSession(kept)).toMatchObject({ stalls: 1, stalledMs: 0, lostReports: 2 })
  })
})

describe('how a session began and ended', () => {
  test('a customer who leaves before anything played, and no error said why, left before the start', () => {
    const quality = measureSession(
      play([
        ['s', 12_000],
        ['q', 0],
      ]),
    )
    expect(quality).toMatchObject({
      exitBeforeStart: true,
      started: false,
      error: null,
      waitedMs: 12_000,
      startupMs: null,
      ending: 'quit',
    })
  })

  test('a start that failed is no customer who left, nor is a player that only loaded ahead', () => {
    const failed = play([
      ['s', 3_000],
      ['f', 0, 'e=ps,ec=("manifestLoadError")'],
    ])
    expect(measureSession(failed)).toMatchObject({ exitBeforeStart: false, ending: 'failed' })
    const preloaded = play([
      ['d', 60_000],
      ['q', 0],
    ])
    expect(measureSession(preloaded)).toMatchObject({
      exitBeforeStart: false,
      waitedMs: null,
      started: false,
    })
  })

  test('requests alone can not tell whether a customer left before the start', () => {
    expect(measureSession(playV1(0))).toMatchObject({ exitBeforeStart: null, survivedErrors: null })
  })

  test('errors that playing came back from are counted apart from the one that it did not', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 10_000],
        ['p', 10, 'e=e,ec=("fragLoadError")'],
        ['r', 2_000],
        ['p', 10_000],
        ['p', 10, 'e=e,ec=("bufferStalledError")'],
        ['p', 10_000],
        ['p', 10, 'e=e,ec=("decodeError")'],
        ['f', 0, 'e=ps,ec=("decodeError")'],
      ]),
    )
    expect(quality).toMatchObject({ survivedErrors: 2, error: 'decodeError', ending: 'failed' })
  })

  test('the time in a tab that nobody saw is told', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 60_000],
        ['p', 30_000, 'e=b,bg'],
        ['p', 10_000, 'e=b'],
        ['e', 0],
      ]),
    )
    expect(quality).toMatchObject({ backgroundMs: 30_000, playedMs: 100_000, ending: 'completed' })
  })

  test('a session that just stops has no last word', () => {
    const quality = measureSession(
      play([
        ['s', 500],
        ['p', 60_000],
        ['p', 0, 'e=t'],
      ]),
    )
    expect(quality).toMatchObject({ ending: null, ended: false, started: true })
  })

  test('when it was watched is told by our clock, whatever the clock of the player says', () => {
    const start = Date.parse('2026-11-20T20:00:00Z')
    const steps: Step[] = [
      ['s', 1_000],
      ['p', 60_000],
      ['a', 600_000],
      ['p', 60_000],
      ['e', 0],
    ]
    const wrongClock = play(steps, { start: start - 3_600_000 }).map((report) => ({
      ...report,
      at: new Date(report.at.getTime() + 3_600_000),
    }))
    const expected = [
      [start + 1_080, start + 61_080],
      [start + 661_080, start + 721_080],
    ]
    expect(measureSession(play(steps, { start })).watched).toEqual(expected)
    expect(measureSession(wrongClock).watched).toEqual(expected)
  })
})

describe('whatever the network does', () => {
  test('the order of arrival and repeated reports change nothing', () => {
    const reports = play(casablanca)
    const expected = measureSession(reports)
    const piles = fc
      .tuple(
        fc.shuffledSubarray(reports, { minLength: reports.length }),
        fc.array(fc.constantFrom(...reports), { maxLength: 12 }),
      )
      .map(([all, again]) => [...again, ...all])
    fc.assert(
      fc.property(piles, (pile) => {
        expect(measureSession(pile)).toEqual(expected)
      }),
    )
  })

  test('any reports at all, in any order, measure alike and never give a negative or endless time', () => {
    const report = fc
      .record({
        sn: fc.option(fc.integer({ min: 0, max: 9 })),
        sta: fc.constantFrom('s', 'p', 'r', 'k', 'a', 'e', 'f'),
        ts: fc.option(fc.integer({ min: 1.7e12, max: 1.8e12 })),
        mode: fc.constantFrom('event', 'query'),
        at: fc.integer({ min: 1.7e12, max: 1.8e12 }),
      })
      .map(({ sn, sta, ts, mode, at }): CmcdReport => {
        const keys = [`sta=${sta}`, sn === null ? '' : `sn=${sn}`, ts === null ? '' : `ts=${ts}`, 'v=2']
        return { at: new Date(at), mode: mode as 'event', cmcd: keys.filter(Boolean).join(',') }
      })
    fc.assert(
      fc.property(fc.array(report, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (reports, noise) => {
        const quality = measureSession(reports)
        const order = new Map(reports.map((one) => [one, noise.next().value as number]))
        const shuffled = reports.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
        expect(measureSession(shuffled)).toEqual(quality)
        expect(quality.playedMs ?? 0).toBeGreaterThanOrEqual(0)
        expect(quality.playedMs ?? 0).toBeLessThanOrEqual(86_400_000)
        expect(quality.stalledMs ?? 0).toBeLessThanOrEqual(quality.stalls * 600_000)
        expect(quality.rebufferRatio ?? 0).toBeGreaterThanOrEqual(0)
        expect(quality.rebufferRatio ?? 0).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('sessions that arrive mixed are told apart', () => {
    const mixed = [...play(casablanca, { sid: 'bad' }), ...play(quoteHunter, { sid: 'good' })].reverse()
    const [bad, good] = measureSessions(mixed)
    expect(bad).toEqual(measureSession(play(casablanca, { sid: 'bad' })))
    expect(good).toMatchObject({ sid: 'good', stalls: 0 })
  })
})

test('a CMCD v1 player gives counts of stalls and no durations', () => {
  expect(measureSession(playV1(7))).toMatchObject({
    stalls: 7,
    startupMs: null,
    playedMs: null,
    stalledMs: null,
    rebufferRatio: null,
    avgBitrateKbps: 3000,
  })
})

test('a year of stalls in a minute is cut and flagged', () => {
  const [first, ...rest] = play([
    ['s', 500],
    ['p', 10_000],
    ['r', 31_536_000_000],
    ['p', 10_000],
    ['e', 0],
  ])
  const at = (first as CmcdReport).at
  const quality = measureSession([first, ...rest].map((report) => ({ ...(report as CmcdReport), at })))
  expect(quality.stalledMs).toBe(600_000)
  expect(quality.implausible.join(' ')).toMatch(/a stall of 31536000000 ms/)
  expect(quality.implausible.join(' ')).toMatch(/arrived within 0 ms/)
})

describe('a player that tells of more time than its session has existed', () => {
  const registeredAt = new Date('2026-11-20T20:00:00Z')
  const forged = play(
    [
      ['s', 500],
      ['p', 1_140_000],
      ['r', 60_000],
      ['q', 0],
    ],
    { start: registeredAt.getTime() },
  )
  const arriving = (reports: CmcdReport[], afterMs: number) =>
    reports.map((report) => ({ ...report, at: new Date(registeredAt.getTime() + afterMs) }))

  test('is not believed: twenty minutes do not pass within a second', () => {
    const quality = measureSession(arriving(forged, 1_000), { registeredAt })
    expect(quality.implausible).toEqual([
      'the player tells of 1200500 ms, and the session was registered 1000 ms earlier',
    ])
  })

  test('is believed once that time has passed, however late its reports come', () => {
    for (const afterMs of [1_200_500, 1_190_000, 7_200_000]) {
      expect(measureSession(arriving(forged, afterMs), { registeredAt }).implausible).toEqual([])
    }
  })

  test('is not believed where its reports are dated before the registration; a clock that is a little slow is', () => {
    const started = (beforeMs: number) =>
      arriving(
        play(
          [
            ['s', 500],
            ['p', 60_000],
            ['q', 0],
          ],
          { start: registeredAt.getTime() - beforeMs },
        ),
        90_000,
      )
    expect(measureSession(started(240_000), { registeredAt }).implausible).toEqual([])
    expect(measureSession(started(3_600_000), { registeredAt }).implausible).toEqual([
      'reports are dated before the session was registered',
    ])
  })

  test('is believed where the time of the registration is not known', () => {
    expect(measureSession(arriving(forged, 1_000)).implausible).toEqual([])
  })
})
