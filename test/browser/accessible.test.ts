import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSignInLink } from '../../src/desk/index.ts'
import { giveReading } from '../../src/store/readings.ts'
import { registerSession, storeQuality } from '../../src/store/sessions.ts'
import { insertSignal } from '../../src/store/signals.ts'
import { measureSession } from '../../src/streaming/index.ts'
import { groupSuggestions, pullCord, resumeCord, sendUp } from '../../src/voice/index.ts'
import { addCase, LETTERS, openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { addDecided } from '../desk/money-at-test.ts'
import { casablanca, play } from '../streaming/player.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Colours do not hang on words, nor words on colours: each theme and each language is looked at once. */
const LOOKS = [
  ['light', 'en'],
  ['dark', 'ja'],
] as const
/** Files, streams and pieces: nothing that a person opens. */
const PIECES = /\.csv$|\.md$|\/export$|\/news$|\/presence$|\/lock$|^\/events$|^\/media\//
const MISSING = ['/welcome', '/nowhere']
const SIGNED_OUT = ['/sign-in', ...MISSING]

let desk: TestDesk
let browser: Browser
let paths: string[]
let welcome: string

beforeAll(async () => {
  desk = await openDesk({ sandbox: true })
  const first = await addCase(desk.store, { severity: 3, username: 'longer_than_usual_name' })
  await addCase(desk.store, { state: 'none', draft: null, language: 'ja', text: '荷物が届きません。' })
  await addCase(desk.store, { delivery: 'manual', summoned: false })
  await desk.store
    .updateTable('posts')
    .set({ media: JSON.stringify([{ kind: 'photo', url: 'http://127.0.0.1:9/x.png', alt: 'A bent book' }]) })
    .where('id', '=', first.postId)
    .execute()
  const { decisionId } = await addDecided(desk.store, { state: 'asked' })
  await addDecided(desk.store, { state: 'failed', error: 'The provider refused it.' })
  const sid = await addWatched()
  const incidentId = await addIncident()
  const listingCaseId = await addListingCase()
  await desk.store
    .insertInto('dead_letters')
    .values({ queue: 'publish', ref: '12', error: 'It did not work: HTTP 500', attempts: 5 })
    .execute()
  await desk.store
    .insertInto('quarantine')
    .values({ source: 'x:mentions', reason: 'not JSON', payload: '{' })
    .execute()
  await desk.store
    .insertInto('chat_channels')
    .values({
      name: 'logistics',
      kind: 'slack',
      problem: 'it was too slow (HTTP 408)',
      problem_at: new Date(),
    })
    .execute()
  const link = await createSignInLink(desk.store, { publicUrl: desk.origin }, 'agent', 'user:1')
  welcome = link.slice(desk.origin.length)
  const erasure = await desk.store
    .insertInto('erasures')
    .values({
      by: 'user:1',
      people: ['a1b2c3.hash'],
      counts: '{"posts":3}',
      exports: '[{"id":1,"at":"2026-11-20T09:00:00Z","by":"user:1","format":"csv","texts":true}]',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const ids: Record<string, string | number> = {
    '/forgetting/:id': erasure.id,
    '/refunds/decisions/:id': decisionId,
    '/streaming/sessions/:sid': sid,
    '/streaming/incidents/:id': incidentId,
    '/listing-cases/:id': listingCaseId,
    ...(await addAndon()),
    '/cases/:id': first.caseId,
    '/letters/:id': await addLetter(first.caseId),
    '/letters/:id/sheet': 1,
    '/listen/:id': first.postId,
    '/voice/suggestions/:id': await addSuggestion(),
    '/authors/:id': `x:${await authorOf(first.caseId)}`,
  }
  paths = desk.app.routes
    .filter(({ method, path, allow }) => method === 'get' && allow !== 'public' && !PIECES.test(path))
    .map(({ path }) => path.replace(/:\w+/, String(ids[path])))
  paths.push('/?view=all', '/people?notice=disabled', '/audit?subject=case:999')
  paths.push(`/cases/${await addAbuse()}`)
  paths.push(`/voice/dossier?cluster=${ids['/voice/suggestions/:id']}`, '/voice/dossier?code=delivery.late')
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  await browser?.close()
  await desk?.close()
})

/** A wish that two people have, with what was tried about it. @returns its cluster's id */
async function addSuggestion(): Promise<number> {
  const voice = {
    kind: 'post' as const,
    network: 'x',
    code: 'feedback.suggestion',
    codes: ['feedback.suggestion'],
  }
  for (const text of ['Please make the notes field longer', 'The notes field is too short'])
    await desk.store
      .insertInto('contacts')
      .values({ ...voice, ref: text, at: new Date(), language: 'en', outcome: 'nothing', text })
      .execute()
  await groupSuggestions(desk.store)
  const { id } = await desk.store.selectFrom('suggestion_clusters').select('id').executeTakeFirstOrThrow()
  const tried = {
    kind: 'cluster' as const,
    name: String(id),
    tried: 'Asked the shop',
    tried_on: '2026-11-02',
    by: 1,
  }
  await desk.store.insertInto('dossier_tries').values(tried).execute()
  return id
}

/** A case whose words are hidden, and somebody who has read such words. @returns its id */
async function addAbuse(): Promise<number> {
  const { caseId, postId } = await addCase(desk.store, { state: 'none', draft: null })
  await desk.store
    .updateTable('cases')
    .set({ code: 'conduct.abuse', codes: ['conduct.abuse'], escalated_at: new Date() })
    .where('id', '=', caseId)
    .execute()
  await desk.store
    .insertInto('abuse_showings')
    .values({ user_id: 1, case_id: caseId, post_id: postId })
    .execute()
  return caseId
}

async function authorOf(caseId: number): Promise<string> {
  const row = await desk.store
    .selectFrom('cases')
    .select('author_id')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow()
  return row.author_id
}

/** A letter that the one who looks may answer. @returns its id */
async function addLetter(caseId: number): Promise<number> {
  const about = { department: 'logistics', caseIds: [caseId], title: 'Late parcels', reason: 'Again.' }
  const sent = await sendUp(desk.store, LETTERS, { ...about, source: 'person', sentBy: 1 }, new Date())
  await giveReading(desk.store, { userId: 6, by: 6, count: 20, codes: [], until: '2099-01-01' })
  return 'letterId' in sent ? sent.letterId : 0
}

/** A sale that is stopped, one that goes on again, and a signal. */
async function addAndon() {
  const things = {
    isTitle: () => false,
    nameOf: () => null,
    nameOfCode: (code: string) => ({ en: code, ja: code }),
  }
  const lamp = {
    kind: 'product' as const,
    name: 'lamp-1',
    reason: 'It smokes',
    actor: 'user:1',
    signalId: null,
  }
  const first = await pullCord(desk.store, lamp, things)
  const end = { id: first.id, actor: 'user:1', cause: 'A wire', fix: 'Another', vouchedBy: 'Hana Ito' }
  await resumeCord(desk.store, end, things)
  const { id } = await pullCord(desk.store, lamp, things)
  const at = new Date()
  const signal = {
    kind: 'product' as const,
    name: 'kettle-2',
    code: 'item.safety',
    at,
    began_at: at,
    seen: 1,
  }
  const signalId = await desk.store
    .transaction()
    .execute((trx) => insertSignal(trx, { ...signal, reason: 'danger', expected: 0, chance: 0 }))
  return { '/andon/cords/:id': id, '/andon/signals/:id': signalId ?? 0 }
}

/** A session that was measured. @returns its sid */
async function addWatched(): Promise<string> {
  const sid = 'a-session'
  const known = { sid, customerId: 'cus-7', orderId: 'ord-7', orderLineId: 'line-7', title: 'Casablanca' }
  await registerSession(desk.store, { ...known, region: 'JP-13', network: 'cdn-a', player: 'hls.js 1.7.4' })
  const quality = measureSession(play(casablanca, { sid, start: Date.parse('2026-11-20T20:00:00Z') }))
  await desk.store
    .updateTable('streaming_sessions')
    .set({ last_report_at: new Date(), reports: casablanca.length })
    .where('sid', '=', sid)
    .execute()
  await storeQuality(desk.store, { sid, reports: casablanca.length }, { ...quality }, 'ended')
  return sid
}

async function addIncident(): Promise<number> {
  const at = new Date()
  const { id } = await desk.store
    .insertInto('incidents')
    .values({
      dimension: 'region',
      value: 'JP-13',
      began_at: at,
      opened_at: at,
      last_seen_at: at,
      sessions: 40,
      affected: 31,
      never_started: 4,
      customers: 29,
      baseline: 0.02,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function addListingCase(): Promise<number> {
  const { id } = await desk.store
    .insertInto('listing_cases')
    .values({
      sku: 'juice-apple-24',
      code: 'packaging.damage',
      title: 'Apple juice, 24 cans',
      owner: 'Logistics',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** What axe finds, as `rule: where`. */
async function violations(page: Page, path: string): Promise<string[]> {
  const answer = await page.goto(desk.origin + path)
  // A page that says what is wrong is looked at once, not in place of the others.
  if (answer?.status() !== (MISSING.includes(path) ? 404 : 200))
    return [`${path} answered ${answer?.status()}`]
  await page.addScriptTag({ path: AXE })
  const { violations: found } = await page.evaluate(() =>
    (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[]; html: string }[] }[] }> }
      }
    ).axe.run(),
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${path} ${id}: ${target.join(' ')} ${html.slice(0, 160)}`),
  )
}

test.each(LOOKS)(
  'no page has anything that axe objects to, in the %s theme, in %s',
  { timeout: 120_000 },
  async (colorScheme, locale) => {
    // The page's own policy would let axe in as little as anybody else.
    const context = await browser.newContext({ colorScheme, locale, bypassCSP: true })
    await context.addCookies([{ name: 'kikimimi_language', value: locale, url: desk.origin }])
    const page = await context.newPage()
    const found: string[] = []
    for (const path of [...SIGNED_OUT, welcome]) found.push(...(await violations(page, path)))
    await page.goto(`${desk.origin}/sign-in`)
    await page.locator('input[name=login]').fill('admin')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/')
    expect(paths.length).toBeGreaterThan(15)
    for (const path of paths) found.push(...(await violations(page, path)))
    await context.close()
    expect(found).toEqual([])
  },
)
