import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { callbackUrls, inviteUnlinked } from '../../src/linking/index.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { customerOf, linkAuthor, linkedAuthors, unlinkAuthor } from '../../src/store/author-links.ts'
import { openClaims, type TestClaims, Wanderer } from './claims-at-test.ts'

let folder: string
let box: Sandbox
let claims: TestClaims
let author: string
let other: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kikimimi-claims-'))
  box = await startSandbox({ dir: folder, feed: 'none' })
  box.x.control.post({ author: 'laura_w', text: '@hinata_shop this is the second regular coffee' })
  box.x.control.post({ author: 'somebody', text: 'a nice day' })
  author = box.x.control.addUser('laura_w')
  other = box.x.control.addUser('somebody')
  claims = await openClaims(box)
})
afterAll(async () => {
  await claims?.close()
  await box?.close()
  rmSync(folder, { recursive: true, force: true })
})
let invitations = 0
beforeEach(() => {
  invitations += 1
  claims.linked.length = 0
  claims.reads.length = 0
})
afterEach(async () => {
  box.x.control.clearFaults()
  await unlinkAuthor(claims.store, { network: 'x', authorId: author }, 'user:1')
})

function invite(now = new Date(), authorId = author): string {
  return claims.linking.claimLink({ caseId: invitations, network: 'x', authorId, now }) as string
}

/** As far as the shop's sign-in page. */
async function signInAtX(browser: Wanderer, link: string, username = 'laura_w'): Promise<void> {
  await browser.open(link)
  await browser.submit()
  expect(browser.page).toContain('Sign in to X')
  await browser.submit({ who: username, answer: 'yes' })
}

/** As far as the page that asks. */
async function signInAtBoth(browser: Wanderer, link: string, customerId = 'cus_1001'): Promise<void> {
  await signInAtX(browser, link)
  expect(browser.page).toContain('Sign in to Hinata')
  await browser.submit({ who: customerId, answer: 'yes' })
}

const visits = () => claims.store.selectFrom('claim_visits').selectAll().execute()
const links = () => claims.store.selectFrom('author_links').selectAll().orderBy('id').execute()
const current = () => customerOf(claims.store, 'x', author)

describe('the way', () => {
  test('leads over both sign-ins and a yes to a linked account, and to whoever waits for it', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    expect(browser.page).toContain('@laura_w')
    expect(browser.page).toContain('L••• W•••')
    expect(browser.page).toContain('l•••@e•••.com')
    expect(browser.page).not.toMatch(/Whitfield|laura\.whitfield|cus_1001|ord_/)
    expect(await current()).toBeNull()

    await browser.submit({ answer: 'yes' })
    expect(browser.page).toContain('Thank you')
    expect(await current()).toBe('cus_1001')
    expect(await linkedAuthors(claims.store, 'cus_1001')).toMatchObject([{ network: 'x', authorId: author }])
    expect(claims.linked).toEqual([['x', author, 'cus_1001']])
    expect(claims.reads).toEqual([author])
    const row = (await links()).at(-1)
    expect(row).toMatchObject({ case_id: invitations, unlinked_at: null })
    expect(row?.consent_version).toMatch(/^en-[0-9a-f]{12}$/)
    const log = await claims.store.selectFrom('audit_log').selectAll().orderBy('id').execute()
    expect(log.at(-1)).toMatchObject({
      actor: 'customer:cus_1001',
      action: 'author.linked',
      subject: `author-link:${row?.id}`,
      detail: { network: 'x', authorId: author, caseId: invitations },
    })
    expect(JSON.stringify(log)).not.toMatch(/laura/i)
  })

  test('is told in Japanese to whom reads Japanese, and in the language that they choose', async () => {
    const browser = new Wanderer()
    browser.language = 'ja,en;q=0.5'
    await browser.open(invite())
    expect(browser.page).toContain('<html lang="ja">')
    expect(browser.page).toContain('ひなた')
    await browser.open(`${browser.url}?lang=en`)
    expect(browser.page).toContain('Let us know it is you')
    await browser.submit()
    await browser.submit({ who: 'laura_w', answer: 'yes' })
    await browser.submit({ who: 'cus_1002', answer: 'yes' })
    expect(browser.page).toContain('Is this you?')
    expect(browser.page).toContain('佐••• 美•••')
    await browser.open(`${browser.url}?lang=ja`)
    await browser.submit({ answer: 'yes' })
    expect(browser.page).toContain('以上で完了です')
    expect((await links()).at(-1)?.consent_version).toMatch(/^ja-/)
  })

  test('ends without a trace where the answer is no', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    const before = (await links()).length
    await browser.submit({ answer: 'no' })
    expect(browser.page).toContain('Nothing was linked')
    expect(await links()).toHaveLength(before)
    expect(claims.linked).toEqual([])
    expect((await visits()).filter((visit) => visit.case_id === invitations)).toEqual([])
  })

  test('keeps neither cookies nor names in the open: hashes and masks only', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    const kept = JSON.stringify(await visits())
    expect(kept).not.toContain(browser.cookie('kikimimi_claim_visit') as string)
    expect(kept).not.toMatch(/Whitfield|laura\.whitfield/)
  })

  test('leaves a linked author linked where those who wait could not be told', async () => {
    const deaf = await openClaims(box, { onLinked: () => Promise.reject(new Error('the queue is away')) })
    try {
      const browser = new Wanderer()
      const link = deaf.linking.claimLink({ caseId: 1, network: 'x', authorId: author, now: new Date() })
      await signInAtBoth(browser, link as string)
      await browser.submit({ answer: 'yes' })
      expect(browser.page).toContain('Thank you')
      expect(await customerOf(deaf.store, 'x', author)).toBe('cus_1001')
    } finally {
      await deaf.close()
      box.signIn.setRedirectUris(callbackUrls(claims.origin))
    }
  })
})

describe('the public link', () => {
  test('may be opened by anybody, as often as they like: nothing is shown, used or changed', async () => {
    const link = invite()
    const before = await visits()
    const pages = new Set<string>()
    for (let i = 0; i < 20; i += 1) {
      const bot = new Wanderer()
      await bot.open(link)
      expect(bot.status).toBe(200)
      expect(bot.page).not.toMatch(/laura|coffee|cus_|script/)
      expect(bot.page).not.toContain(author)
      pages.add(bot.page.replace(/name="csrf" value="[^"]+"/, ''))
    }
    expect(pages.size).toBe(1)
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200)
    expect(await visits()).toEqual(before)
    const browser = new Wanderer()
    await signInAtBoth(browser, link)
    await browser.submit({ answer: 'yes' })
    expect(await current()).toBe('cus_1001')
  })

  test('reads the same page whether it is forged, mangled or run out', async () => {
    const link = invite()
    const long = invite(new Date(Date.now() - 8 * 86_400_000))
    const pages = new Set<string>()
    for (const url of [
      `${link}x`,
      link.replace(/..$/, '__'),
      long,
      `${claims.origin}/c/nothing`,
      `${claims.origin}/c/a/b`,
      `${claims.origin}/c/%E0%A4%A`,
    ]) {
      const browser = new Wanderer()
      await browser.open(url)
      expect(browser.status, url).toBe(404)
      expect(browser.page).toContain('This link does not work')
      pages.add(browser.page)
      await browser.submit({ csrf: 'x' }, url)
      expect(browser.status).toBe(404)
    }
    expect(pages.size).toBe(1)
  })

  test('allows no scripts, frames, pictures, caches or referrers', async () => {
    const { headers } = await fetch(invite())
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';style-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none'",
    )
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-robots-tag')).toBe('noindex')
    for (const cookie of headers.getSetCookie()) expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    const style = /href="(\/c\/assets\/[^"]+)"/.exec(await (await fetch(invite())).text())?.[1]
    expect((await fetch(claims.origin + style)).headers.get('content-type')).toBe('text/css; charset=utf-8')
  })

  test('is for the author alone: anybody else is told so, and nothing is linked', async () => {
    const browser = new Wanderer()
    await signInAtX(browser, invite(), 'somebody')
    expect(browser.status).toBe(403)
    expect(browser.page).toContain('@somebody')
    expect(browser.page).not.toContain('laura')
    expect(await customerOf(claims.store, 'x', other)).toBeNull()
    expect(await current()).toBeNull()
    expect(browser.trail.some((url) => url.includes('/shop/oidc'))).toBe(false)
    expect((await visits()).filter((visit) => visit.case_id === invitations)).toEqual([])
  })
})

describe('what comes back', () => {
  test('counts only in the browser that went: somebody else’s finished sign-in is worth nothing', async () => {
    const mallory = new Wanderer()
    await signInAtX(mallory, invite())
    const callback = mallory.trail.find((url) => url.includes('/c/callback/network')) as string
    const victim = new Wanderer()
    await victim.open(callback)
    expect(victim.status).toBe(400)
    expect(victim.page).toContain('open the link again')
    // Nor in a browser that is on a way of its own, which it does not disturb.
    await victim.open(invite())
    await victim.submit()
    const { page, url } = victim
    await victim.open(callback)
    expect(victim.status).toBe(400)
    Object.assign(victim, { page, url })
    await victim.submit({ who: 'laura_w', answer: 'yes' })
    expect(victim.page).toContain('Sign in to Hinata')
  })

  test('counts once: a callback that is sent again leads nowhere', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    const callbacks = browser.trail.filter((url) => url.includes('/c/callback/'))
    expect(callbacks).toHaveLength(2)
    for (const callback of callbacks) {
      const again = new Wanderer()
      again.jars.set(new URL(claims.origin).host, new Map(browser.jars.get(new URL(claims.origin).host)))
      await again.open(callback)
      expect(again.status).toBe(400)
    }
    await browser.submit({ answer: 'yes' })
    expect(await current()).toBe('cus_1001')
  })

  test('is refused where its state was changed, and the way goes on for the right one', async () => {
    const browser = new Wanderer()
    await browser.open(invite())
    await browser.submit()
    const { page, url } = browser
    for (const query of [
      '',
      '?code=a',
      '?code=a&state=',
      '?code=a&state=b',
      '?state=b&error=access_denied',
    ]) {
      await browser.open(`${claims.origin}/c/callback/network${query}`)
      expect(browser.status).toBe(400)
    }
    Object.assign(browser, { page, url })
    await browser.submit({ who: 'laura_w', answer: 'yes' })
    expect(browser.page).toContain('Sign in to Hinata')
  })

  test('is refused where the code is another one', async () => {
    const browser = new Wanderer()
    await browser.open(invite())
    await browser.submit()
    const state = new URL(browser.url).searchParams.get('state')
    await browser.open(`${claims.origin}/c/callback/network?state=${state}&code=guessed`)
    expect(browser.status).toBe(400)
    expect(browser.page).toContain('could not be verified')
    expect(browser.page).toContain('Begin again')
  })

  test('with a no at X or at the shop is taken for a no', async () => {
    const browser = new Wanderer()
    await browser.open(invite())
    await browser.submit()
    await browser.submit({ answer: 'no' })
    expect(browser.page).toContain('Nothing was linked')
    await signInAtX(browser, invite())
    await browser.submit({ answer: 'no' })
    expect(browser.page).toContain('Nothing was linked')
    expect(await current()).toBeNull()
  })

  test('brings a new cookie with every step', async () => {
    const browser = new Wanderer()
    const seen: (string | undefined)[] = []
    await browser.open(invite())
    await browser.submit()
    const host = new URL(claims.origin).host
    const cookie = () => browser.jars.get(host)?.get('kikimimi_claim_visit')
    seen.push(cookie())
    await browser.submit({ who: 'laura_w', answer: 'yes' })
    seen.push(cookie())
    await browser.submit({ who: 'cus_1001', answer: 'yes' })
    seen.push(cookie())
    await browser.submit({ answer: 'yes' })
    seen.push(cookie())
    expect(seen.every(Boolean)).toBe(true)
    expect(new Set(seen).size).toBe(4)
    for (const old of seen.slice(0, 3)) {
      const thief = new Wanderer()
      thief.jars.set(host, new Map([['kikimimi_claim_visit', old as string]]))
      await thief.open(`${claims.origin}/c/linked`)
      expect(thief.status).toBe(400)
    }
  })

  test('after half an hour is too late', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    await claims.store.updateTable('claim_visits').set({ expires_at: new Date() }).execute()
    await browser.submit({ answer: 'yes' })
    expect(browser.status).toBe(400)
    expect(await current()).toBeNull()
    await new Wanderer().open(invite())
    const next = new Wanderer()
    await next.open(invite())
    await next.submit()
    expect((await visits()).every((visit) => visit.expires_at > new Date())).toBe(true)
  })
})

describe('forms', () => {
  test('of other sites begin and decide nothing', async () => {
    const browser = new Wanderer()
    await browser.open(invite())
    const before = await visits()
    await browser.submit({ csrf: 'guessed' })
    expect(browser.status).toBe(403)
    const stranger = new Wanderer()
    await stranger.submit({}, invite())
    expect(stranger.status).toBe(403)
    expect(await visits()).toEqual(before)

    await signInAtBoth(browser, invite())
    const { page, url } = browser
    await browser.submit({ csrf: 'guessed', answer: 'yes' })
    expect(browser.status).toBe(403)
    Object.assign(browser, { page, url })
    await browser.submit({ answer: 'perhaps' })
    expect(browser.status).toBe(403)
    expect(await current()).toBeNull()
  })

  test('sent twice at once link once', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    const twin = Object.assign(new Wanderer(), { page: browser.page, url: browser.url })
    for (const [host, jar] of browser.jars) twin.jars.set(host, new Map(jar))
    const before = (await links()).length
    await Promise.all([browser.submit({ answer: 'yes' }), twin.submit({ answer: 'yes' })])
    expect([browser.status, twin.status].sort()).toEqual([200, 400])
    expect(await links()).toHaveLength(before + 1)
    expect(claims.linked).toHaveLength(1)
  })
})

test('who is linked already is not invited again, and nobody of a network without a sign-in', async () => {
  const invitationFor = inviteUnlinked(claims.linking)
  const subject = { id: 12, network: 'x', author_id: author }
  const link = await invitationFor(subject, claims.store)
  expect(claims.linking.readClaim(link?.split('/c/')[1] ?? '', new Date())).toMatchObject({
    caseId: 12,
    authorId: author,
  })
  expect(await invitationFor({ ...subject, network: 'replay' }, claims.store)).toBeNull()
  expect(await inviteUnlinked(null)(subject, claims.store)).toBeNull()
  const browser = new Wanderer()
  await signInAtBoth(browser, link as string)
  await browser.submit({ answer: 'yes' })
  expect(await invitationFor(subject, claims.store)).toBeNull()
})

describe('a second time', () => {
  test('the same two accounts are found linked, and nothing is asked or written again', async () => {
    const link = invite()
    const browser = new Wanderer()
    await signInAtBoth(browser, link)
    await browser.submit({ answer: 'yes' })
    const before = await links()
    const again = new Wanderer()
    await signInAtBoth(again, link)
    expect(again.page).toContain('Thank you')
    expect(await links()).toEqual(before)
  })

  test('another customer takes the place of the first, whose link stays in the history', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    await browser.submit({ answer: 'yes' })
    await signInAtBoth(browser, invite(), 'cus_1009')
    expect(browser.page).toContain('that link ends')
    expect(browser.page).not.toMatch(/W•••|cus_1001/)
    await browser.submit({ answer: 'yes' })
    expect(await current()).toBe('cus_1009')
    const [first, second] = (await links()).slice(-2)
    expect(first).toMatchObject({ customer_id: 'cus_1001', unlinked_by: 'relinked' })
    expect(first?.unlinked_at).toBeInstanceOf(Date)
    expect(second).toMatchObject({ customer_id: 'cus_1009', unlinked_at: null })
  })

  test('one customer may write under several names', async () => {
    for (const [username, id] of [
      ['laura_w', author],
      ['somebody', other],
    ] as const) {
      const browser = new Wanderer()
      await signInAtX(browser, invite(new Date(), id), username)
      await browser.submit({ who: 'cus_1001', answer: 'yes' })
      await browser.submit({ answer: 'yes' })
    }
    const names = await linkedAuthors(claims.store, 'cus_1001')
    expect(names.map((one) => one.authorId).sort()).toEqual([author, other].sort())
    await unlinkAuthor(claims.store, { network: 'x', authorId: other }, 'user:1')
  })

  test('who linked may unlink, once, and is not linked after it', async () => {
    const browser = new Wanderer()
    await signInAtBoth(browser, invite())
    await browser.submit({ answer: 'yes' })
    const { page, url } = browser
    await browser.submit({ csrf: 'guessed' })
    expect(browser.status).toBe(403)
    expect(await current()).toBe('cus_1001')
    Object.assign(browser, { page, url })
    await browser.submit()
    expect(browser.page).toContain('The link has ended')
    expect(await current()).toBeNull()
    expect((await links()).at(-1)).toMatchObject({ unlinked_by: 'customer' })
    Object.assign(browser, { page, url })
    await browser.submit()
    expect(browser.status).toBe(400)
    const log = await claims.store.selectFrom('audit_log').select('action').orderBy('id').execute()
    expect(log.at(-1)?.action).toBe('author.unlinked')
  })

  test('a link can only be ended, never rewritten or deleted', async () => {
    const row = { network: 'x', authorId: 'a', customerId: 'c', caseId: 1, consentVersion: 'v' }
    await linkAuthor(claims.store, row)
    const table = claims.store.updateTable('author_links').where('author_id', '=', 'a')
    await expect(table.set({ customer_id: 'd' }).execute()).rejects.toThrow('append-only')
    await unlinkAuthor(claims.store, { network: 'x', authorId: 'a' }, 'user:1')
    await expect(table.set({ unlinked_at: null }).execute()).rejects.toThrow('append-only')
    await expect(claims.store.deleteFrom('author_links').execute()).rejects.toThrow('append-only')
  })

  test('two consents at the same moment leave one link', async () => {
    await Promise.all(
      ['c1', 'c2', 'c3', 'c4'].map((customerId) =>
        claims.store
          .transaction()
          .execute((trx) =>
            linkAuthor(trx, { network: 'x', authorId: 'b', customerId, caseId: 1, consentVersion: 'v' }),
          ),
      ),
    )
    const rows = (await links()).filter((row) => row.author_id === 'b')
    expect(rows).toHaveLength(4)
    expect(rows.filter((row) => row.unlinked_at === null)).toHaveLength(1)
  })
})

describe('bad weather', () => {
  test.each([
    ['a time-out', { kind: 'delay', delayMs: 3000 }, 'out of order'],
    ['a broken connection', { kind: 'drop-before' }, 'out of order'],
    ['a fault of its own', { kind: 'html-503' }, 'out of order'],
    ['too many requests', { kind: 'status', status: 429 }, 'out of order'],
    ['garbage', { kind: 'garbage' }, 'could not be verified'],
  ] as const)('%s at X is told as what it is, and links nothing', async (_, fault, words) => {
    for (const route of ['oauth2_token', 'me'] as const) {
      const hasty = await openClaims(box, { timeoutMs: 1000 })
      try {
        box.x.control.inject({ route, ...fault })
        const browser = new Wanderer()
        const link = hasty.linking.claimLink({ caseId: 1, network: 'x', authorId: author, now: new Date() })
        await signInAtX(browser, link as string)
        expect(browser.page, route).toContain(words)
        expect(browser.page).toContain('Begin again')
        box.x.control.clearFaults()
        await signInAtX(browser, link as string)
        expect(browser.page).toContain('Sign in to Hinata')
      } finally {
        await hasty.close()
      }
    }
    box.signIn.setRedirectUris(callbackUrls(claims.origin))
  })

  test('a shop that is away is told of, and asked again the next time', async () => {
    const lost = await openClaims(box, { issuer: 'http://127.0.0.1:9/oidc' })
    try {
      const browser = new Wanderer()
      const link = lost.linking.claimLink({ caseId: 1, network: 'x', authorId: author, now: new Date() })
      await signInAtX(browser, link as string)
      expect(browser.status).toBe(503)
      expect(browser.page).toContain('out of order')
    } finally {
      await lost.close()
      box.signIn.setRedirectUris(callbackUrls(claims.origin))
    }
  })

  test('many attempts from one address are slowed down, with a friendly word', async () => {
    const tight = await openClaims(box, { limits: { look: 3, step: 2 } })
    try {
      const browser = new Wanderer()
      const link = tight.linking.claimLink({ caseId: 1, network: 'x', authorId: author, now: new Date() })
      for (let i = 0; i < 3; i += 1) await browser.open(link as string)
      expect(browser.status).toBe(200)
      await browser.open(link as string)
      expect(browser.status).toBe(429)
      expect(browser.page).toContain('A little slower')
    } finally {
      await tight.close()
      box.signIn.setRedirectUris(callbackUrls(claims.origin))
    }
  })
})
