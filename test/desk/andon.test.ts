import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCords } from '../../src/store/cords.ts'
import type { Role } from '../../src/store/schema.ts'
import { insertSignal } from '../../src/store/signals.ts'
import { addContacts } from '../voice/andon/andon-at-test.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function as(role: Role) {
  const browser = new Browser(desk.origin)
  await browser.signIn(role)
  return browser
}

let beginning = Date.UTC(2026, 10, 1)
function raise(given: { name?: string; reason?: 'surge' | 'danger' } = {}): Promise<number | null> {
  beginning += 60_000
  const signal = {
    reason: given.reason ?? ('surge' as const),
    kind: 'product' as const,
    name: given.name ?? 'lamp-1',
    code: 'delivery.late',
    at: new Date(beginning),
    began_at: new Date(beginning),
    seen: 12,
    expected: 1.24,
    chance: 1e-9,
  }
  return desk.store.transaction().execute((trx) => insertSignal(trx, signal))
}

const PULL = { kind: 'product', name: 'lamp-1', reason: 'The <b>bulb</b> bursts' }

test('an agent stops a sale; everybody sees it, and it goes on only with cause, fix and a name', async () => {
  const agent = await as('agent')
  const viewer = await as('viewer')
  await agent.get('/andon')
  const pulled = await agent.post('/andon/pull', PULL)
  const path = new URL(pulled.headers.get('location') ?? '', desk.origin).pathname
  expect(path).toMatch(/^\/andon\/cords\/\d+$/)
  await viewer.get('/')
  expect(viewer.page).toContain('We have stopped selling:')
  await viewer.get(path)
  expect(viewer.page).toContain('The &lt;b&gt;bulb&lt;/b&gt; bursts')
  expect(viewer.page).toContain('The agent')
  expect(viewer.page).toContain('No shop is connected')
  expect((await viewer.post('/andon/pull', PULL)).status).toBe(403)
  await agent.get(path)
  expect((await agent.post(`${path}/resume`, { cause: 'a', fix: 'b', vouched: 'c' })).status).toBe(403)

  const lead = await as('ops')
  await lead.get(path)
  expect(
    (await lead.post(`${path}/resume`, { cause: 'A bad batch', fix: ' ', vouched: 'Hana' })).status,
  ).toBe(400)
  expect(await openCords(desk.store)).toHaveLength(1)
  await lead.get(path)
  await lead.post(`${path}/resume`, { cause: 'A bad batch', fix: 'Taken back', vouched: 'Hana Ito' })
  expect(await openCords(desk.store)).toEqual([])
  await viewer.get(path)
  for (const said of ['A bad batch', 'Taken back', 'Hana Ito', 'The ops', 'On sale again'])
    expect(viewer.page).toContain(said)
  expect(viewer.page).not.toContain('We have stopped selling:')
  await viewer.get('/andon')
  expect(viewer.page).toContain('Taken back')
})

test('who pulls second is told that it is done', async () => {
  const [one, two] = [await as('agent'), await as('approver')]
  await one.get('/andon')
  await two.get('/andon')
  const answers = await Promise.all([one.post('/andon/pull', PULL), two.post('/andon/pull', PULL)])
  const places = answers.map((answer) => new URL(answer.headers.get('location') ?? '', desk.origin))
  expect(new Set(places.map(({ pathname }) => pathname)).size).toBe(1)
  expect(places.map(({ searchParams }) => searchParams.get('notice')).sort()).toEqual([
    'cordPulled',
    'cordPulledAlready',
  ])
  expect(await openCords(desk.store)).toHaveLength(1)
})

test('a code is pulled by its name, and one that there is not is not pulled', async () => {
  const agent = await as('agent')
  await agent.get('/andon')
  expect((await agent.post('/andon/pull', { ...PULL, kind: 'code', name: 'no.such' })).status).toBe(400)
  await agent.get('/andon')
  await agent.post('/andon/pull', { ...PULL, kind: 'code', name: 'late delivery' })
  expect(await openCords(desk.store)).toMatchObject([{ kind: 'code', name: 'delivery.late' }, {}])
  // whoever works on a case of it is told
  const { caseId } = await addCase(desk.store)
  await agent.get(`/cases/${caseId}`)
  expect(agent.page).toContain('We have stopped selling what this case is about.')
})

test('a signal shows how much against what is usual, its voices and who looked, and is dismissed with a reason', async () => {
  const id = await raise()
  const { caseId } = await addCase(desk.store)
  await addContacts(desk.store, [
    {
      at: new Date(beginning),
      product_id: 'lamp-1',
      code: 'delivery.late',
      text: 'My [name] lamp is <late>',
      case_id: caseId,
      person: 'p1',
    },
  ])
  const viewer = await as('viewer')
  await viewer.get('/andon')
  expect(viewer.page).toContain('12 contacts, where 1.2 are usual')
  expect(viewer.page).toContain('Nobody has looked yet')
  await viewer.get(`/andon/signals/${id}`)
  expect(viewer.page).toContain('My [name] lamp is &lt;late&gt;')
  expect(viewer.page).toContain(`href="/cases/${caseId}"`)
  expect(viewer.page).toContain('<dd>1 person</dd>')
  expect(viewer.page).toContain('The viewer')
  expect((await viewer.post(`/andon/signals/${id}/dismiss`, { note: 'x' })).status).toBe(403)
  const agent = await as('agent')
  await agent.get(`/andon/signals/${id}`)
  expect((await agent.post(`/andon/signals/${id}/dismiss`, { note: '' })).status).toBe(400)
  await agent.get(`/andon/signals/${id}`)
  await agent.post(`/andon/signals/${id}/dismiss`, { note: 'A campaign of ours' })
  const again = await agent.post(`/andon/signals/${id}/act`, { note: 'Too late' })
  expect(again.headers.get('location')).toContain('signalSettledAlready')
  await viewer.get('/andon')
  expect(viewer.page).toContain('A campaign of ours')
})

test('a cord that is pulled from a signal settles it, and reads as well in Japanese', async () => {
  const id = await raise({ name: 'kettle-9', reason: 'danger' })
  const agent = await as('agent')
  await agent.post('/language', { language: 'ja', to: '/' })
  await agent.get(`/andon/signals/${id}`)
  expect(agent.page).toContain('いますぐ販売を止める')
  await agent.post('/andon/pull', {
    kind: 'product',
    name: 'kettle-9',
    reason: '煙が出る',
    signal: String(id),
  })
  const signal = await desk.store
    .selectFrom('signals')
    .select(['state', 'settled_by'])
    .where('id', '=', id)
    .executeTakeFirst()
  expect(signal).toMatchObject({ state: 'acted' })
  await agent.get(`/andon/signals/${id}`)
  expect(agent.page).toContain('対応済み')
  expect(agent.page).toContain('販売停止中：')
})
