import type { CmcdReport } from '../../src/streaming/index.ts'

const START = Date.parse('2026-11-20T20:00:00Z')

/** One step of a play: a state that lasts `ms`; `keys` are added to its report. */
export type Step = [state: string, ms: number, keys?: string]

/** What a CMCD v2 player in event mode reports for these steps: one report a change, as hls.js words them. */
export function play(steps: Step[], options: { sid?: string; start?: number } = {}): CmcdReport[] {
  const { sid = 'session-1', start = START } = options
  let ts = start
  return steps.map(([state, ms, keys = 'e=ps,br=(3000)'], sn) => {
    const cmcd = `cid="film-1",${keys},sf=h,sid="${sid}",sn=${sn},st=v,sta=${state},ts=${ts},v=2`
    const report: CmcdReport = { at: new Date(ts + 80), mode: 'event', cmcd }
    ts += ms
    return report
  })
}

/** Watching Casablanca over a bad line: nine stalls of eight seconds in forty minutes. */
export const casablanca: Step[] = [
  ['s', 4_000],
  ...Array.from({ length: 9 }, (): Step[] => [
    ['p', 240_000],
    ['r', 8_000],
  ]).flat(),
  ['p', 240_000],
  ['a', 600_000],
  ['p', 1_000],
  ['q', 0],
]

/** The same film on a good line, paused and rewound ten times to pull quotes from it. */
export const quoteHunter: Step[] = [
  ['s', 900],
  ...Array.from({ length: 10 }, (): Step[] => [
    ['p', 120_000],
    ['a', 45_000],
    ['k', 300],
    ['r', 2_500],
  ]).flat(),
  ['p', 120_000],
  ['e', 0],
]

/** The same bad evening told by a CMCD v1 player: requests with a starvation flag, no times. */
export function playV1(starved: number, sid = 'session-1'): CmcdReport[] {
  return Array.from({ length: 40 }, (_, n) => ({
    at: new Date(START + n * 4_000),
    mode: 'query',
    cmcd: `bl=${n < starved ? 0 : 9000},br=3000${n < starved ? ',bs' : ''},cid="film-1",d=4000,ot=v,sid="${sid}"`,
  }))
}
