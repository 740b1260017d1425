import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keepReturns, lastWeekOver, staysOf, stayTables } from '../../../src/voice/index.ts'
import { shareOf } from '../../../src/voice/review/share.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { addContacts, keepAllCounts, ZONE } from './reviews-at-test.ts'

/** The week of Monday 5 October is the last whose people had their thirty days. */
const NOW = new Date('2026-11-14T03:00:00Z')
const WEEK = '2026-10-05'
const EVERYWHERE = { country: null, language: null }
const at = (day: string, hour = 3) => new Date(`${day}T0${hour}:00:00Z`)

let db: TestStore
beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db?.close())
beforeEach(async () => {
  await sql`truncate contacts, review_days, review_stale, review_zone, review_stays, review_stay_weeks, streaming_sessions cascade`.execute(
    db.store,
  )
})

const stays = async () => {
  // What changed is counted again once an hour.
  await sql`update review_stay_weeks set counted_at = counted_at - interval '2 hours'`.execute(db.store)
  await keepAllCounts(db.store, NOW)
  return staysOf(db.store, WEEK, WEEK, EVERYWHERE)
}

test('a week is counted once its thirty days are over', () => {
  expect(lastWeekOver('2026-11-12')).toBe('2026-09-28')
  expect(lastWeekOver('2026-11-13')).toBe('2026-10-05')
})

test('whoever complains again within thirty days is counted once, with and without our answer', async () => {
  await addContacts(db.store, 1, {
    at: at('2026-10-06'),
    person: 'again',
    first_answer_s: 300,
    outcome: 'answered',
  })
  // The next minutes are the same complaint.
  await addContacts(db.store, 1, { at: at('2026-10-06', 4), person: 'again' })
  await addContacts(db.store, 2, { at: at('2026-10-20'), person: 'again' })
  await addContacts(db.store, 1, { at: at('2026-10-06'), person: 'late', first_answer_s: 300 })
  await addContacts(db.store, 1, { at: at('2026-11-06'), person: 'late' })
  await addContacts(db.store, 1, { at: at('2026-10-06'), person: 'glad', first_answer_s: 300 })
  await addContacts(db.store, 1, { at: at('2026-10-07'), person: 'glad', sentiment: 'positive', severity: 0 })
  await addContacts(db.store, 1, { at: at('2026-10-06'), person: 'left alone', outcome: 'refunded' })
  await addContacts(db.store, 1, { at: at('2026-10-08'), person: 'left alone' })
  const { groups, weeks, codes } = await stays()
  expect(groups.all).toMatchObject({ people: 4, again: { part: 2, whole: 4 } })
  expect(groups.answered.again).toMatchObject({ part: 1, whole: 3 })
  expect(groups.unanswered.again).toMatchObject({ part: 1, whole: 1 })
  expect(groups.refunded.again).toMatchObject({ part: 1, whole: 1 })
  expect(groups.answered.nextContent).toMatchObject({ part: 1, whole: 2 })
  expect(groups.answered.nextUnhappy).toMatchObject({ part: 1, whole: 2 })
  expect(weeks.map(({ week, groups }) => [week, groups.all.people])).toEqual([[WEEK, 4]])
  expect(codes[0]).toMatchObject({ code: 'delivery.late', groups: { all: { people: 4 } } })
})

test('what is amended later is counted again, and who is erased is no longer in it', async () => {
  await addContacts(db.store, 2, { at: at('2026-10-06') })
  expect((await stays()).groups.unanswered.people).toBe(2)
  await sql`update contacts set first_answer_s = 60 where id = (select min(id) from contacts)`.execute(
    db.store,
  )
  expect((await stays()).groups.answered.people).toBe(1)
  await sql`update contacts set person = null`.execute(db.store)
  expect((await stays()).groups.all.people).toBe(0)
})

test('whether people bought again is what the shop tells of those that it is asked for', async () => {
  for (const [n, sid] of ['s1', 's2', 's3'].entries()) {
    await sql`
      insert into streaming_sessions (sid, customer_id, order_id, order_line_id, title)
      values (${sid}, ${`cus_${n}`}, 'o', ${`l${n}`}, 'Casablanca')`.execute(db.store)
    await addContacts(db.store, 1, {
      at: at('2026-10-06'),
      kind: 'playback',
      ref: sid,
      person: sid,
      severity: 2,
    })
  }
  await addContacts(db.store, 1, { at: at('2026-10-06'), person: 'unknown to the shop' })
  await stays()
  const told: Record<string, Date[] | null> = {
    cus_0: [at('2026-10-15')],
    cus_1: [at('2026-11-09'), at('2026-10-05')],
    cus_2: null,
  }
  const shop = { orderCounts: async () => null, ordersSince: async (id: string) => told[id] ?? null }
  while (await keepReturns(db.store, ZONE, shop));
  const after = await stays()
  expect(after.groups.all.bought).toMatchObject({ part: 1, whole: 2 })
  const [table] = stayTables(after, 'en', false)
  expect(table?.rows[0]?.at(-1)).toMatchObject({ text: '50 %', sub: '1 of 2 · 95 %: 9.5 % to 91 %' })
  expect(table?.hint).toContain('not a proof')
})

test('a share’s interval is Wilson’s, also of none and of all', () => {
  expect(shareOf(0, 0)).toMatchObject({ share: null, low: 0, high: 1 })
  expect(shareOf(0, 10).high).toBeCloseTo(0.2775, 3)
  expect(shareOf(10, 10).low).toBeCloseTo(0.7225, 3)
  expect(shareOf(5, 10)).toMatchObject({ share: 0.5 })
  expect(shareOf(5, 10).low).toBeCloseTo(0.2366, 3)
})
