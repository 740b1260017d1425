import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetCounts } from '../../src/store/inbox-counts.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let reader: Browser
beforeAll(async () => {
  desk = await openDesk({ sandbox: true })
  reader = new Browser(desk.origin)
  await reader.signIn('viewer')
})
afterAll(() => desk.close())

const shownIds = (page: string) =>
  [...page.matchAll(/<h2><a href="\/cases\/(\d+)"/g)].map((match) => Number(match[1]))

test('an empty inbox says so kindly', async () => {
  await reader.get('/')
  expect(reader.page).toContain('Everybody has been answered')
})

test('the most urgent comes first, and pages neither repeat nor skip a case', async () => {
  const expected: { id: number; severity: number; due: number }[] = []
  for (let n = 0; n < 70; n++) {
    const severity = n % 3
    const due = (n * 7) % 30
    const { caseId } = await addCase(desk.store, { severity, dueInMinutes: due, username: `urgent${n}` })
    expected.push({ id: caseId, severity, due })
  }
  // Equal clocks to the microsecond: ids alone tell them apart.
  await desk.store
    .updateTable('cases')
    .set({ due_at: new Date('2026-01-01T00:00:00.123Z') })
    .where('severity', '=', 1)
    .execute()
  const seen: number[] = []
  let next: string | undefined = '/'
  while (next) {
    await reader.get(next)
    seen.push(...shownIds(reader.page))
    next = /class="button" href="([^"]+)" rel="next"/.exec(reader.page)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toHaveLength(70)
  expect(new Set(seen).size).toBe(70)
  const severities = seen.map((id) => expected.find((one) => one.id === id)?.severity)
  expect(severities).toEqual(severities.toSorted((a, b) => (b ?? 0) - (a ?? 0)))
  const worst = seen.filter((id) => expected.find((one) => one.id === id)?.severity === 2)
  const due = (id: number) => expected.find((one) => one.id === id)?.due ?? 0
  expect(worst.map(due)).toEqual(worst.map(due).toSorted((a, b) => a - b))
})

test('walking from case to case follows the inbox', async () => {
  await reader.get('/')
  const [first, second] = shownIds(reader.page)
  await reader.get(`/cases/${first}`)
  expect(reader.page).toMatch(new RegExp(`href="/cases/${second}" data-key="j"`))
  await reader.get(`/cases/${second}`)
  expect(reader.page).toMatch(new RegExp(`href="/cases/${first}" data-key="k"`))
})

describe('filters', () => {
  test('the counts are those of the lists that they lead to', async () => {
    await addCase(desk.store, {
      state: 'none',
      delivery: 'none',
      draft: null,
      language: 'ja',
      text: '箱が100%つぶれていた',
    })
    await addCase(desk.store, { state: 'returned', language: 'ja', text: '箱は無事でした' })
    await addCase(desk.store, { state: 'approved', language: 'ja' })
    forgetCounts(desk.store)
    for (const [view, count] of [
      ['person', 2],
      ['sending', 1],
    ]) {
      await reader.get(`/?view=${view}&language=ja`)
      expect(shownIds(reader.page)).toHaveLength(Number(count))
      expect(reader.page).toMatch(
        new RegExp(`view=${view}&amp;language=ja"[^>]*>[^<]+<span class="count">${count}<`),
      )
    }
  })

  test('a search takes its words literally, wildcards too', async () => {
    for (const [q, count] of [
      ['箱', 2],
      ['100%', 1],
      ['1_0%', 0],
      ['%', 1],
      ['\\', 0],
      ['URGENT7', 1],
    ] as const) {
      await reader.get(`/?view=all&q=${encodeURIComponent(q)}`)
      const shown = shownIds(reader.page).length
      expect(`${q} ${q === 'URGENT7' ? Math.min(shown, 1) : shown}`).toBe(`${q} ${count}`)
    }
  })

  test('nonsense in the address is no error', async () => {
    for (const query of [
      'view=nonsense',
      'after=x',
      'after=1~2026-99-99 00:00~1',
      'after=9~~9',
      'q=%00',
      'after=2~1 2 3~4',
      'after=99999999999~2026-01-01 00:00:00+00~1',
      'after=2~2026-01-01 00:00:00%2B00~9999999999~1',
      'assignee=0',
      'assignee=99999&sentiment=x&product=%5B&snoozed=no',
      'told=close~1~<b>',
      'q=a',
      'q=%E3%80%80',
      'language[]=a',
    ]) {
      expect((await reader.get(`/?${query}`)).status).toBe(200)
    }
    for (const path of ['/inbox/news?since=1e30', '/inbox/news?since=-1', '/refunds?before=1.5']) {
      expect((await reader.get(path)).status).toBe(200)
    }
    for (const path of [
      '/cases/0',
      '/cases/99999999999999999999',
      '/cases/1%00',
      '/cases/%E0%A4%A',
      '/cases/1e3',
    ]) {
      expect([400, 404]).toContain((await reader.get(path)).status)
    }
  })
})

test('what strangers write is shown as text, never as markup', async () => {
  const text = '<script>alert(1)</script> <img src=x onerror=alert(2)> "\'><b>x {{ csrf }} \u202Eevil'
  const { caseId } = await addCase(desk.store, {
    text,
    name: '<svg onload=alert(3)>',
    username: 'a"b',
    draft: '</textarea><script>alert(4)</script> sorry',
  })
  for (const path of ['/?view=all', `/cases/${caseId}`]) {
    await reader.get(path)
    expect(reader.page).toContain('&lt;script&gt;alert(1)')
    expect(reader.page).toContain('{{ csrf }}')
    expect(reader.page).not.toMatch(/<script>alert|<img src=x|<svg onload|<\/textarea><script/)
  }
})

test('pictures come from us, and only those with an address that we would load', async () => {
  const { caseId, postId } = await addCase(desk.store)
  const media = [
    { kind: 'photo', url: 'http://127.0.0.1:9/media/book.svg', alt: 'a bent book' },
    { kind: 'photo', url: 'https://pbs.twimg.com.evil.example/x.jpg' },
    { kind: 'photo', url: 'javascript:alert(1)' },
  ]
  await desk.store
    .updateTable('posts')
    .set({ media: JSON.stringify(media) })
    .where('id', '=', postId)
    .execute()
  const answer = await reader.get(`/cases/${caseId}`)
  expect([...reader.page.matchAll(/<img class="picture" src="([^"]+)"/g)].map((match) => match[1])).toEqual([
    `/media/${postId}/0`,
    `/media/${postId}/1`,
  ])
  expect(answer.headers.get('content-security-policy')).toContain("img-src 'self';")
})

test('the page says plainly what is only a sandbox', async () => {
  await reader.get('/')
  expect(reader.page).toContain('Nothing here is real')
  expect(reader.page).toContain('href="http://127.0.0.1:9/x"')
})

test('the language can be chosen, and stays chosen', async () => {
  const browser = new Browser(desk.origin)
  await browser.signIn('ops')
  await browser.post('/language', { language: 'ja', to: '/refunds' })
  await browser.get('/')
  expect(browser.page).toContain('受信箱')
  const elsewhere = new Browser(desk.origin)
  await elsewhere.signIn('ops')
  expect(elsewhere.page).toContain('受信箱')
})

describe('live', () => {
  async function listen(): Promise<{ next(): Promise<string>; stop(): void }> {
    const stop = new AbortController()
    const cookie = [...reader.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(`${desk.origin}/events`, { headers: { cookie }, signal: stop.signal })
    const stream = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    return {
      stop: () => stop.abort(),
      async next() {
        for (;;) {
          const chunk = await stream?.read()
          if (!chunk || chunk.done) throw new Error('the stream ended')
          if (chunk.value.includes('event: desk')) return chunk.value
        }
      },
    }
  }

  test('an open page hears of a new draft and is told how many are new to it', async () => {
    await reader.get('/')
    const news = /hx-get="(\/inbox\/news[^"]*)"/.exec(reader.page)?.[1]?.replaceAll('&amp;', '&') as string
    const events = await listen()
    await addCase(desk.store)
    await events.next()
    await addCase(desk.store)
    await events.next()
    events.stop()
    await reader.get(news)
    expect(reader.page).toContain('2 new cases')
  })

  test('goes on after Postgres broke the connection that listens', async () => {
    const events = await listen()
    const admin = new pg.Client({ connectionString: desk.databaseUrl })
    await admin.connect()
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'kikimimi-desk' and datname = current_database()`,
    )
    await admin.end()
    expect(rowCount).toBe(1)
    await events.next()
    await addCase(desk.store)
    await events.next()
    events.stop()
  })
})
