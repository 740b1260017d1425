import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../src/desk/index.ts'
import { Browser, openDesk, PASSWORD, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const pathOf = (link: string) => link.slice(desk.origin.length)

describe('the one-time link', () => {
  test('makes a person, signs them in, and works only once', async () => {
    const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'approver')
    const token = new URL(link).searchParams.get('token') as string
    const first = new Browser(desk.origin)
    const second = new Browser(desk.origin)
    await first.get(pathOf(link))
    await second.get(pathOf(link))
    expect(first.page).toContain('Approver')
    const person = { token, name: 'Hanako', login: 'hanako', password: 'rain on the old roof' }
    const welcomed = await first.post('/welcome', person)
    expect(welcomed.status).toBe(303)
    expect((await first.get('/')).status).toBe(200)
    expect(first.page).toContain('Hanako')
    expect((await second.post('/welcome', { ...person, login: 'mallory' })).status).toBe(404)
    expect((await second.get(pathOf(link))).status).toBe(404)
    expect((await new Browser(desk.origin).signIn('HANAKO', person.password)).status).toBe(303)
  })

  test('keeps nothing but the hash of its token', async () => {
    const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'viewer')
    const token = new URL(link).searchParams.get('token') as string
    const rows = await desk.store.selectFrom('invitations').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  test('is not used up by a password that is too short, nor by a login that is taken', async () => {
    const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'viewer')
    const token = new URL(link).searchParams.get('token') as string
    const browser = new Browser(desk.origin)
    await browser.get(pathOf(link))
    const short = await browser.post('/welcome', { token, name: 'Ken', login: 'ken', password: 'short' })
    expect(short.status).toBe(400)
    expect(browser.page).toContain('at least 10 characters')
    const taken = await browser.post('/welcome', { token, name: 'Ken', login: 'Admin', password: PASSWORD })
    expect(taken.status).toBe(409)
    const right = await browser.post('/welcome', { token, name: 'Ken', login: 'ken', password: PASSWORD })
    expect(right.status).toBe(303)
  })

  test('runs out', async () => {
    const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'viewer')
    await desk.store
      .updateTable('invitations')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .execute()
    expect((await new Browser(desk.origin).get(pathOf(link))).status).toBe(404)
  })
})

describe('links that a start prints', () => {
  let empty: TestDesk
  beforeAll(async () => {
    empty = await openDesk()
    await empty.store.deleteFrom('users').execute()
  })
  afterAll(() => empty.close())

  test('give one first account, whichever of them is used, and never another', async () => {
    const config = { publicUrl: empty.origin }
    const links = await Promise.all(
      [1, 2, 3].map(() => createSignInLink(empty.store, config, 'admin', 'start')),
    )
    const people = await Promise.all(
      links.map(async (link, n) => {
        const browser = new Browser(empty.origin)
        await browser.get(link.slice(empty.origin.length))
        const token = new URL(link).searchParams.get('token') as string
        return { browser, form: { token, name: `P ${n}`, login: `first${n}`, password: PASSWORD } }
      }),
    )
    const answers = await Promise.all(people.map(({ browser, form }) => browser.post('/welcome', form)))
    expect(answers.map((answer) => answer.status).sort()).toEqual([303, 404, 404])
    const open = await empty.store
      .selectFrom('invitations')
      .selectAll()
      .where('used_at', 'is', null)
      .execute()
    expect(open).toEqual([])
    const late = await createSignInLink(empty.store, config, 'admin', 'start')
    expect((await new Browser(empty.origin).get(late.slice(empty.origin.length))).status).toBe(404)
  })

  test('are not what the command line and admins give: those work while there are people', async () => {
    const config = { publicUrl: empty.origin }
    for (const madeBy of ['command-line', 'user:1'] as const) {
      const link = await createSignInLink(empty.store, config, 'admin', madeBy)
      const browser = new Browser(empty.origin)
      expect((await browser.get(link.slice(empty.origin.length))).status).toBe(200)
      const token = new URL(link).searchParams.get('token') as string
      const login = `later-${madeBy.replace(':', '')}`
      const person = { token, name: 'Later', login, password: PASSWORD }
      expect((await browser.post('/welcome', person)).status).toBe(303)
    }
  })
})

describe('sessions', () => {
  test('get a new token at every sign-in, and the database holds only its hash', async () => {
    const browser = new Browser(desk.origin)
    await browser.signIn('viewer')
    const before = browser.cookies.get('kikimimi_session') as string
    browser.cookies.set('kikimimi_form', browser.csrf())
    const rows = await desk.store.selectFrom('web_sessions').select('token_hash').execute()
    expect(rows.map((row) => row.token_hash)).not.toContain(before)
    await browser.post('/sign-out')
    const stale = new Browser(desk.origin)
    stale.cookies.set('kikimimi_session', before)
    expect((await stale.get('/')).headers.get('location')).toBe('/sign-in')
    await browser.signIn('viewer')
    expect(browser.cookies.get('kikimimi_session')).not.toBe(before)
  })

  test('travel in a cookie that scripts and other sites do not get', async () => {
    const answer = await new Browser(desk.origin).signIn('viewer')
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('kikimimi_session='))
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
  })

  test('end at once when their person is barred', async () => {
    const admin = new Browser(desk.origin)
    const guest = new Browser(desk.origin)
    await admin.signIn('admin')
    await guest.signIn('guest')
    expect((await guest.get('/')).status).toBe(200)
    const { id } = await desk.store
      .selectFrom('users')
      .select('id')
      .where('login', '=', 'guest')
      .executeTakeFirstOrThrow()
    expect((await admin.post(`/people/${id}/disable`)).status).toBe(303)
    expect((await guest.get('/')).status).toBe(303)
    expect((await new Browser(desk.origin).signIn('guest')).status).toBe(401)
  })
})

describe('sign-in', () => {
  test('leads back to the page that was asked for, and never to another site', async () => {
    const browser = new Browser(desk.origin)
    const asked = await browser.get('/refunds?before=9')
    expect(asked.headers.get('location')).toBe('/sign-in?to=%2Frefunds%3Fbefore%3D9')
    await browser.get('/sign-in')
    for (const to of ['//evil.example/', '/\\evil.example', 'https://evil.example/']) {
      const other = new Browser(desk.origin)
      await other.get('/sign-in')
      const answer = await other.post('/sign-in', { login: 'viewer', password: PASSWORD, to })
      expect(answer.headers.get('location')).toBe('/')
    }
    const back = await browser.post('/sign-in', {
      login: 'viewer',
      password: PASSWORD,
      to: '/refunds?before=9',
    })
    expect(back.headers.get('location')).toBe('/refunds?before=9')
  })

  test('says the same to a wrong password and to an unknown login', async () => {
    const browser = new Browser(desk.origin)
    expect((await browser.signIn('viewer', 'wrong')).status).toBe(401)
    const wrong = browser.page.replace(/value="[^"]*"/g, '')
    expect((await browser.signIn('stranger', 'wrong')).status).toBe(401)
    expect(browser.page.replace(/value="[^"]*"/g, '')).toBe(wrong)
  })

  test('takes a break after six guesses at one login, even for the right password', async () => {
    const browser = new Browser(desk.origin)
    for (let guess = 0; guess < 6; guess++)
      expect((await browser.signIn('ops', `guess ${guess}`)).status).toBe(401)
    expect((await browser.signIn('ops')).status).toBe(429)
    expect((await browser.signIn('viewer')).status).toBe(303)
  })

  test('counts wrong passwords only: a whole team may sign in from one address', async () => {
    for (let person = 0; person < 70; person++)
      expect((await new Browser(desk.origin).signIn('approver')).status).toBe(303)
  })
})

describe('guesses at one login from many addresses', () => {
  let proxied: TestDesk
  beforeAll(async () => {
    proxied = await openDesk({ trustProxy: 1 })
  })
  afterAll(() => proxied.close())

  async function from(address: string, login: string, password?: string) {
    const browser = new Browser(proxied.origin)
    browser.address = address
    return (await browser.signIn(login, password)).status
  }

  test('are slowed down, and lock out neither the person where they work nor anybody else', async () => {
    expect(await from('198.51.100.7', 'agent')).toBe(303)
    for (let guess = 0; guess < 20; guess++)
      expect(await from(`203.0.113.${guess}`, 'agent', 'wrong')).toBe(401)
    expect(await from('203.0.113.100', 'agent', 'one a minute goes on')).toBe(401)
    expect(await from('203.0.113.101', 'agent', 'the next has to wait')).toBe(429)
    expect(await from('203.0.113.102', 'agent')).toBe(429)
    expect(await from('198.51.100.7', 'agent')).toBe(303)
    expect(await from('203.0.113.101', 'viewer')).toBe(303)
  })
})
