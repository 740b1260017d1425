import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerSession, storeQuality } from '../../src/store/sessions.ts'
import { measureSession, watchIncidents } from '../../src/streaming/index.ts'
import { addSessions } from '../streaming/evening.ts'
import { casablanca, play, type Step } from '../streaming/player.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const FAILED: Step[] = [
  ['s', 3_000],
  ['f', 0, 'e=ps,ec=("manifestLoadError")'],
]
const MINUTE = 60_000

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function browserOf(login: string, language = 'en'): Promise<Browser> {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  await browser.post('/language', { language, to: '/' })
  return browser
}

/** A session that was measured. */
async function watch(sid: string, line: string, steps: Step[], hours = 0): Promise<void> {
  await registerSession(desk.store, {
    sid,
    customerId: 'cus-7',
    orderId: 'ord-7',
    orderLineId: line,
    title: 'Casablanca',
    region: 'JP-13',
    network: 'cdn-a',
    player: 'hls.js 1.7.4',
  })
  const start = Date.parse('2026-11-20T20:00:00Z') + hours * 3_600_000
  const quality = measureSession(play(steps, { sid, start }))
  await desk.store
    .updateTable('streaming_sessions')
    .set({ last_report_at: new Date(), reports: steps.length })
    .where('sid', '=', sid)
    .execute()
  await storeQuality(desk.store, { sid, reports: steps.length }, { ...quality }, 'ended')
}

describe('before anything was watched', () => {
  test.each([
    ['en', 'No sessions yet.', 'Nothing is wrong on our side right now'],
    ['ja', '再生の記録はまだありません。', 'いま当社側に障害はありません'],
  ])('the page says so (%s)', async (language, noSessions, noIncidents) => {
    const browser = await browserOf('viewer', language)
    expect((await browser.get('/streaming')).status).toBe(200)
    expect(browser.page).toContain(noSessions)
    expect(browser.page).toContain(noIncidents)
  })
})

describe('a session', () => {
  beforeAll(async () => {
    await watch('first try', 'line-7', FAILED)
    await watch('second', 'line-7', casablanca, 1)
  })

  test('shows how it went, and what its order comes to', async () => {
    const browser = await browserOf('viewer')
    expect((await browser.get('/streaming/sessions/first%20try')).status).toBe(200)
    expect(browser.page).toContain('It broke.')
    expect(browser.page).toContain('manifestLoadError')
    expect(browser.page).toContain('The order over its 2 sessions')
    expect(browser.page).toContain('40:01')
    expect(browser.page).toContain('JP-13')
    expect(browser.page).toContain('href="/streaming/sessions/second"')
  })

  test('says in the reader’s language why it is not to be believed', async () => {
    await watch('third', 'line-7', casablanca, 1.25)
    const browser = await browserOf('viewer', 'ja')
    await browser.get('/streaming/sessions/third')
    expect(browser.page).toMatch(/同じご注文の再生が2つ、\d+秒のあいだ同時に行われています。/)
  })

  test('that nobody knows is not found', async () => {
    const browser = await browserOf('viewer')
    expect((await browser.get('/streaming/sessions/nobody')).status).toBe(404)
    expect((await browser.get('/streaming/incidents/999')).status).toBe(404)
  })
})

describe('the list', () => {
  test('goes on page by page, each session once, sessions of one moment too', async () => {
    const at = new Date(Date.now() - 30 * 86_400_000)
    const sids = await addSessions(
      desk.store,
      Array.from({ length: 120 }, () => ({ verdict: 'good' as const, at })),
    )
    const browser = await browserOf('viewer')
    const seen: string[] = []
    let path: string | undefined = '/streaming'
    for (let page = 0; path && page < 10; page += 1) {
      await browser.get(path)
      seen.push(
        ...[...browser.page.matchAll(/href="\/streaming\/sessions\/(evening-\d+)"/g)].map(
          ([, sid]) => sid as string,
        ),
      )
      const more = /href="(\/streaming\?[^"]*after=[^"]*)"/.exec(browser.page)?.[1]
      path = more?.replaceAll('&amp;', '&').replace(/#.*$/, '')
    }
    expect(seen.toSorted()).toEqual(sids.toSorted())
  })

  test('begins anew where the address is nonsense', async () => {
    const browser = await browserOf('viewer')
    for (const after of ['x', '2026-99-99 00:00:00+00~a', '2026-11-20 00:00:00+00~%00']) {
      expect((await browser.get(`/streaming?after=${after}&by=nothing`)).status).toBe(200)
    }
  })
})

describe('a failure of ours', () => {
  let id: number
  beforeAll(async () => {
    const now = new Date()
    await addSessions(
      desk.store,
      Array.from({ length: 32 }, (_, index) => ({
        title: index % 4 === 0 ? '<b>東京物語</b>' : `film ${index % 4}`,
        region: index % 3 === 0 ? 'JP' : 'US',
        network: index % 5 === 0 ? 'cdn-a' : 'cdn-b',
        verdict: index % 4 === 0 ? ('never-started' as const) : ('good' as const),
        at: new Date(now.getTime() - (index + 1) * MINUTE),
      })),
    )
    const [opened] = await watchIncidents(desk.store, now)
    id = opened as number
  })

  test('stands on top, and the rolling view shows where it is', async () => {
    const browser = await browserOf('viewer')
    await browser.get('/streaming')
    expect(browser.page).toContain(`href="/streaming/incidents/${id}"`)
    expect(browser.page).toContain('8 of 8 sessions went wrong (100 %)')
    expect(browser.page).toContain('&lt;b&gt;東京物語&lt;/b&gt;')
    expect(browser.page).not.toContain('<b>東京物語')
    await browser.get('/streaming?by=network')
    expect(browser.page).toContain('cdn-b')
  })

  test('has a page with the sessions it touched', async () => {
    const browser = await browserOf('viewer', 'ja')
    expect((await browser.get(`/streaming/incidents/${id}`)).status).toBe(200)
    expect(browser.page).toContain('再生8件中8件に不具合')
    expect(browser.page).toContain('この障害による返金はまだありません。')
    expect([...browser.page.matchAll(/href="\/streaming\/sessions\//g)]).toHaveLength(8)
    expect(browser.page).not.toContain(`/streaming/incidents/${id}/close`)
  })

  test('is closed by an approver with what was found, once', async () => {
    const browser = await browserOf('approver')
    await browser.get(`/streaming/incidents/${id}`)
    const path = `/streaming/incidents/${id}/close`
    const closed = await browser.post(path, { note: 'A segment was missing.' })
    expect(closed.headers.get('location')).toBe(`/streaming/incidents/${id}?notice=incidentClosed`)
    const again = await browser.post(path, { note: 'Twice.' })
    expect(again.headers.get('location')).toContain('notice=incidentWasClosed')
    await browser.get(`/streaming/incidents/${id}`)
    expect(browser.page).toContain('A segment was missing.')
    expect(browser.page).toContain('The approver')
    expect(browser.page).not.toContain('Twice.')
    await browser.get('/streaming')
    expect(browser.page).toContain('Nothing is wrong on our side right now')
    expect(browser.page).toContain('Over within the last 30 days')
  })
})
