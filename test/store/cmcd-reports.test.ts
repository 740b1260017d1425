import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createReportIntake, type NewReport, sessionReports } from '../../src/store/cmcd-reports.ts'
import { findSession, registerSession } from '../../src/store/sessions.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

let db: TestStore
let intake: ReturnType<typeof createReportIntake>
beforeAll(async () => {
  db = await createTestStore()
  intake = createReportIntake(db.store)
})
afterAll(() => db.close())

async function register(...sids: string[]) {
  for (const sid of sids) {
    const line = `line-of-${sid}`
    await registerSession(db.store, {
      sid,
      customerId: 'c-1',
      orderId: 'o-1',
      orderLineId: line,
      title: 'Casablanca',
    })
  }
}

const report = (sn: number | null, mode: NewReport['mode'] = 'event', more = ''): NewReport => ({
  mode,
  sn,
  cmcd: `sid="x",sn=${sn}${more}`,
})
const give = async (sid: string, ...reports: NewReport[]) => intake.add({ sid, reports })
const storedOf = async (sid: string) => (await sessionReports(db.store, sid)).length

test('deliveries that come together share a commit', async () => {
  const sids = Array.from({ length: 50 }, (_, n) => `together-${n}`)
  await register(...sids)
  expect(await Promise.all(sids.map((sid) => give(sid, report(1), report(2))))).toEqual(sids.map(() => 2))
  const { rows } = await sql<{ commits: number; reports: number }>`
    select count(distinct xmin::text)::int as commits, count(*)::int as reports
    from cmcd_reports where sid like 'together-%'`.execute(db.store)
  expect(rows[0]?.reports).toBe(100)
  expect(rows[0]?.commits).toBeLessThan(10)
  expect(await findSession(db.store, 'together-7')).toMatchObject({ reports: 2, state: 'open' })
})

test('a repeated number is stored once, in one write as in two; each mode counts for itself', async () => {
  await register('repeats')
  const outcomes = await Promise.all([
    give('repeats', report(1), report(2)),
    give('repeats', report(2), report(3), report(3)),
    give('repeats', report(1, 'query'), report(null), report(null)),
  ])
  expect(outcomes).toEqual([2, 1, 3])
  expect(await give('repeats', report(3), report(4))).toBe(1)
  expect(await storedOf('repeats')).toBe(7)
})

test('one that can not be stored fails alone', async () => {
  await register('poisoned', ...Array.from({ length: 9 }, (_, n) => `well-${n}`))
  const outcomes = await Promise.allSettled([
    ...Array.from({ length: 5 }, (_, n) => give(`well-${n}`, report(1))),
    give('poisoned', report(1, 'event', '\u0000')),
    ...Array.from({ length: 4 }, (_, n) => give(`well-${n + 5}`, report(1))),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...Array(5).fill('fulfilled'),
    'rejected',
    ...Array(4).fill('fulfilled'),
  ])
  for (let n = 0; n < 9; n++) expect(await storedOf(`well-${n}`)).toBe(1)
  expect(await findSession(db.store, 'poisoned')).toMatchObject({ reports: 0 })
})

test('who is not registered or full is told so, and neighbours are stored', async () => {
  await register('has-room', 'has-none', 'nearly')
  await db.store
    .updateTable('streaming_sessions')
    .set((eb) => ({ reports: eb.case().when('sid', '=', 'has-none').then(20_000).else(19_999).end() }))
    .where('sid', 'in', ['has-none', 'nearly'])
    .execute()
  const outcomes = await Promise.all([
    give('nobody', report(1)),
    give('has-room', report(1)),
    give('has-none', report(1)),
    give('nearly', report(1)),
    give('nearly', report(2)),
    give('has-room', report(2)),
  ])
  expect(outcomes).toEqual([null, 1, 'full', 1, 'full', 1])
})

test('a session that was decided is open again when no rule spoke, and only for what is new', async () => {
  await register('no-rule', 'paid')
  for (const sid of ['no-rule', 'paid']) {
    expect(await give(sid, report(1))).toBe(1)
    await sql`
      insert into refund_decisions (sid, order_line_id, customer_id, outcome, amount_minor, currency, reasons, inputs, sentence)
      values (${sid}, ${`line-of-${sid}`}, 'c-1', ${sid === 'paid' ? 'pay' : 'no-rule'}, 0, 'USD', '[]', '{}', '{}')`.execute(
      db.store,
    )
    await db.store
      .updateTable('streaming_sessions')
      .set({ state: 'decided' })
      .where('sid', '=', sid)
      .execute()
  }
  const stateOf = async (sid: string) => (await findSession(db.store, sid))?.state
  expect(await give('no-rule', report(1))).toBe(0)
  expect(await stateOf('no-rule')).toBe('decided')
  expect(await Promise.all([give('no-rule', report(2)), give('paid', report(2))])).toEqual([1, 1])
  expect(await stateOf('no-rule')).toBe('open')
  expect(await stateOf('paid')).toBe('decided')
})

test('line feeds in a report or an id mix nothing up', async () => {
  await register('two\nlines', 'plain')
  const odd = { mode: 'query', sn: null, cmcd: 'bl=1,\nsid="plain"' } as const
  expect(
    await Promise.all([give('plain', odd), give('two\nlines', report(1)), give('plain', report(1))]),
  ).toEqual([1, 1, 1])
  expect((await sessionReports(db.store, 'plain')).map(({ cmcd }) => cmcd).sort()).toEqual([
    'bl=1,\nsid="plain"',
    'sid="x",sn=1',
  ])
  expect(await storedOf('two\nlines')).toBe(1)
})
