import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCrisis } from '../../src/store/crises.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function as(role: 'approver' | 'viewer' | 'agent') {
  const browser = new Browser(desk.origin)
  await browser.signIn(role)
  return browser
}

test('whoever may answer for words stops all automatic replies; everybody sees it, with who and why', async () => {
  const lead = await as('approver')
  const viewer = await as('viewer')
  await viewer.get('/')
  expect(viewer.page).not.toContain('class="crisis"')
  await lead.get('/crisis')
  expect((await lead.post('/crisis/start', { note: '  ' })).status).toBe(400)
  expect(await openCrisis(desk.store)).toBeNull()
  await lead.post('/crisis/start', { note: 'Recall of the <b>red lamp</b>' })
  expect(await openCrisis(desk.store)).toMatchObject({ reason: 'Recall of the <b>red lamp</b>' })
  await viewer.get('/')
  expect(viewer.page).toContain('A crisis is on')
  expect(viewer.page).toContain('Recall of the &lt;b&gt;red lamp&lt;/b&gt;')
  expect(viewer.page).not.toContain('href="/crisis"')
  expect((await viewer.get('/crisis')).status).toBe(403)

  await lead.get('/crisis')
  await lead.post('/crisis/end', { note: 'All were told.' })
  expect(await openCrisis(desk.store)).toBeNull()
  await lead.get('/crisis')
  expect(lead.page).toContain('All were told.')
  await viewer.get('/')
  expect(viewer.page).not.toContain('class="crisis"')
})
