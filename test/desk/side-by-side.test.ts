import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const TEXT = 'We are sorry. We look into it.'

let desk: TestDesk
let agent: Browser
let approver: Browser
let admin: Browser
beforeAll(async () => {
  desk = await openDesk({
    fourEyesRules: [{ codes: ['packaging.*'], minSeverity: 2, languages: ['en'] }],
  })
  const signedIn = async (login: string) => {
    const browser = new Browser(desk.origin)
    await browser.signIn(login)
    return browser
  }
  agent = await signedIn('agent')
  approver = await signedIn('approver')
  admin = await signedIn('admin')
})
afterAll(() => desk.close())

const draftOf = (id: number) =>
  desk.store.selectFrom('drafts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const auditOf = (subject: string) =>
  desk.store.selectFrom('audit_log').selectAll().where('subject', '=', subject).orderBy('id').execute()

/** A page's sign of life; it answers with the piece of page that says who is here. */
async function beat(browser: Browser, caseId: number, more: Record<string, string | number> = {}) {
  const csrf = browser.csrf()
  const answer = await browser.post(
    `/cases/${caseId}/presence`,
    { page: 'one', csrf, ...more },
    { 'hx-request': 'true' },
  )
  const piece = browser.page
  await browser.get('/mentions')
  return { status: answer.status, piece }
}

describe('two people on one case', () => {
  test('see each other, and not themselves', async () => {
    const { caseId } = await addCase(desk.store)
    expect((await beat(agent, caseId)).piece).not.toContain('is looking')
    expect((await beat(approver, caseId)).piece).toContain('The agent</bdi> is looking at this case')
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('The approver</bdi> is looking at this case')
    expect(agent.page).not.toContain('The agent</bdi> is looking')
  })

  test('hear of a note without being told that the decision changed', async () => {
    const { caseId } = await addCase(desk.store)
    await approver.get(`/cases/${caseId}`)
    const news = /hx-get="(\/cases\/\d+\/news[^"]*)"/.exec(approver.page)?.[1] as string
    await approver.get(news)
    expect(approver.page.trim()).toBe('')
    await agent.get(`/cases/${caseId}`)
    await agent.post(`/cases/${caseId}/notes`, { text: 'They rang us.' })
    await approver.get(news)
    expect(approver.page).toContain('A colleague has left a note.')
    expect(approver.page).not.toContain('Something changed')
    await agent.post(`/cases/${caseId}/snooze`, { until: 'hour' })
    await approver.get(news)
    expect(approver.page).toContain('Something changed in this case.')
    await approver.get('/mentions')
  })

  test('close nothing under the other’s hands, alone or among many', async () => {
    const { caseId, draftId, postId } = await addCase(desk.store)
    await beat(agent, caseId, { draft: draftId, writing: 'yes' })
    for (const path of ['close', 'not-for-us']) {
      await approver.get('/mentions')
      const answer = await approver.post(`/cases/${caseId}/${path}`, { reason: 'Solved', seen: postId })
      expect(answer.status).toBe(409)
      expect(approver.page).toContain('Nothing was closed. The agent is writing on this draft.')
      expect(approver.page).toContain('id="take-over"')
    }
    await approver.get('/')
    const seen = new RegExp(`value="(${caseId}\\.[\\d.]+)"`).exec(approver.page)?.[1] as string
    const many = await approver.post('/inbox/close', { case: seen, reason: 'Solved' })
    expect(many.headers.get('location')).toContain(`close~0~${caseId}:locked`)
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
    await approver.get('/mentions')
  })

  test('do not see who left, or who gave no sign for 40 seconds', async () => {
    const { caseId } = await addCase(desk.store)
    await beat(agent, caseId)
    await beat(admin, caseId)
    expect((await beat(approver, caseId)).piece).toContain('The admin, The agent')
    expect((await beat(admin, caseId, { leave: 'yes' })).status).toBe(204)
    await desk.store
      .updateTable('case_presence')
      .set({ seen_at: new Date(Date.now() - 41_000) })
      .where('case_id', '=', caseId)
      .where('user_id', '=', (eb) => eb.selectFrom('users').select('id').where('login', '=', 'agent'))
      .execute()
    expect((await beat(approver, caseId)).piece).not.toContain('is looking')
  })

  test('hear of each other through the stream of events at once', async () => {
    const { caseId } = await addCase(desk.store)
    const stop = new AbortController()
    const cookie = [...agent.cookies].map((pair) => pair.join('=')).join('; ')
    const stream = await fetch(`${desk.origin}/events`, { headers: { cookie }, signal: stop.signal })
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
    await beat(approver, caseId)
    let heard = ''
    while (!heard.includes('event: presence')) {
      const { value, done } = await reader.read()
      if (done) break
      heard += new TextDecoder().decode(value)
    }
    stop.abort()
    expect(heard).toContain('event: presence')
  })
})

describe('a draft on which somebody writes', () => {
  test('is neither saved, approved nor rejected by another, whose text is kept', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    expect((await beat(agent, caseId, { writing: 'yes', draft: draftId })).status).toBe(200)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('The agent is writing on this draft')
    expect(approver.page).toMatch(/<textarea[^>]* readonly/)
    const text = 'We are sorry, my own words.'
    for (const verb of ['save', 'approve']) {
      const answer = await approver.post(`/drafts/${draftId}/${verb}`, { version: 1, text })
      expect(answer.status).toBe(409)
      expect(approver.page).toContain('The agent is writing on this draft. Nothing was stored or sent')
      expect(approver.page).toContain(text)
    }
    const rejected = await approver.post(`/drafts/${draftId}/reject`, { version: 1, note: 'Not for us' })
    expect(rejected.status).toBe(409)
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending', version: 1 })
    expect((await agent.post(`/drafts/${draftId}/save`, { version: 1, text: `${TEXT} Soon.` })).status).toBe(
      303,
    )
    // The writer is done: the lock is gone with the saved text.
    expect(
      (await approver.post(`/drafts/${draftId}/approve`, { version: 2, text: `${TEXT} Soon.` })).status,
    ).toBe(303)
  })

  test('can be taken over by whoever confirms it, which the audit log keeps', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await beat(agent, caseId, { writing: 'yes', draft: draftId })
    expect((await approver.post(`/drafts/${draftId}/lock`)).status).toBe(409)
    expect((await approver.post(`/drafts/${draftId}/lock`, { takeOver: 'yes' })).status).toBe(303)
    expect((await auditOf(`draft:${draftId}`)).map((entry) => entry.action)).toEqual([
      'draft.lock-taken-over',
    ])
    const text = 'We are sorry, what the agent typed.'
    expect((await agent.post(`/drafts/${draftId}/save`, { version: 1, text })).status).toBe(409)
    expect(agent.page).toContain('The approver is writing on this draft')
    expect(agent.page).toContain(text)
    await agent.get('/mentions')
  })

  test('keeps what was typed when its lock is taken over with words in the editor', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await beat(agent, caseId, { writing: 'yes', draft: draftId })
    const text = 'We are sorry, typed before.'
    const taken = await approver.post(`/drafts/${draftId}/lock`, { takeOver: 'yes', text })
    expect(taken.status).toBe(200)
    expect(approver.page).toMatch(/<textarea[^>]*>We are sorry, typed before\.<\/textarea>/)
  })

  test('is free again when its writer stops, leaves, or gives no sign of life', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    const write = () => beat(agent, caseId, { writing: 'yes', draft: draftId })
    const free = async () => !(await beat(approver, caseId, { draft: draftId })).piece.includes('data-locked')
    await write()
    expect(await free()).toBe(false)
    await beat(agent, caseId, { writing: 'no', draft: draftId })
    expect(await free()).toBe(true)
    await write()
    await beat(agent, caseId, { leave: 'yes' })
    expect(await free()).toBe(true)
    await write()
    await desk.store
      .updateTable('draft_locks')
      .set({ expires_at: new Date(Date.now() - 1) })
      .where('draft_id', '=', draftId)
      .execute()
    expect(await free()).toBe(true)
  })

  test('stays locked while its writer writes in another window', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    const write = (page: string, writing: string) => beat(agent, caseId, { page, writing, draft: draftId })
    const locked = async () =>
      (await beat(approver, caseId, { draft: draftId })).piece.includes('data-locked')
    await write('one', 'yes')
    await write('two', 'yes')
    await write('one', 'no')
    expect(await locked()).toBe(true)
    await write('two', 'no')
    expect(await locked()).toBe(false)
  })

  test('is locked without JavaScript, too, for as long as writing takes', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain(`formaction="/drafts/${draftId}/lock"`)
    expect((await agent.post(`/drafts/${draftId}/lock`)).status).toBe(303)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('The agent is writing on this draft')
  })

  test('is not locked by a viewer, nor by a page of another case', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    const other = await addCase(desk.store)
    const viewer = new Browser(desk.origin)
    await viewer.signIn('viewer')
    await beat(viewer, caseId, { writing: 'yes', draft: draftId })
    await beat(agent, other.caseId, { writing: 'yes', draft: draftId })
    expect(
      await desk.store.selectFrom('draft_locks').selectAll().where('draft_id', '=', draftId).execute(),
    ).toEqual([])
  })
})

describe('four eyes', () => {
  /** A case that the rule of this desk is about. */
  async function delicate(given: { severity?: number; language?: string } = {}) {
    const added = await addCase(desk.store, { severity: 2, ...given })
    await desk.store
      .updateTable('cases')
      .set({ code: 'packaging.damage', codes: ['packaging.damage'] })
      .where('id', '=', added.caseId)
      .execute()
    return added
  }

  test('let nobody approve what they changed, in one step or in two', async () => {
    const { caseId, draftId } = await delicate()
    const mine = 'We are sorry, in words of mine.'
    const once = await approver.post(`/drafts/${draftId}/approve`, { version: 1, text: mine })
    expect(once.status).toBe(409)
    expect(approver.page).toContain('Policy asks for four eyes here, and you changed this text yourself')
    expect(approver.page).toContain(mine)
    expect((await approver.post(`/drafts/${draftId}/save`, { version: 1, text: mine })).status).toBe(303)
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 2, text: mine })).status).toBe(409)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('You changed this text, so somebody else must approve it')
    expect(approver.page).not.toContain(`formaction="/drafts/${draftId}/approve"`)
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending', version: 2 })
    expect((await admin.post(`/drafts/${draftId}/approve`, { version: 2, text: mine })).status).toBe(303)
  })

  test('do not forget an earlier editor when somebody else edits after them', async () => {
    const { draftId } = await delicate()
    await approver.post(`/drafts/${draftId}/save`, { version: 1, text: 'We are sorry, first.' })
    await agent.post(`/drafts/${draftId}/save`, { version: 2, text: 'We are sorry, first and second.' })
    const text = 'We are sorry, first and second.'
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 3, text })).status).toBe(409)
    expect((await admin.post(`/drafts/${draftId}/approve`, { version: 3, text })).status).toBe(303)
    await approver.get('/mentions')
  })

  test('let one person approve what nobody changed', async () => {
    const { draftId } = await delicate()
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 1, text: TEXT })).status).toBe(303)
  })

  test('are asked for by code, severity and language together', async () => {
    const plain = await addCase(desk.store, { severity: 2 })
    const light = await delicate({ severity: 1 })
    const other = await delicate({ language: 'ja' })
    for (const { draftId } of [plain, light, other]) {
      const text = 'We are sorry. 申し訳ございません。'
      expect((await approver.post(`/drafts/${draftId}/approve`, { version: 1, text })).status).toBe(303)
    }
  })

  test('hold for what is posted by hand', async () => {
    const { draftId } = await delicate()
    await desk.store.updateTable('drafts').set({ delivery: 'manual' }).where('id', '=', draftId).execute()
    const text = 'We are sorry, by hand.'
    expect((await approver.post(`/drafts/${draftId}/posted`, { version: 1, text })).status).toBe(409)
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
    expect((await admin.post(`/drafts/${draftId}/posted`, { version: 2, text })).status).toBe(303)
    await approver.get('/mentions')
  })
})
