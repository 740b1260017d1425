import { describe, expect, test } from 'vitest'
import { suspects } from '../../src/streaming/incidents.ts'
import {
  findCauses,
  type History,
  measureSession,
  type Observation,
  sessionVerdict,
} from '../../src/streaming/index.ts'
import { casablanca, play, playV1, quoteHunter, type Step } from './player.ts'

const USUAL: History = {
  all: { customers: 20_000, affected: 600 },
  of: () => ({ customers: 1_000, affected: 30 }),
}
const TITLES = [
  'Casablanca',
  '東京物語',
  '七人の侍',
  'Metropolis',
  'Nosferatu',
  'The General',
  '晩春',
  '羅生門',
]
const REGIONS = ['JP', 'US', 'GB', 'DE']
const NETWORKS = ['cdn-a', 'cdn-b', 'cdn-c']
const PLAYERS = ['hls.js 1.7.4', 'tv 3.2']

/** An evening's sessions over all places alike; those for which `bad` holds went wrong. */
function evening(count: number, bad: (session: Observation, index: number) => boolean): Observation[] {
  return Array.from({ length: count }, (_, index) => {
    const session: Observation = {
      customerId: `customer-${index}`,
      title: TITLES[index % 8] as string,
      region: REGIONS[Math.floor(index / 8) % 4] as string,
      network: NETWORKS[Math.floor(index / 32) % 3] as string,
      player: PLAYERS[Math.floor(index / 96) % 2] as string,
      verdict: 'good',
    }
    return bad(session, index) ? { ...session, verdict: 'never-started' } : session
  })
}
const causesOf = (sessions: Observation[]) =>
  findCauses(sessions, USUAL).map(({ dimension, value }) => `${dimension} ${value}`.trim())

describe('the cause of a failure', () => {
  test('is nothing on an evening as usual', () => {
    expect(causesOf(evening(384, (_, index) => index % 33 === 0))).toEqual([])
  })

  test.each([
    ['title', 'Casablanca'],
    ['region', 'JP'],
    ['network', 'cdn-b'],
    ['player', 'tv 3.2'],
  ] as const)('is the %s %s alone, though it is seen everywhere', (dimension, value) => {
    const sessions = evening(384, (session) => session[dimension] === value)
    expect(causesOf(sessions)).toEqual([`${dimension} ${value}`])
    const cause = findCauses(sessions, USUAL)[0]
    expect(cause?.affected).toBe(cause?.customers)
  })

  test('is the title that broke, though most of its customers are of one region', () => {
    const sessions = evening(384, (session, index) => session.title === '晩春' && index % 5 !== 0).map(
      (session) => (session.title === '晩春' ? { ...session, region: 'JP' } : session),
    )
    expect(causesOf(sessions)).toEqual(['title 晩春'])
  })

  test('are two where two things broke at once', () => {
    const sessions = evening(768, ({ title, network }) => title === 'Metropolis' || network === 'cdn-c')
    expect(causesOf(sessions).sort()).toEqual(['network cdn-c', 'title Metropolis'])
  })

  test('is everything where nothing sets it apart', () => {
    expect(causesOf(evening(384, (_, index) => index % 2 === 0 || index % 3 === 0))).toEqual(['all'])
    const onlyOne = evening(384, (_, index) => index % 3 !== 0).map((session) => ({
      ...session,
      region: 'JP',
      network: null,
      player: null,
    }))
    expect(causesOf(onlyOne)).toEqual(['all'])
  })

  test('is not one customer who tries the same film thirty times', () => {
    const sessions = evening(96, () => false)
    const again = Array.from({ length: 30 }, () => ({
      ...(sessions[0] as Observation),
      verdict: 'never-started' as const,
    }))
    expect(causesOf([...sessions, ...again])).toEqual([])
  })

  test('is looked for only where five customers were affected: nobody else needs a history', () => {
    const sessions = evening(384, ({ title }) => title === 'Casablanca')
    const places = suspects(sessions).map(({ dimension, value }) => `${dimension} ${value}`)
    expect(places).toContain('title Casablanca')
    expect(places).not.toContain('title Metropolis')
  })
})

describe('what a session says', () => {
  const LEFT = (ms: number): Step[] => [
    ['s', ms],
    ['q', 0],
  ]
  const FAILED: Step[] = [
    ['s', 3_000],
    ['f', 0, 'e=ps,ec=("manifestLoadError")'],
  ]
  const BROKEN: Step[] = [
    ['s', 500],
    ['p', 60_000],
    ['f', 0, 'e=ps,ec=("fragLoadError")'],
  ]

  test.each([
    ['good, of one that paused and seeked', quoteHunter, 'good'],
    ['poor, of one that stalled for more than 2 %', casablanca, 'poor'],
    ['poor, of one that broke', BROKEN, 'poor'],
    ['never started, of an error at the start', FAILED, 'never-started'],
    ['never started, of somebody who waited and left', LEFT(12_000), 'never-started'],
    ['nothing, of somebody who left at once', LEFT(2_000), null],
  ] as const)('%s', (_, steps, verdict) => {
    expect(sessionVerdict(measureSession(play(steps as Step[])), true)).toBe(verdict)
  })

  test('is nothing while it goes on, where it can not be believed and where nobody can tell', () => {
    const quality = measureSession(play(casablanca))
    expect(sessionVerdict(quality, false)).toBeNull()
    expect(sessionVerdict({ ...quality, implausible: ['forged'] }, true)).toBeNull()
    expect(sessionVerdict(measureSession(playV1(9)), true)).toBeNull()
  })
})
