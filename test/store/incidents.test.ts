import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import {
  closeIncident,
  incidentOfSessions,
  incidentRefunds,
  incidentSessions,
  openIncidentFor,
  openIncidents,
  rollingView,
} from '../../src/store/incidents.ts'
import { rollingWindow, watchIncidents } from '../../src/streaming/index.ts'
import { addSessions, type PastSession } from '../streaming/evening.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

const NOW = new Date('2026-11-20T21:00:00Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TITLES = ['Casablanca', '東京物語', 'Metropolis', '七人の侍']
const REGIONS = ['JP', 'US', 'GB']

let db: TestStore
beforeEach(async () => {
  await db?.close()
  db = await createTestStore()
  await addSessions(db.store, usualWeek())
})
afterAll(() => db.close())

const ago = (ms: number) => new Date(NOW.getTime() - ms)
const later = (ms: number) => new Date(NOW.getTime() + ms)

/** A week in which one session in thirty went wrong, wherever it was watched. */
function usualWeek(): PastSession[] {
  return Array.from({ length: 1_200 }, (_, index) => ({
    title: TITLES[index % 4] as string,
    region: REGIONS[index % 3] as string,
    network: index % 2 === 0 ? 'cdn-a' : 'cdn-b',
    player: 'hls.js 1.7.4',
    verdict: index % 30 === 7 ? ('poor' as const) : ('good' as const),
    at: ago(2 * HOUR + (index % 160) * HOUR),
  }))
}

/** Forty minutes in which a title went wrong for everybody, and the others went well. */
function brokenTitle(title: string, from: Date): PastSession[] {
  return Array.from({ length: 48 }, (_, index) => ({
    title: TITLES[index % 4] as string,
    region: REGIONS[index % 3] as string,
    network: Math.floor(index / 4) % 2 === 0 ? 'cdn-a' : 'cdn-b',
    player: 'hls.js 1.7.4',
    verdict: TITLES[index % 4] === title ? (index % 8 < 4 ? 'never-started' : 'poor') : 'good',
    at: new Date(from.getTime() + (index % 40) * MINUTE),
  }))
}

/** A refund for playback that a rule left to a person. */
async function addRefund(line: string, neverStarted: boolean, incidentId: number | null): Promise<void> {
  const { id: decisionId } = await db.store
    .insertInto('refund_decisions')
    .values({
      order_line_id: line,
      customer_id: line,
      outcome: 'ask',
      amount_minor: 440,
      currency: 'JPY',
      reasons: '[]',
      inputs: '{}',
      sentence: '{"en":"","ja":""}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db.store
    .insertInto('refunds')
    .values({
      key: `refund:${line}:playback`,
      decision_id: decisionId,
      order_id: line,
      order_line_id: line,
      customer_id: line,
      payment_id: line,
      title: '東京物語',
      locale: 'ja',
      amount_minor: 440,
      charged_minor: 440,
      currency: 'JPY',
      state: 'asked',
      incident_id: incidentId,
      never_started: neverStarted,
    })
    .execute()
}

describe('the watch', () => {
  test('sees nothing on an evening as usual', async () => {
    await addSessions(db.store, brokenTitle('nothing', ago(45 * MINUTE)))
    expect(await watchIncidents(db.store, NOW)).toEqual([])
  })

  test('opens one incident for one cause, with its numbers, and no second while it is open', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    expect(await watchIncidents(db.store, NOW)).toHaveLength(1)
    const [incident, ...others] = await openIncidents(db.store)
    expect(others).toEqual([])
    expect(incident).toMatchObject({
      dimension: 'title',
      value: '東京物語',
      sessions: 12,
      affected: 12,
      never_started: 6,
      customers: 12,
      closed_at: null,
    })
    expect(incident?.baseline).toBeGreaterThan(0.02)
    expect(incident?.baseline).toBeLessThan(0.07)
    expect(await watchIncidents(db.store, later(MINUTE))).toEqual([])
    expect(await openIncidents(db.store)).toHaveLength(1)
  })

  test('counts on while it goes on, and closes it when it was quiet for hours', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    await watchIncidents(db.store, NOW)
    await addSessions(db.store, brokenTitle('東京物語', later(10 * MINUTE)))
    expect(await watchIncidents(db.store, later(HOUR))).toEqual([])
    expect(await openIncidents(db.store)).toMatchObject([
      { sessions: 24, affected: 24, last_seen_at: later(HOUR), closed_at: null },
    ])
    await watchIncidents(db.store, later(3 * HOUR))
    expect(await openIncidents(db.store)).toHaveLength(1)
    await watchIncidents(db.store, later(4 * HOUR + MINUTE))
    expect(await openIncidents(db.store)).toEqual([])
  })

  test('sees a second cause beside an open one', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    await watchIncidents(db.store, NOW)
    await addSessions(
      db.store,
      Array.from({ length: 24 }, (_, index) => ({
        title: TITLES[index % 4] as string,
        region: 'US',
        network: 'cdn-c',
        verdict: 'poor' as const,
        at: later(5 * MINUTE),
      })),
    )
    await watchIncidents(db.store, later(10 * MINUTE))
    const open = await openIncidents(db.store)
    expect(open.map(({ dimension, value }) => `${dimension} ${value}`).sort()).toEqual([
      'network cdn-c',
      'title 東京物語',
    ])
  })

  test('opens one that a person closed again only for sessions after that', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    const [id] = await watchIncidents(db.store, NOW)
    const { id: userId } = await db.store
      .insertInto('users')
      .values({ name: 'Aya', login: 'aya', password_hash: 'x', role: 'approver' })
      .returning('id')
      .executeTakeFirstOrThrow()
    expect(await closeIncident(db.store, id as number, { userId, note: 'CDN mended' }, NOW)).toBe(true)
    expect(await closeIncident(db.store, id as number, { userId, note: 'again' }, NOW)).toBe(false)
    expect(await watchIncidents(db.store, later(MINUTE))).toEqual([])
    await addSessions(db.store, brokenTitle('東京物語', later(2 * MINUTE)))
    expect(await watchIncidents(db.store, later(50 * MINUTE))).toHaveLength(1)
  })

  test('does not take what an incident did for usual', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    await watchIncidents(db.store, NOW)
    const before = (await openIncidents(db.store))[0]?.baseline ?? 0
    await closeIncident(db.store, (await openIncidents(db.store))[0]?.id ?? 0, null, NOW)
    await addSessions(db.store, brokenTitle('東京物語', later(24 * HOUR)))
    expect(await watchIncidents(db.store, later(24 * HOUR + 45 * MINUTE))).toHaveLength(1)
    expect((await openIncidents(db.store))[0]?.baseline).toBeCloseTo(before, 2)
  })

  test('opens one only, however many processes look at once', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    const opened = await Promise.all(Array.from({ length: 5 }, () => watchIncidents(db.store, NOW)))
    expect(opened.flat()).toHaveLength(1)
    expect(await openIncidents(db.store)).toHaveLength(1)
  })
})

describe('what belongs to an incident', () => {
  const place = (title: string, at: Date | null) => ({
    title,
    region: null,
    network: null,
    player: null,
    last_report_at: at,
  })

  test('is what was watched there and then, also after it closed', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    const [id] = await watchIncidents(db.store, NOW)
    const during = ago(20 * MINUTE)
    expect(await openIncidentFor(db.store, place('東京物語', during))).toMatchObject({ id })
    expect(await openIncidentFor(db.store, place('Casablanca', during))).toBeNull()
    expect(await openIncidentFor(db.store, place('東京物語', ago(3 * HOUR)))).toBeNull()
    expect(await openIncidentFor(db.store, place('東京物語', null))).toBeNull()
    await closeIncident(db.store, id as number, null, NOW)
    expect(await openIncidentFor(db.store, place('東京物語', during))).toMatchObject({ id })
    expect(await openIncidentFor(db.store, place('東京物語', later(MINUTE)))).toBeNull()
  })

  test('are the sessions that went wrong, those that never started first, and not the good ones', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    const [good] = await addSessions(db.store, [{ title: '東京物語', verdict: 'good', at: ago(10 * MINUTE) }])
    const [id] = await watchIncidents(db.store, NOW)
    const sessions = await incidentSessions(db.store, id as number, 100)
    expect(sessions.map(({ verdict }) => verdict)).toEqual([
      ...Array(6).fill('never-started'),
      ...Array(6).fill('poor'),
    ])
    expect(await incidentOfSessions(db.store, [sessions[0]?.sid ?? ''])).toMatchObject({ id })
    expect(await incidentOfSessions(db.store, [good ?? ''])).toBeNull()
    expect(await incidentOfSessions(db.store, [])).toBeNull()
  })

  test('are its refunds, of customers whose film never started first', async () => {
    await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
    const [id] = await watchIncidents(db.store, NOW)
    await addRefund('stalled', false, id as number)
    await addRefund('elsewhere', true, null)
    await addRefund('never', true, id as number)
    const refunds = await incidentRefunds(db.store, id as number)
    expect(refunds.map(({ order_line_id }) => order_line_id)).toEqual(['never', 'stalled'])
  })
})

test('refunds that were asked for before anybody knew join the incident, those of other films do not', async () => {
  await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
  await addSessions(db.store, [
    { orderLineId: 'early', title: '東京物語', verdict: 'never-started', at: ago(20 * MINUTE) },
    { orderLineId: 'unhurt', title: '東京物語', verdict: 'good', at: ago(20 * MINUTE) },
    { orderLineId: 'other film', title: 'Casablanca', verdict: 'poor', at: ago(20 * MINUTE) },
  ])
  for (const line of ['early', 'unhurt', 'other film']) await addRefund(line, true, null)
  const [id] = await watchIncidents(db.store, NOW)
  const lines = async () =>
    (await incidentRefunds(db.store, id as number)).map((refund) => refund.order_line_id)
  expect(await lines()).toEqual(['early'])
  await addSessions(db.store, [
    { orderLineId: 'late', title: '東京物語', verdict: 'poor', at: later(5 * MINUTE) },
  ])
  await addRefund('late', false, null)
  await watchIncidents(db.store, later(6 * MINUTE))
  expect(await lines()).toEqual(['early', 'late'])
})

test('the rolling view has the worst first, beside what is usual there', async () => {
  await addSessions(db.store, brokenTitle('東京物語', ago(45 * MINUTE)))
  const rows = await rollingView(db.store, 'title', rollingWindow(NOW), 10)
  expect(rows.map(({ value, sessions, affected }) => [value, sessions, affected])).toEqual([
    ['東京物語', 12, 12],
    ['Casablanca', 12, 0],
    ['Metropolis', 12, 0],
    ['七人の侍', 12, 0],
  ])
  expect(rows[0]).toMatchObject({ never_started: 6, usual_sessions: 300, customers: 12 })
  expect(await rollingView(db.store, 'network', rollingWindow(NOW), 1)).toHaveLength(1)
})

test('one bad session of one does not stand above nine of ten in the rolling view', async () => {
  const at = ago(10 * MINUTE)
  await addSessions(db.store, [
    { title: 'one of one', verdict: 'poor', at },
    ...Array.from({ length: 10 }, (_, index) => ({
      title: 'nine of ten',
      verdict: index === 0 ? ('good' as const) : ('poor' as const),
      at,
    })),
  ])
  const rows = await rollingView(db.store, 'title', rollingWindow(NOW), 10)
  expect(rows.map(({ value }) => value)).toEqual(['nine of ten', 'one of one'])
})
