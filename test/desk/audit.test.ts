import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { audit } from '../../src/store/audit.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let ops: Browser
let agentId: number
beforeAll(async () => {
  desk = await openDesk()
  const agent = await desk.store
    .selectFrom('users')
    .select('id')
    .where('login', '=', 'agent')
    .executeTakeFirst()
  agentId = agent?.id ?? 0
  await audit(desk.store, `user:${agentId}`, 'case.recoded', 'case:1', {
    before: { code: 'delivery.late' },
    after: { code: 'packaging.damage' },
  })
  await audit(desk.store, 'worker:payout', 'refund.paid', 'refund:7', { provider: 'stripe' })
  await audit(desk.store, 'worker:mail', 'mail.sent', 'mail:7')
  await audit(desk.store, `user:${agentId}`, 'case.closed', 'case:12', {
    reason: '=HYPERLINK("http://evil")',
  })
  await desk.store
    .insertInto('audit_log')
    .values({
      actor: 'policy',
      action: 'draft.auto-approved',
      subject: 'draft:3',
      at: new Date('2026-02-03T23:59:59Z'),
    })
    .execute()
})
afterAll(() => desk?.close())
beforeEach(async () => {
  ops = new Browser(desk.origin)
  await ops.signIn('ops')
})

/** The subjects of the rows that a filter leaves. */
async function subjects(query: string) {
  await ops.get(`/audit?${query}`)
  const body = /<tbody>([\s\S]*)<\/tbody>/.exec(ops.page)?.[1] ?? ''
  return [...body.matchAll(/\b(?:case|refund|mail|draft):\d+/g)].map(([subject]) => subject)
}

async function download(query: string) {
  const cookie = [...ops.cookies].map((pair) => pair.join('=')).join('; ')
  const response = await fetch(`${desk.origin}/audit/export?${query}`, { headers: { cookie } })
  return { response, text: await response.text() }
}

test('the audit log names people, and tells what it was before and after', async () => {
  await ops.get('/audit?subject=case:1')
  expect(ops.page).toContain('The agent')
  expect(ops.page).toMatch(/<del>.*delivery\.late.*<\/del>.*<ins>.*packaging\.damage.*<\/ins>/s)
  expect(ops.page).toContain('href="/cases/1"')
})

test.each([
  ['actor=worker', ['mail:7', 'refund:7']],
  ['actor=worker:mail', ['mail:7']],
  ['subject=case', ['case:12', 'case:1']],
  ['subject=case:1', ['case:1']],
  ['action=refund.paid', ['refund:7']],
  ['from=2026-02-03&to=2026-02-03', ['draft:3']],
  ['from=2026-02-04&subject=draft', []],
  ['subject=%25', []],
])('it is filtered by %s', async (query, expected) => expect(await subjects(query)).toEqual(expected))

test('it is filtered by person', async () => {
  expect(await subjects(`actor=user:${agentId}`)).toEqual(['case:12', 'case:1'])
})

test('days that are none are refused', async () => {
  for (const query of ['from=2026-02-30', 'to=yesterday'])
    expect((await ops.get(`/audit?${query}`)).status).toBe(400)
})

test('it goes on page by page, and misses and repeats nothing', async () => {
  for (let n = 0; n < 120; n++) await audit(desk.store, 'policy', 'draft.auto-approved', `draft:${1000 + n}`)
  const seen: string[] = []
  for (let query = 'subject=draft'; query; ) {
    seen.push(...(await subjects(query)))
    query = /href="\/audit\?([^"]+)" rel="next"/.exec(ops.page)?.[1]?.replaceAll('&amp;', '&') ?? ''
  }
  expect(seen).toHaveLength(121)
  expect(new Set(seen).size).toBe(121)
  expect(seen[0]).toBe('draft:1119')
})

test('it is exported whole as NDJSON', async () => {
  const { response, text } = await download('format=ndjson&subject=case')
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  expect(response.headers.get('content-disposition')).toMatch(/attachment; filename="audit-[\d-]+\.ndjson"/)
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows).toMatchObject([
    { subject: 'case:12', name: 'The agent' },
    { subject: 'case:1', detail: { before: { code: 'delivery.late' } } },
  ])
})

test('it is exported as CSV, in which nothing is a formula', async () => {
  const { text } = await download('format=csv&subject=case')
  const [head, ...rows] = text.replace('\uFEFF', '').trim().split('\n')
  expect(head).toBe('id,at,actor,name,action,subject,before,after,detail')
  expect(rows).toHaveLength(2)
  expect(text).not.toMatch(/(^|,)"?=/m)
})

test('nothing of it can be changed', async () => {
  await expect(
    desk.store
      .updateTable('audit_log')
      .set({ actor: 'x' } as never)
      .execute(),
  ).rejects.toThrow('append-only')
  await expect(desk.store.deleteFrom('audit_log').execute()).rejects.toThrow('append-only')
})
