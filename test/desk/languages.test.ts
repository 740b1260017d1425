import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetCounts } from '../../src/store/inbox-counts.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let agent: Browser
let approver: Browser
let english: Awaited<ReturnType<typeof addCase>>
let japanese: Awaited<ReturnType<typeof addCase>>
let wordless: Awaited<ReturnType<typeof addCase>>
const ids = new Map<string, number>()

beforeAll(async () => {
  desk = await openDesk()
  english = await addCase(desk.store, { text: 'Where is my parcel?', dueInMinutes: 1 })
  japanese = await addCase(desk.store, { text: '荷物が届きません', language: 'ja', dueInMinutes: 2 })
  wordless = await addCase(desk.store, { text: '😡', language: 'und', dueInMinutes: 3 })
  agent = await signedIn('agent')
  approver = await signedIn('approver')
  for (const { id, login } of await desk.store.selectFrom('users').select(['id', 'login']).execute())
    ids.set(login, id)
})
afterAll(() => desk?.close())
beforeEach(async () => {
  await desk.store.updateTable('users').set({ languages: [] }).execute()
  forgetCounts(desk.store)
})

async function signedIn(login: string) {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  return browser
}

const idOf = (login: string) => ids.get(login) as number
const read = (login: string, languages: string[] | null) =>
  desk.store.updateTable('users').set({ languages }).where('login', '=', login).execute()
const rowOf = async (caseId: number) =>
  desk.store.selectFrom('cases').selectAll().where('id', '=', caseId).executeTakeFirstOrThrow()

/** The cases that a list shows, and the number beside the open ones. */
async function list(browser: Browser, path = '/') {
  await browser.get(path)
  const cases = [...browser.page.matchAll(/<h2><a href="\/cases\/(\d+)"/g)].map(([, id]) => Number(id))
  const tab = /<nav class="tabs"[\s\S]*?<span class="count">(\d+)</.exec(browser.page)?.[1]
  const nav = /id="nav-open">(\d+)</.exec(browser.page)?.[1]
  return { cases, open: Number(tab ?? 0), nav: Number(nav ?? 0) }
}

describe('the inbox of somebody who reads English', () => {
  beforeEach(() => read('approver', ['en']))

  test('shows what is in English and what nobody could tell, with counts of just these', async () => {
    expect(await list(approver)).toEqual({ cases: [english.caseId, wordless.caseId], open: 2, nav: 2 })
    expect(approver.page).toContain('Only in your languages: English.')
    expect(approver.page).toContain('1 more waits in other languages')
  })

  test('shows everything at an address that can be passed on', async () => {
    await list(approver)
    expect(approver.page).toContain('href="/?languages=all"')
    const all = await list(approver, '/?languages=all')
    expect(all).toMatchObject({ cases: [english.caseId, japanese.caseId, wordless.caseId], open: 3, nav: 2 })
    expect((await list(approver, '/?language=ja')).cases).toEqual([japanese.caseId])
  })

  test('shows what they were given, in whatever language', async () => {
    await desk.store
      .updateTable('cases')
      .set({ assignee_id: idOf('approver') })
      .where('id', '=', japanese.caseId)
      .execute()
    expect(await list(approver, '/?assignee=me')).toMatchObject({ cases: [japanese.caseId], open: 1 })
    await desk.store
      .updateTable('cases')
      .set({ assignee_id: null })
      .where('id', '=', japanese.caseId)
      .execute()
  })

  test('leads past what they can not read, on the way and after a decision', async () => {
    await approver.get(`/cases/${english.caseId}`)
    expect(approver.page).toContain(`href="/cases/${wordless.caseId}" data-key="j"`)
    await approver.get(`/cases/${wordless.caseId}`)
    expect(approver.page).toContain(`href="/cases/${english.caseId}" data-key="k"`)
    const { draftId } = await addCase(desk.store, { dueInMinutes: 1.5 })
    const answer = await approver.post(`/drafts/${draftId}/approve`, {
      version: 1,
      text: 'We are sorry. We look into it.',
    })
    expect(answer.headers.get('location')).toContain(`/cases/${wordless.caseId}?`)
  })

  test('says of a case in Japanese that it is, and who reads it', async () => {
    await read('agent', ['ja'])
    await approver.get(`/cases/${japanese.caseId}`)
    expect(approver.page).toContain(
      'This case is in Japanese, which is not one of your languages. Who does: The agent.',
    )
    await approver.get(`/cases/${wordless.caseId}`)
    expect(approver.page).not.toContain('not one of your languages')
  })
})

test('a language that nobody reads is pointed out to everybody', async () => {
  await addCase(desk.store, { text: '택배가 안 왔어요', language: 'ko', dueInMinutes: 9 })
  await desk.store
    .updateTable('users')
    .set({ languages: ['en', 'ja'] })
    .execute()
  forgetCounts(desk.store)
  await approver.get('/')
  expect(approver.page).toContain('1 case in Korean waits, which nobody here reads')
  expect((await list(approver, '/?language=ko')).cases).toHaveLength(1)
  await read('guest', [])
  await approver.get('/')
  expect(approver.page).not.toContain('nobody here reads')
  await desk.store.updateTable('cases').set({ state: 'closed' }).where('language', '=', 'ko').execute()
  forgetCounts(desk.store)
})

test('whoever said nothing sees everything', async () => {
  expect(await list(approver)).toMatchObject({
    cases: [english.caseId, japanese.caseId, wordless.caseId],
    open: 3,
  })
  expect(approver.page).not.toContain('Only in your languages')
})

describe('a case in Japanese', () => {
  beforeEach(async () => {
    await read('approver', ['en'])
    await read('admin', ['ja', 'en'])
    await read('guest', ['en'])
  })

  test('is not given to somebody who reads English only, unless the giver insists', async () => {
    const { caseId } = await addCase(desk.store, { language: 'ja' })
    const form = { to: idOf('approver'), seen: '' }
    expect((await agent.post(`/cases/${caseId}/assign`, form)).status).toBe(409)
    expect(agent.page).toContain(
      'Nothing was changed. The approver does not read Japanese. Who does: The admin.',
    )
    expect(agent.page).toContain('Give it to The approver all the same')
    expect(await rowOf(caseId)).toMatchObject({ assignee_id: null })
    expect((await agent.post(`/cases/${caseId}/assign`, { ...form, insist: 'yes' })).status).toBe(303)
    expect(await rowOf(caseId)).toMatchObject({ assignee_id: idOf('approver') })
  })

  test('is not brought before a lead who reads English only, unless the asker insists', async () => {
    const { caseId } = await addCase(desk.store, { language: 'ja' })
    const form = { to: idOf('approver'), reason: 'A journalist asks.' }
    expect((await agent.post(`/cases/${caseId}/escalate`, form)).status).toBe(409)
    expect(agent.page).toContain('Who does: The admin.')
    expect(agent.page).toContain('value="A journalist asks."')
    expect(await rowOf(caseId)).toMatchObject({ escalated_to: null })
    expect((await agent.post(`/cases/${caseId}/escalate`, { ...form, insist: 'yes' })).status).toBe(303)
    expect(await rowOf(caseId)).toMatchObject({ escalated_to: idOf('approver') })
    await desk.store.updateTable('cases').set({ assignee_id: null }).execute()
    forgetCounts(desk.store)
    await approver.get('/')
    expect(approver.page).toContain('1 case was handed to you in a language that you do not read')
    expect(await list(approver, '/?assignee=me')).toMatchObject({ cases: [caseId], open: 1 })
    await desk.store.updateTable('cases').set({ state: 'closed' }).where('id', '=', caseId).execute()
    forgetCounts(desk.store)
    await approver.get('/')
    expect(approver.page).not.toContain('handed to you')
  })

  test('that rests is woken for the lead who is asked', async () => {
    await read('approver', [])
    const { caseId } = await addCase(desk.store, { language: 'ja' })
    await agent.post(`/cases/${caseId}/snooze`, { until: 'tomorrow' })
    expect((await rowOf(caseId)).snoozed_until).not.toBeNull()
    await agent.post(`/cases/${caseId}/escalate`, { to: idOf('approver'), reason: 'It is urgent now.' })
    expect(await rowOf(caseId)).toMatchObject({ snoozed_until: null, escalated_to: idOf('approver') })
    await desk.store.updateTable('cases').set({ state: 'closed' }).where('id', '=', caseId).execute()
  })

  test('is left out when many are given to somebody at once, and the list says who could take it', async () => {
    await list(agent)
    const seen = [...agent.page.matchAll(/name="case" value="([\d.]+)"/g)].map(([, value]) => value as string)
    const chosen = seen.filter((each) =>
      [english, japanese].some(({ caseId }) => each.startsWith(`${caseId}.`)),
    )
    const body = new URLSearchParams({ csrf: agent.csrf(), back: '/', to: String(idOf('approver')) })
    for (const each of chosen) body.append('case', each)
    const cookie = [...agent.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(`${desk.origin}/inbox/assign`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body,
    })
    await agent.get(answer.headers.get('location') ?? '')
    expect(agent.page).toContain('1 is in a language that this person does not read:')
    expect(agent.page).toContain('This person does not read it. Who does: The admin.')
    expect(await rowOf(japanese.caseId)).toMatchObject({ assignee_id: null })
    expect(await rowOf(english.caseId)).toMatchObject({ assignee_id: idOf('approver') })
    await desk.store.updateTable('cases').set({ assignee_id: null }).execute()
  })

  test('suggests for notes whom it can be asked, and says so where a note calls somebody else', async () => {
    await agent.get(`/cases/${japanese.caseId}`)
    expect(agent.page).toContain('<code>@admin</code>')
    expect(agent.page).not.toContain('<code>@guest</code>')
    const answer = await agent.post(`/cases/${japanese.caseId}/notes`, { text: '@guest please look' })
    expect(answer.headers.get('location')).toContain('notice=noteToldUnread')
  })
})

describe('the languages of a person', () => {
  test('are chosen by oneself, which the audit log keeps', async () => {
    const body = new URLSearchParams({ csrf: agent.csrf() })
    body.append('reads', 'ja')
    body.append('reads', 'en')
    const cookie = [...agent.cookies].map((pair) => pair.join('=')).join('; ')
    await fetch(`${desk.origin}/me/languages`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body,
    })
    await agent.get('/me')
    expect(agent.page).toMatch(/value="en" checked>/)
    expect(agent.page).toMatch(/value="ja" checked>/)
    const entry = await desk.store
      .selectFrom('audit_log')
      .selectAll()
      .where('action', '=', 'user.languages-changed')
      .executeTakeFirst()
    expect(entry).toMatchObject({ actor: `user:${idOf('agent')}`, detail: { before: '', after: 'en, ja' } })
    await agent.post('/me/languages')
    await agent.get('/me')
    expect(agent.page).not.toMatch(/name="reads" value="\w+" checked>/)
  })

  test('are chosen by an admin, and none but languages are taken', async () => {
    const admin = await signedIn('admin')
    expect((await admin.post(`/people/${idOf('guest')}/languages`, { reads: 'ja' })).status).toBe(303)
    await admin.get('/people')
    expect(admin.page).toContain('<summary>Japanese</summary>')
    expect((await admin.post(`/people/${idOf('guest')}/languages`, { reads: '<b>' })).status).toBe(400)
    await admin.get('/people')
    expect((await admin.post('/people/999999/languages', { reads: 'ja' })).status).toBe(404)
  })

  test('are suggested once, from the browser’s own', async () => {
    await read('agent', null)
    const browser = new Browser(desk.origin)
    browser.language = 'ja-JP,ja;q=0.9,ko;q=0.4'
    await browser.signIn('agent')
    expect(browser.page).toContain('Your browser says Japanese and Korean.')
    expect((await list(browser)).cases).toContain(english.caseId)
    await browser.post('/me/languages', { reads: 'ja', back: '/' })
    const { cases } = await list(browser)
    expect(cases).toEqual(expect.arrayContaining([japanese.caseId, wordless.caseId]))
    expect(cases).not.toContain(english.caseId)
    expect(browser.page).not.toContain('Which languages do you read?')
  })

  test('are not asked for where the browser’s own are all that customers write', async () => {
    await read('agent', null)
    const browser = new Browser(desk.origin)
    browser.language = 'en,ja'
    await browser.signIn('agent')
    expect(browser.page).not.toContain('Which languages do you read?')
  })
})
