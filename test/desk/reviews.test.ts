import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { storeContactCodes } from '../../src/store/contacts.ts'
import { lastSpan, plusDays, startOfDay } from '../../src/voice/index.ts'
import { addContacts, keepAllCounts, ZONE } from '../voice/reviews/reviews-at-test.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let viewer: Browser
/** The last whole week of the company, and a moment in it. */
const now = new Date()
const week = lastSpan('week', now, ZONE)
const within = new Date(startOfDay(plusDays(week.firstDay, 2), ZONE).getTime() + 3_600_000)

beforeAll(async () => {
  desk = await openDesk()
  await storeContactCodes(desk.store, [
    { code: 'delivery.late', name: { en: 'Late delivery', ja: '配送の遅れ' }, department: 'logistics' },
    { code: 'item.safety', name: { en: 'Danger', ja: '危険' }, department: 'safety' },
  ])
  const before = new Date(within.getTime() - 7 * 86_400_000)
  await addContacts(desk.store, 4, { at: before })
  await addContacts(desk.store, 3, {
    at: within,
    region: 'JP-13',
    language: 'ja',
    text: '荷物がまだ届きません',
    product_id: 'kettle',
    product_name: 'Kettle',
    first_answer_s: 120,
  })
  await addContacts(desk.store, 60, { at: within, region: 'US' })
  await addContacts(desk.store, 1, { at: within, code: 'item.safety', severity: 3, text: '<b>It smoked</b>' })
  await keepAllCounts(desk.store, now)
})
afterAll(() => desk?.close())
beforeEach(async () => {
  viewer = new Browser(desk.origin)
  await viewer.signIn('viewer')
})

test('whoever may look reads the review of the last whole week, with a link to the voices at each number', async () => {
  expect((await viewer.get('/voice')).status).toBe(200)
  expect(viewer.page).toContain(`Review of week ${week.name}`)
  expect(viewer.page).toContain('Late delivery')
  expect(viewer.page).toContain('more than chance')
  expect(viewer.page).toMatch(/Per 1,000 orders[\s\S]{0,200}unknown/)
  expect(viewer.page).toContain(`/voice/voices?week=${week.name}&amp;code=delivery.late&amp;product=kettle`)
  await viewer.get(`/voice/voices?week=${week.name}&code=delivery.late&product=kettle`)
  expect(viewer.page).toContain('荷物がまだ届きません')
  expect(viewer.page).not.toContain('Voice number')
  await viewer.get(`/voice/voices?week=${week.name}&code=item.safety`)
  expect(viewer.page).toContain('&lt;b&gt;It smoked&lt;/b&gt;')
})

test('voices come page by page, each once', async () => {
  const seen = new Set<string>()
  let path: string | null = `/voice/voices?week=${week.name}&code=delivery.late`
  for (let pages = 0; path !== null && pages < 4; pages++) {
    await viewer.get(path)
    for (const [text] of viewer.page.matchAll(/Voice number \d+/g)) {
      expect(seen.has(text)).toBe(false)
      seen.add(text)
    }
    const next = /<a class="button" href="([^"]+)" rel="next"/.exec(viewer.page)?.[1]
    path = next ? next.replaceAll('&amp;', '&') : null
  }
  expect(seen.size).toBe(60)
})

test('a country and a language narrow it down', async () => {
  await viewer.get(`/voice?week=${week.name}&country=JP`)
  expect(viewer.page).toContain('Only: country JP')
  expect(viewer.page).toContain('country or language is unknown: 1')
  expect(viewer.page).not.toContain('Danger')
  await viewer.get(`/voice?week=${week.name}&language=ja`)
  expect(viewer.page).toContain('Orders have no language')
})

test('it reads as well in Japanese', async () => {
  await viewer.signIn('guest')
  await viewer.post('/language', { language: 'ja', to: '/voice' })
  await viewer.get(`/voice?week=${week.name}`)
  expect(viewer.page).toContain(`${week.name}週の振り返り`)
  expect(viewer.page).toContain('偶然では説明しにくい増加')
  expect(viewer.page).toContain('配送の遅れ')
})

test('a week that is to come says so, and one that is none is not there', async () => {
  await viewer.get('/voice?week=2999-W01')
  expect(viewer.page).toContain('It has not begun yet')
  expect((await viewer.get('/voice?week=2026-W99')).status).toBe(404)
  expect((await viewer.get('/voice?day=2026-02-30')).status).toBe(404)
  await viewer.get('/voice?day=2001-02-03')
  expect(viewer.page).toContain('Not one contact was recorded')
})

test('the same goes as CSV', async () => {
  const answer = await fetch(`${desk.origin}/voice/review.csv?week=${week.name}`, {
    headers: { cookie: [...viewer.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  })
  expect(answer.headers.get('content-type')).toContain('text/csv')
  const [head, ...lines] = (await answer.text()).trim().split('\r\n')
  expect(head).toContain('code,name_en,name_ja')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain('delivery.late,Late delivery,配送の遅れ,logistics,current,63')
})

test('who stayed is there to read, and says what it is not', async () => {
  await viewer.get('/voice/stayed?weeks=26')
  expect(viewer.page).toContain('No week of these has had its thirty days yet')
})
