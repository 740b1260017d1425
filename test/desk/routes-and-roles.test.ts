import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../src/store/schema.ts'
import { addCase, Browser, openDesk, ROLES, type TestDesk } from './desk-at-test.ts'

/** Who may do what, written down once more by hand: a change of rights must be made in two places. */
const ALLOWED: Record<string, readonly Role[]> = {
  'GET /': ROLES,
  'GET /inbox/news': ROLES,
  'POST /inbox/close': ['agent', 'approver', 'admin'],
  'POST /inbox/assign': ['agent', 'approver', 'admin'],
  'POST /inbox/not-for-us': ['agent', 'approver', 'admin'],
  'POST /inbox/approve': ['approver', 'admin'],
  'POST /inbox/undo': ['approver', 'admin'],
  'GET /events': ROLES,
  'GET /cases/:id': ROLES,
  'GET /cases/:id/news': ROLES,
  'POST /cases/:id/abuse/show': ROLES,
  'GET /care': ['approver', 'ops', 'admin'],
  'GET /authors/:id': ROLES,
  'POST /authors/:id/unlink': ['approver', 'admin'],
  'POST /drafts/:id/check': ['guest', 'agent', 'approver', 'admin'],
  'POST /drafts/:id/save': ['guest', 'agent', 'approver', 'admin'],
  'POST /drafts/:id/others': ['guest', 'agent', 'approver', 'admin'],
  'POST /drafts/:id/take': ['guest', 'agent', 'approver', 'admin'],
  'POST /drafts/:id/reword': ['guest', 'agent', 'approver', 'admin'],
  'POST /drafts/:id/approve': ['approver', 'admin'],
  'POST /drafts/:id/undo': ['approver', 'admin'],
  'GET /drafts/:id/lock': ROLES,
  'POST /drafts/:id/lock': ['guest', 'agent', 'approver', 'admin'],
  'GET /cases/:id/presence': ROLES,
  'POST /cases/:id/presence': ROLES,
  'POST /cases/:id/assign': ['agent', 'approver', 'admin'],
  'POST /cases/:id/escalate': ['guest', 'agent', 'approver', 'admin'],
  'POST /cases/:id/escalation/settle': ['approver', 'admin'],
  'POST /cases/:id/snooze': ['agent', 'approver', 'admin'],
  'POST /cases/:id/wake': ['agent', 'approver', 'admin'],
  'POST /cases/:id/notes': ['guest', 'agent', 'approver', 'admin'],
  'GET /mentions': ROLES,
  'POST /drafts/:id/posted': ['approver', 'admin'],
  'POST /drafts/:id/composer': ['approver', 'admin'],
  'POST /cases/:id/code': ['agent', 'approver', 'admin'],
  'POST /drafts/:id/reject': ['approver', 'admin'],
  'POST /cases/:id/close': ['agent', 'approver', 'admin'],
  'POST /cases/:id/not-for-us': ['agent', 'approver', 'admin'],
  'POST /cases/:id/reopen': ['agent', 'approver', 'admin'],
  'GET /refunds': ROLES,
  'POST /refunds/:id/approve': ['approver', 'admin'],
  'POST /refunds/:id/deny': ['approver', 'admin'],
  'POST /refunds/:id/retry': ['approver', 'admin'],
  'POST /refunds/:id/settle': ['approver', 'admin'],
  'GET /refunds/decisions/:id': ROLES,
  'GET /refunds/journal.csv': ['approver', 'ops', 'admin'],
  'POST /refunds/:id/give-up': ['approver', 'admin'],
  'POST /refunds/incidents/:id/approve': ['approver', 'admin'],
  'GET /crisis': ['approver', 'ops', 'admin'],
  'POST /crisis/start': ['approver', 'ops', 'admin'],
  'POST /crisis/end': ['approver', 'ops', 'admin'],
  'GET /andon': ROLES,
  'GET /andon/signals/:id': ROLES,
  'GET /andon/cords/:id': ROLES,
  'POST /andon/signals/:id/dismiss': ['agent', 'approver', 'ops', 'admin'],
  'POST /andon/signals/:id/act': ['agent', 'approver', 'ops', 'admin'],
  'POST /andon/pull': ['agent', 'approver', 'ops', 'admin'],
  'POST /andon/cords/:id/messages/:message/again': ['agent', 'approver', 'ops', 'admin'],
  'POST /andon/cords/:id/resume': ['approver', 'ops', 'admin'],
  'POST /payouts/stop': ['approver', 'ops', 'admin'],
  'POST /payouts/stops/:id/end': ['approver', 'ops', 'admin'],
  'POST /cases/:id/claims/:event/order': ['approver', 'admin'],
  'POST /cases/:id/claims/:event/drop': ['approver', 'admin'],
  'POST /cases/:id/goodwill': ['agent', 'approver', 'admin'],
  'POST /replacements/:id/approve': ['approver', 'admin'],
  'POST /replacements/:id/deny': ['approver', 'admin'],
  'POST /replacements/:id/retry': ['approver', 'admin'],
  'POST /replacements/:id/give-up': ['approver', 'admin'],
  'GET /listing-cases': ROLES,
  'GET /listing-cases/:id': ROLES,
  'POST /listing-cases/:id/close': ['agent', 'approver', 'ops', 'admin'],
  'GET /streaming': ROLES,
  'GET /streaming/sessions/:sid': ROLES,
  'GET /streaming/incidents/:id': ROLES,
  'POST /streaming/incidents/:id/close': ['approver', 'admin'],
  'GET /rules': ROLES,
  'POST /rules/:id/activate': ['ops', 'admin'],
  'POST /rules/:id/withdraw': ['ops', 'admin'],
  'POST /rules/:id/retire': ['ops', 'admin'],
  'GET /rules/simulate': ['ops', 'admin'],
  'POST /rules/simulate': ['ops', 'admin'],
  'GET /health': ['ops', 'admin'],
  'POST /health/dead-letters/:id/retry': ['ops', 'admin'],
  'POST /health/dead-letters/:id/drop': ['ops', 'admin'],
  'POST /health/dead-letters/retry': ['ops', 'admin'],
  'POST /health/quarantine/:id/retry': ['ops', 'admin'],
  'POST /health/quarantine/retry': ['ops', 'admin'],
  'POST /health/sources/dismiss': ['ops', 'admin'],
  'GET /forgetting': ['admin'],
  'GET /forgetting/:id': ['admin'],
  'POST /forgetting/find': ['admin'],
  'POST /forgetting/erase': ['admin'],
  'GET /people': ['admin'],
  'POST /people/invite': ['admin'],
  'POST /people/:id/disable': ['admin'],
  'POST /people/:id/enable': ['admin'],
  'POST /people/:id/role': ['admin'],
  'POST /people/:id/languages': ['admin'],
  'POST /people/:id/end-sessions': ['admin'],
  'POST /people/:id/departments': ['admin'],
  'GET /letters': ROLES,
  'POST /letters/choose': ['guest', 'agent', 'approver', 'admin'],
  'GET /letters/new': ['guest', 'agent', 'approver', 'admin'],
  'POST /letters/new': ['guest', 'agent', 'approver', 'admin'],
  'GET /letters/paste': ['agent', 'approver', 'admin'],
  'POST /letters/paste': ['agent', 'approver', 'admin'],
  'GET /letters/:id': ROLES,
  'GET /letters/:id/sheet': ROLES,
  'POST /letters/:id/save': ROLES,
  'POST /letters/:id/accept': ['guest', 'agent', 'approver', 'admin'],
  'POST /letters/:id/ask': ['guest', 'agent', 'approver', 'admin'],
  'GET /listen': ROLES,
  'GET /listen/:id': ROLES,
  'POST /listen/:id/thought': ROLES,
  'GET /readings': ROLES,
  'POST /readings': ['approver', 'admin'],
  'POST /readings/:id/end': ['approver', 'admin'],
  'GET /thoughts': ROLES,
  'POST /thoughts/:id/seen': ROLES,
  'GET /voice': ROLES,
  'GET /voice/review.csv': ROLES,
  'GET /voice/stayed': ROLES,
  'GET /voice/voices': ROLES,
  'GET /voice/dossier': ROLES,
  'GET /voice/dossier.csv': ROLES,
  'GET /voice/dossier.md': ROLES,
  'POST /voice/dossier/tries': ['guest', 'agent', 'approver', 'admin'],
  'POST /voice/dossier/tries/:id/result': ['guest', 'agent', 'approver', 'admin'],
  'GET /voice/suggestions': ROLES,
  'GET /voice/suggestions.csv': ROLES,
  'GET /voice/suggestions.md': ROLES,
  'GET /voice/suggestions/:id': ROLES,
  'POST /voice/suggestions/:id/name': ['guest', 'agent', 'approver', 'admin'],
  'POST /voice/suggestions/:id/done': ['guest', 'agent', 'approver', 'admin'],
  'POST /voice/suggestions/:id/reopen': ['guest', 'agent', 'approver', 'admin'],
  'POST /voice/suggestions/:id/merge': ['guest', 'agent', 'approver', 'admin'],
  'POST /voice/suggestions/:id/take-out': ['guest', 'agent', 'approver', 'admin'],
  'GET /people/tokens': ['admin'],
  'POST /people/tokens': ['admin'],
  'POST /people/tokens/:id/end': ['admin'],
  'GET /media/:id/:place': ROLES,
  'GET /me': ROLES,
  'POST /me/name': ROLES,
  'POST /me/languages': ROLES,
  'POST /me/password': ROLES,
  'POST /me/connect': ROLES,
  'POST /me/sessions/:id/end': ROLES,
  'POST /me/sessions/end-others': ROLES,
  'GET /audit': ['ops', 'admin'],
  'GET /audit/export': ['ops', 'admin'],
}
const PUBLIC = [
  'GET /sign-in',
  'POST /sign-in',
  'GET /sign-in/oidc',
  'GET /sign-in/oidc/callback',
  'POST /sign-out',
  'GET /welcome',
  'POST /welcome',
  'POST /language',
]

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
  await addCase(desk.store)
})
afterAll(() => desk.close())

const nameOf = (route: { method: string; path: string }) => `${route.method.toUpperCase()} ${route.path}`

async function ask(
  browser: Browser,
  route: { method: string; path: string },
  fields?: Record<string, string>,
) {
  // No such row: what is allowed ends in 404, 400 or a redirect, and changes nothing for the next one.
  const path = route.path.replace(':id', route.method === 'get' ? '1' : '999')
  if (route.path === '/events') {
    const stop = new AbortController()
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(desk.origin + path, {
      headers: { cookie },
      signal: stop.signal,
      redirect: 'manual',
    })
    stop.abort()
    return answer
  }
  return route.method === 'get' ? browser.get(path) : browser.post(path, fields)
}

test('every route is either public or has its roles written down here', () => {
  expect(desk.app.routes.map(nameOf).sort()).toEqual([...Object.keys(ALLOWED), ...PUBLIC].sort())
})

describe.each(ROLES)('as %s', (role) => {
  const browser = () => signedIn.get(role) as Browser
  const signedIn = new Map<Role, Browser>()
  beforeAll(async () => {
    const mine = new Browser(desk.origin)
    await mine.signIn(role)
    signedIn.set(role, mine)
  })

  test.each(Object.entries(ALLOWED))('%s is open to the right roles only', async (name, roles) => {
    const route = desk.app.routes.find((known) => nameOf(known) === name)
    if (!route) throw new Error(`no route ${name}`)
    await browser().get('/')
    const { status } = await ask(browser(), route)
    if (roles.includes(role)) expect([200, 303, 400, 404]).toContain(status)
    else expect(status).toBe(403)
  })
})

describe('signed out', () => {
  test.each(Object.keys(ALLOWED))('%s asks to sign in', async (name) => {
    const route = desk.app.routes.find((known) => nameOf(known) === name)
    if (!route) throw new Error(`no route ${name}`)
    const browser = new Browser(desk.origin)
    await browser.get('/sign-in')
    const answer = await ask(browser, route)
    if (route.path === '/events') return expect(answer.status).toBe(303)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toMatch(/^\/sign-in/)
  })
})

describe('forms', () => {
  const posts = () => desk.app.routes.filter((route) => route.method === 'post')

  test('are refused without their token, with a wrong one, and with another session’s', async () => {
    const browser = new Browser(desk.origin)
    await browser.signIn('admin')
    const other = new Browser(desk.origin)
    await other.signIn('approver')
    for (const route of posts()) {
      for (const csrf of ['', 'guessed', other.csrf()]) {
        const answer = await ask(browser, route, { csrf })
        expect(`${nameOf(route)} ${answer.status}`).toBe(`${nameOf(route)} 403`)
      }
    }
  })

  test('are refused where the browser says that another site sent them, token or not', async () => {
    const browser = new Browser(desk.origin)
    await browser.signIn('admin')
    for (const site of ['cross-site', 'same-site']) {
      const answer = await browser.post('/people/invite', { role: 'admin' }, { 'sec-fetch-site': site })
      expect(answer.status).toBe(403)
      await browser.get('/')
    }
    const own = await browser.post('/people/invite', { role: 'viewer' }, { 'sec-fetch-site': 'same-origin' })
    expect(own.status).toBe(200)
  })

  test('of strangers need the token of their own browser', async () => {
    const browser = new Browser(desk.origin)
    await browser.get('/sign-in')
    const stolen = browser.csrf()
    browser.cookies.delete('kikimimi_form')
    expect((await browser.post('/language', { language: 'ja', csrf: stolen })).status).toBe(403)
  })
})

test('pages allow no script, style or frame but our own files', async () => {
  const answer = await new Browser(desk.origin).get('/sign-in')
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("style-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
})

test('no page carries a script or a style inside', async () => {
  const browser = new Browser(desk.origin)
  await browser.signIn('admin')
  for (const path of [
    '/',
    '/cases/1',
    '/refunds',
    '/streaming',
    '/rules',
    '/rules/simulate',
    '/health',
    '/people',
    '/me',
    '/audit',
    '/nowhere',
  ]) {
    await browser.get(path)
    expect(browser.page).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/i)
  }
})

test('what is not there gets a friendly page in the reader’s language', async () => {
  const browser = new Browser(desk.origin)
  browser.language = 'ja,en;q=0.5'
  expect((await browser.get('/nowhere')).status).toBe(404)
  expect(browser.page).toContain('<html lang="ja">')
  expect(browser.page).toContain('見つかりません')
})

test('a body over the limit gets 413', async () => {
  const browser = new Browser(desk.origin)
  await browser.signIn('admin')
  expect((await browser.post('/language', { language: 'en', to: 'x'.repeat(70_000) })).status).toBe(413)
})
