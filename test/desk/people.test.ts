import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { browserName } from '../../src/desk/browser-name.ts'
import { createSignInLink } from '../../src/desk/index.ts'
import { changeRole, disableUser } from '../../src/store/users.ts'
import { Browser, openDesk, PASSWORD, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let admin: Browser
beforeEach(async () => {
  desk = await openDesk()
  admin = new Browser(desk.origin)
  await admin.signIn('admin')
})
afterEach(() => desk?.close())

const userOf = (login: string) =>
  desk.store.selectFrom('users').selectAll().where('login', '=', login).executeTakeFirstOrThrow()
const sessionsOf = async (login: string) =>
  desk.store
    .selectFrom('web_sessions')
    .select('id')
    .where('user_id', '=', (await userOf(login)).id)
    .orderBy('id')
    .execute()
const auditOf = (action: string) =>
  desk.store.selectFrom('audit_log').selectAll().where('action', '=', action).execute()

describe('one’s own account', () => {
  test('shows where one is signed in, and ends one session or all others', async () => {
    const [here, phone, tablet] = [1, 2, 3].map(() => new Browser(desk.origin)) as [Browser, Browser, Browser]
    for (const browser of [here, phone, tablet]) await browser.signIn('agent')
    await here.get('/me')
    expect(here.page.match(/\/me\/sessions\/\d+\/end/g)).toHaveLength(2)
    const [, second] = await sessionsOf('agent')
    expect((await here.post(`/me/sessions/${second?.id}/end`)).status).toBe(303)
    expect((await phone.get('/me')).status).toBe(303)
    expect((await tablet.get('/me')).status).toBe(200)
    await here.get('/me')
    await here.post('/me/sessions/end-others')
    expect((await tablet.get('/me')).status).toBe(303)
    expect((await here.get('/me')).status).toBe(200)
  })

  test('can not end somebody else’s session', async () => {
    const agent = new Browser(desk.origin)
    await agent.signIn('agent')
    const [theirs] = await sessionsOf('admin')
    await agent.get('/me')
    expect((await agent.post(`/me/sessions/${theirs?.id}/end`)).status).toBe(404)
    expect((await admin.get('/people')).status).toBe(200)
  })

  test('changes the password with the one before, ends other sessions and gives this one a new token', async () => {
    const here = new Browser(desk.origin)
    const elsewhere = new Browser(desk.origin)
    await here.signIn('agent')
    await elsewhere.signIn('agent')
    const before = here.cookies.get('kikimimi_session')
    await here.get('/me')
    const next = 'rain on the old roof'
    expect((await here.post('/me/password', { password: 'not mine', next })).status).toBe(403)
    expect((await here.post('/me/password', { password: PASSWORD, next: 'short' })).status).toBe(400)
    expect((await here.post('/me/password', { password: PASSWORD, next })).status).toBe(303)
    expect(here.cookies.get('kikimimi_session')).not.toBe(before)
    expect((await here.get('/me')).status).toBe(200)
    expect((await elsewhere.get('/me')).status).toBe(303)
    expect((await new Browser(desk.origin).signIn('agent')).status).toBe(401)
    expect((await new Browser(desk.origin).signIn('agent', next)).status).toBe(303)
  })

  test('changes the name that colleagues see', async () => {
    await admin.get('/me')
    await admin.post('/me/name', { name: '花子' })
    await admin.get('/people')
    expect(admin.page).toContain('花子')
    expect((await admin.post('/me/name', { name: ' ' })).status).toBe(400)
  })
})

describe('an admin', () => {
  test('gives a colleague another role at once, which is written down with what it was', async () => {
    const agent = new Browser(desk.origin)
    await agent.signIn('agent')
    const { id } = await userOf('agent')
    await admin.get('/people')
    expect((await admin.post(`/people/${id}/role`, { role: 'ops' })).status).toBe(303)
    expect((await agent.get('/health')).status).toBe(200)
    expect(await auditOf('user.role-changed')).toMatchObject([
      { subject: `user:${id}`, detail: { before: 'agent', after: 'ops' } },
    ])
  })

  test('signs a colleague out everywhere', async () => {
    const agent = new Browser(desk.origin)
    await agent.signIn('agent')
    await admin.get('/people')
    await admin.post(`/people/${(await userOf('agent')).id}/end-sessions`)
    expect((await agent.get('/me')).status).toBe(303)
    expect((await agent.signIn('agent')).status).toBe(303)
  })

  test('lets a barred colleague in again', async () => {
    const { id } = await userOf('guest')
    await admin.get('/people')
    await admin.post(`/people/${id}/disable`)
    expect((await new Browser(desk.origin).signIn('guest')).status).toBe(401)
    await admin.get('/people')
    await admin.post(`/people/${id}/enable`)
    expect((await new Browser(desk.origin).signIn('guest')).status).toBe(303)
    expect(await auditOf('user.enabled')).toHaveLength(1)
  })

  test('who is the last one stays an admin', async () => {
    const { id } = await userOf('admin')
    await admin.get('/people')
    expect((await admin.post(`/people/${id}/role`, { role: 'viewer' })).status).toBe(409)
    expect((await admin.post(`/people/${id}/disable`)).status).toBe(409)
    expect((await userOf('admin')).role).toBe('admin')
  })

  test('can not be removed by another while being removed by nobody: of two at once one stays', async () => {
    const [one, two] = [await userOf('admin'), await userOf('ops')]
    await changeRole(desk.store, two.id, 'admin', `user:${one.id}`)
    const both = await Promise.all([
      disableUser(desk.store, one.id, two.id),
      changeRole(desk.store, two.id, 'viewer', `user:${one.id}`),
    ])
    expect(both.sort()).toEqual(['done', 'last-admin'])
  })
})

describe('limits on guessing', () => {
  test('are counted over IPv6 networks, not addresses', async () => {
    const proxied = await openDesk({ trustProxy: 1 })
    const statuses: number[] = []
    for (let guess = 0; guess < 7; guess++) {
      const browser = new Browser(proxied.origin)
      browser.address = `2001:db8:1:2::${guess + 1}`
      statuses.push((await browser.signIn('ops', 'wrong')).status)
    }
    await proxied.close()
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429])
  })

  test('are in the database, as hashes: other processes see them, and a restart forgets nothing', async () => {
    for (let guess = 0; guess < 6; guess++) await new Browser(desk.origin).signIn('ops', 'wrong')
    const rows = await desk.store.selectFrom('request_limits').selectAll().execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toMatch(/127\.0\.0\.1|"ops/)
    const again = await openDesk({ on: desk })
    const browser = new Browser(again.origin)
    const answer = await browser.signIn('ops')
    await again.close()
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('900')
    expect(browser.page).toContain('Wait 15 minutes')
  })
})

test('an invitation of an admin who makes one is written down with its role', async () => {
  await createSignInLink(desk.store, { publicUrl: desk.origin }, 'ops', 'user:1')
  expect(await auditOf('user.invited')).toMatchObject([{ actor: 'user:1', detail: { role: 'ops' } }])
})

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari · iPhone',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge · Windows',
  ],
  ['curl/8', null],
])('%s is %s', (userAgent, name) => expect(browserName(userAgent)).toBe(name))
