import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { endStop, openStops, startStop } from '../../src/store/payout-stops.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let admin: Browser
beforeAll(async () => {
  desk = await openDesk()
  admin = new Browser(desk.origin)
  await admin.signIn('admin')
})
afterAll(() => desk.close())
afterEach(async () => {
  for (const { id } of await openStops(desk.store))
    await endStop(desk.store, { id, actor: 'user:1', note: null })
})

const noticeOf = (answer: Response) => answer.headers.get('location')
const allowed = () => desk.app.routes.filter(({ path }) => path.startsWith('/payouts'))

test('the switch stops all money at once, says who and why, and is let go with a note', async () => {
  await admin.get('/refunds')
  expect(noticeOf(await admin.post('/payouts/stop', { note: 'odd refunds' }))).toBe(
    '/refunds?notice=payoutsStopped',
  )
  const [stop] = await openStops(desk.store)
  expect(stop).toMatchObject({ kind: 'kill-switch', reason: 'odd refunds' })
  expect(stop?.started_by).toMatch(/^user:\d+$/)
  await admin.get('/refunds?notice=payoutsStopped')
  expect(admin.page).toContain('All payouts are stopped.')
  expect(admin.page).toContain('odd refunds')
  expect(admin.page).toContain(`/payouts/stops/${stop?.id}/end`)
  expect(noticeOf(await admin.post(`/payouts/stops/${stop?.id}/end`, { note: 'a mistake' }))).toBe(
    '/refunds?notice=payoutsResumed',
  )
  expect(await openStops(desk.store)).toEqual([])
  const { ended_by, end_note } = await desk.store
    .selectFrom('payout_stops')
    .selectAll()
    .where('id', '=', stop?.id ?? 0)
    .executeTakeFirstOrThrow()
  expect([ended_by, end_note]).toEqual([stop?.started_by, 'a mistake'])
})

test('pressed twice, it says that it was pressed already', async () => {
  await admin.get('/refunds')
  await admin.post('/payouts/stop', { note: 'one' })
  await admin.get('/refunds')
  expect(noticeOf(await admin.post('/payouts/stop', { note: 'two' }))).toBe(
    '/refunds?notice=payoutsStoppedAlready',
  )
  const [stop] = await openStops(desk.store)
  await endStop(desk.store, { id: stop?.id ?? 0, actor: 'user:1', note: 'quicker' })
  await admin.get('/refunds')
  expect(noticeOf(await admin.post(`/payouts/stops/${stop?.id}/end`, { note: 'slower' }))).toBe(
    '/refunds?notice=payoutsResumedAlready',
  )
})

test('nothing is stopped or let go without a reason', async () => {
  await admin.get('/refunds')
  expect((await admin.post('/payouts/stop', { note: '  ' })).status).toBe(400)
  expect((await admin.post('/payouts/stop')).status).toBe(400)
  expect(await openStops(desk.store)).toEqual([])
})

test.each(['en', 'ja'])(
  'the page says in %s what else stopped payouts, to those who may do nothing too',
  async (language) => {
    await desk.store
      .transaction()
      .execute((trx) =>
        startStop(trx, { kind: 'unusual-rate', reason: '31 automatic refunds', actor: 'worker:refund' }),
      )
    const viewer = new Browser(desk.origin)
    viewer.language = language
    await viewer.signIn('viewer')
    await viewer.get('/refunds')
    expect(viewer.page).toContain('31 automatic refunds')
    expect(viewer.page).not.toContain('/payouts/stops/')
    expect(viewer.page).not.toMatch(/\[\[|payouts\.\w+ ?</)
  },
)

test('its routes ask for the right to stop payouts', () => {
  expect(allowed().map(({ method, path, allow }) => [method, path, allow])).toEqual([
    ['post', '/payouts/stop', 'payouts'],
    ['post', '/payouts/stops/:id/end', 'payouts'],
  ])
})
