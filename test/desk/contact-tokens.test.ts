import { afterEach, beforeEach, expect, test } from 'vitest'
import { findContactToken } from '../../src/store/contact-tokens.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let admin: Browser
beforeEach(async () => {
  desk = await openDesk()
  admin = new Browser(desk.origin)
  await admin.signIn('admin')
})
afterEach(() => desk?.close())

const TOKEN = /kkm_[A-Za-z0-9_-]{43}/

test('an admin makes a token that is shown once, may read no texts unless told, and ends at once', async () => {
  await admin.get('/people/tokens')
  expect(admin.page).toContain('There are none yet')
  const answer = await admin.post('/people/tokens', { name: '配送チーム <b>', days: '90' })
  expect(answer.status).toBe(200)
  const token = TOKEN.exec(admin.page)?.[0] as string
  expect(admin.page).toContain('配送チーム &lt;b&gt;')
  expect(await findContactToken(desk.store, token)).toMatchObject({ name: '配送チーム <b>', texts: false })
  await admin.get('/people/tokens')
  expect(admin.page).not.toMatch(TOKEN)
  expect(JSON.stringify(await desk.store.selectFrom('contact_tokens').selectAll().execute())).not.toContain(
    token,
  )
  const [row] = await desk.store.selectFrom('contact_tokens').select(['id', 'made_by']).execute()
  expect(row?.made_by).toMatch(/^user:\d+$/)
  await admin.post(`/people/tokens/${row?.id}/end`)
  expect(await findContactToken(desk.store, token)).toBeNull()
  const actions = await desk.store
    .selectFrom('audit_log')
    .select('action')
    .orderBy('id', 'desc')
    .limit(2)
    .execute()
  expect(actions.map(({ action }) => action)).toEqual(['contact-token.ended', 'contact-token.made'])
  expect((await admin.post(`/people/tokens/${row?.id}/end`)).status).toBe(404)
})

test('texts are given only where the box is ticked', async () => {
  await admin.get('/people/tokens')
  await admin.post('/people/tokens', { name: 'Quality', days: '30', texts: 'on' })
  const token = TOKEN.exec(admin.page)?.[0] as string
  expect((await findContactToken(desk.store, token))?.texts).toBe(true)
})

test('a token without a name, or for a time that is not offered, is refused', async () => {
  await admin.get('/people/tokens')
  expect((await admin.post('/people/tokens', { name: ' ', days: '30' })).status).toBe(400)
  expect((await admin.post('/people/tokens', { name: 'x', days: '99999' })).status).toBe(400)
})
