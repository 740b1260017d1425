import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { createSignInLink } from '../../src/desk/index.ts'
import { OIDC_CLIENT, startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.ts'
import { Browser, openDesk, PASSWORD, type TestDesk } from './desk-at-test.ts'

const ROLES = [
  { claim: 'groups', value: 'leads', role: 'approver' as const },
  { claim: 'groups', value: 'support', role: 'agent' as const },
]

let provider: TestOidcProvider
let desk: TestDesk
beforeAll(async () => {
  provider = await startOidcProvider()
  const deskOidc = { issuer: provider.issuer, ...OIDC_CLIENT, roles: ROLES }
  desk = await openDesk({ signIn: { deskOidc, deskPasswords: true } })
})
afterAll(async () => {
  await desk?.close()
  await provider?.close()
})
beforeEach(() => {
  Object.assign(provider, { lie: null, down: false, declines: false })
})

/** To the provider and back; returns the callback's answer. */
async function signIn(browser: Browser, query = '', at = desk) {
  const start = await browser.get(`/sign-in/oidc${query}`)
  const there = start.headers.get('location')
  if (!there) return start
  return back(browser, there, at)
}

async function back(browser: Browser, there: string, at = desk) {
  const answer = await fetch(there, { redirect: 'manual' })
  return browser.get((answer.headers.get('location') ?? '').slice(at.origin.length))
}

const userOf = (login: string) =>
  desk.store.selectFrom('users').selectAll().where('login', '=', login).executeTakeFirst()

describe('sign-in at the company’s provider', () => {
  test('lets somebody in whose claims hold a mapped role, and knows them again by issuer and subject', async () => {
    provider.person = { sub: 'aiko', name: 'Aiko', preferred_username: 'aiko', groups: ['support'] }
    const browser = new Browser(desk.origin)
    const first = await signIn(browser, '?to=/refunds')
    expect(first.headers.get('location')).toBe('/refunds')
    expect(await userOf('aiko')).toMatchObject({ name: 'Aiko', role: 'agent', password_hash: null })
    provider.person = { ...provider.person, preferred_username: 'renamed' }
    expect((await signIn(new Browser(desk.origin))).status).toBe(303)
    expect(await userOf('renamed')).toBeUndefined()
  })

  test('follows the claims with the role, until an admin gives another', async () => {
    provider.person = { sub: 'ben', preferred_username: 'ben', groups: ['support'] }
    await signIn(new Browser(desk.origin))
    provider.person.groups = ['leads', 'support']
    await signIn(new Browser(desk.origin))
    expect((await userOf('ben'))?.role).toBe('approver')
    const admin = new Browser(desk.origin)
    await admin.signIn('admin')
    await admin.post(`/people/${(await userOf('ben'))?.id}/role`, { role: 'viewer' })
    await signIn(new Browser(desk.origin))
    expect((await userOf('ben'))?.role).toBe('viewer')
  })

  test('turns away whom no role is mapped to any more', async () => {
    provider.person = { sub: 'chi', preferred_username: 'chi', groups: ['support'] }
    await signIn(new Browser(desk.origin))
    provider.person.groups = ['cooks']
    expect((await signIn(new Browser(desk.origin))).status).toBe(403)
  })

  test('takes nobody by login or mail: a stranger with an admin’s name gets an account of their own or none', async () => {
    provider.person = { sub: 'mallory', preferred_username: 'admin', email: 'admin@hinata.example' }
    const refused = new Browser(desk.origin)
    expect((await signIn(refused)).status).toBe(403)
    expect(refused.page).toContain('nobody has let you in')
    provider.person.groups = ['support']
    expect((await signIn(new Browser(desk.origin))).status).toBe(303)
    expect(await userOf('admin-2')).toMatchObject({ role: 'agent' })
  })

  test('lets an invited person in with the invitation’s role, and the link works once', async () => {
    const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'ops', 'user:1')
    const token = new URL(link).searchParams.get('token') as string
    const browser = new Browser(desk.origin)
    await browser.get(link.slice(desk.origin.length))
    expect(browser.page).toContain(`/sign-in/oidc?invitation=${token}`)
    provider.person = { sub: 'dai', name: 'Dai' }
    expect((await signIn(browser, `?invitation=${token}`)).status).toBe(303)
    await browser.get('/health')
    expect(browser.page).toContain('Dai')
    provider.person = { sub: 'eve' }
    expect((await signIn(new Browser(desk.origin), `?invitation=${token}`)).status).toBe(404)
  })

  test('makes one person of two first sign-ins at the same moment', async () => {
    const browsers = Array.from({ length: 6 }, () => new Browser(desk.origin))
    provider.person = { sub: 'gen', name: 'Gen', preferred_username: 'gen', groups: ['support'] }
    const answers = await Promise.all(browsers.map((browser) => signIn(browser)))
    expect(answers.map(({ status }) => status)).toEqual(browsers.map(() => 303))
    const made = await desk.store.selectFrom('users').select('login').where('name', '=', 'Gen').execute()
    expect(made).toEqual([{ login: 'gen' }])
    for (const browser of browsers) expect((await browser.get('/me')).status).toBe(200)
  })

  test('makes one person of an invitation that is opened twice at the same moment', async () => {
    const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'agent', 'user:1')
    const token = new URL(link).searchParams.get('token') as string
    provider.person = { sub: 'hana', name: 'Hana' }
    const browsers = Array.from({ length: 4 }, () => new Browser(desk.origin))
    const answers = await Promise.all(browsers.map((browser) => signIn(browser, `?invitation=${token}`)))
    expect(answers.map(({ status }) => status)).toEqual(browsers.map(() => 303))
    const made = await desk.store.selectFrom('users').select('role').where('name', '=', 'Hana').execute()
    expect(made).toEqual([{ role: 'agent' }])
  })

  test('keeps disabled people out', async () => {
    provider.person = { sub: 'fumi', preferred_username: 'fumi', groups: ['leads'] }
    await signIn(new Browser(desk.origin))
    const admin = new Browser(desk.origin)
    await admin.signIn('admin')
    await admin.post(`/people/${(await userOf('fumi'))?.id}/disable`)
    expect((await signIn(new Browser(desk.origin))).status).toBe(403)
  })

  test('gives a new session each time, and ends the one before', async () => {
    provider.person = { sub: 'aiko', groups: ['support'] }
    const browser = new Browser(desk.origin)
    await signIn(browser)
    const before = browser.cookies.get('kikimimi_session') as string
    await signIn(browser)
    expect(browser.cookies.get('kikimimi_session')).not.toBe(before)
    const stale = new Browser(desk.origin)
    stale.cookies.set('kikimimi_session', before)
    expect((await stale.get('/me')).status).toBe(303)
  })

  test.each([
    ['another nonce', { nonce: 'of another sign-in' }],
    ['another audience', { aud: 'somebody-else' }],
    ['another issuer', { iss: 'http://127.0.0.1:1' }],
    ['a stranger’s signature', { foreignKey: true }],
  ])('refuses an id token with %s', async (_, lie) => {
    provider.person = { sub: 'aiko', groups: ['support'] }
    provider.lie = lie
    const browser = new Browser(desk.origin)
    expect((await signIn(browser)).status).toBe(403)
    expect(browser.cookies.has('kikimimi_session')).toBe(false)
  })

  test('refuses an answer that another browser began, and one that comes twice', async () => {
    provider.person = { sub: 'aiko', groups: ['support'] }
    const mine = new Browser(desk.origin)
    const there = (await mine.get('/sign-in/oidc')).headers.get('location') as string
    expect((await back(new Browser(desk.origin), there)).status).toBe(400)
    const theirs = new Browser(desk.origin)
    await theirs.get('/sign-in/oidc')
    expect((await back(theirs, there)).status).toBe(403)
    expect((await back(mine, there)).status).toBe(303)
    expect((await back(mine, there)).status).toBe(400)
  })

  test('says so where the person declines, and where the provider is away', async () => {
    provider.declines = true
    const browser = new Browser(desk.origin)
    expect((await signIn(browser)).status).toBe(403)
    expect(browser.page).toContain('did not agree')
    provider.declines = false
    const there = (await browser.get('/sign-in/oidc')).headers.get('location') as string
    const callback = (await fetch(there, { redirect: 'manual' })).headers.get('location') as string
    provider.down = true
    expect((await browser.get(callback.slice(desk.origin.length))).status).toBe(503)
  })

  test('can be connected to an account that has a password, by a form of its own page only', async () => {
    provider.person = { sub: 'the-viewer' }
    const browser = new Browser(desk.origin)
    await browser.signIn('viewer')
    expect((await browser.post('/me/connect', { csrf: 'guessed' })).status).toBe(403)
    await browser.get('/me')
    expect((await browser.post('/me/connect')).status).toBe(200)
    const there = /href="(http:[^"]+authorize[^"]+)"/.exec(browser.page)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect((await back(browser, there)).headers.get('location')).toBe('/me?notice=connected')
    const other = new Browser(desk.origin)
    expect((await signIn(other)).status).toBe(303)
    await other.get('/me')
    expect(other.page).toContain('The viewer')
  })

  test('leads back to pages of the desk only', async () => {
    provider.person = { sub: 'aiko', groups: ['support'] }
    const answer = await signIn(new Browser(desk.origin), '?to=//evil.example/')
    expect(answer.headers.get('location')).toBe('/')
  })
})

describe('with passwords switched off', () => {
  let strict: TestDesk
  beforeAll(async () => {
    const deskOidc = { issuer: provider.issuer, ...OIDC_CLIENT, roles: ROLES }
    strict = await openDesk({ signIn: { deskOidc, deskPasswords: false } })
  })
  afterAll(() => strict?.close())

  test('no password is asked for, and none is taken', async () => {
    const browser = new Browser(strict.origin)
    expect((await browser.signIn('admin')).status).toBe(403)
    await browser.get('/sign-in')
    expect(browser.page).not.toContain('type="password"')
    expect(browser.page).toContain('/sign-in/oidc')
  })

  test('an admin’s invitation takes none either, but the first link does', async () => {
    const invited = await createSignInLink(strict.store, { publicUrl: strict.origin }, 'agent', 'user:1')
    const browser = new Browser(strict.origin)
    await browser.get(invited.slice(strict.origin.length))
    expect(browser.page).not.toContain('type="password"')
    const token = new URL(invited).searchParams.get('token') as string
    const person = { token, name: 'Gen', login: 'gen', password: PASSWORD }
    expect((await browser.post('/welcome', person)).status).toBe(403)

    await strict.store.deleteFrom('users').execute()
    const first = await createSignInLink(strict.store, { publicUrl: strict.origin }, 'admin', 'start')
    const link = new URL(first).searchParams.get('token') as string
    await browser.get(first.slice(strict.origin.length))
    expect((await browser.post('/welcome', { ...person, token: link })).status).toBe(303)
    expect((await browser.get('/people')).status).toBe(200)
  })
})

describe('its settings', () => {
  const set = {
    DESK_OIDC_ISSUER: 'https://id.hinata.example',
    DESK_OIDC_CLIENT_ID: 'desk',
    DESK_OIDC_CLIENT_SECRET: 'secret',
  }

  test('map claims to roles', () => {
    const roles = 'groups:support-leads=approver, https://hinata.example/roles:ops=ops'
    expect(loadConfig({ ...set, DESK_OIDC_ROLES: roles }).deskOidc?.roles).toEqual([
      { claim: 'groups', value: 'support-leads', role: 'approver' },
      { claim: 'https://hinata.example/roles', value: 'ops', role: 'ops' },
    ])
  })

  test.each([
    [{ DESK_OIDC_ISSUER: 'http://id.hinata.example' }, /must be https/],
    [{ DESK_OIDC_CLIENT_SECRET: '' }, /DESK_OIDC_CLIENT_SECRET/],
    [{ DESK_OIDC_ROLES: 'groups:leads=king' }, /claim:value=role/],
  ])('%j is refused', (change, fault) => {
    expect(() => loadConfig({ ...set, ...change })).toThrow(fault)
  })

  test('passwords can not be switched off without it', () => {
    expect(() => loadConfig({ DESK_PASSWORDS: 'off' })).toThrow(/DESK_PASSWORDS/)
  })
})
