import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const TEXT = 'We are sorry. We look into it.'

let desk: TestDesk
let approver: Browser
let admin: Browser
let caseId: number
let draftId: number
beforeAll(async () => {
  desk = await openDesk()
  approver = await signedIn('approver')
  admin = await signedIn('admin')
})
afterAll(() => desk?.close())

async function signedIn(login: string) {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  return browser
}

const open = (browser: Browser, version: number, text = TEXT) =>
  browser.post(`/drafts/${draftId}/composer`, { version, text })

async function beat(more: Record<string, string | number>) {
  await approver.post(`/cases/${caseId}/presence`, { page: 'one', ...more }, { 'hx-request': 'true' })
  await approver.get('/mentions')
}

describe('whoever has X’s composer open', () => {
  beforeEach(async () => {
    const added = await addCase(desk.store, { delivery: 'manual', summoned: false })
    caseId = added.caseId
    draftId = added.draftId
    await admin.get('/mentions')
    await approver.get('/mentions')
  })

  test('has the case to themselves though they close its page, whose editor holds other words', async () => {
    await beat({ draft: draftId, writing: 'yes' })
    expect((await open(approver, 1, `${TEXT} Soon.`)).status).toBe(200)
    await beat({ leave: 'yes' })
    expect((await open(admin, 1)).status).toBe(409)
    expect(admin.page).toContain('The approver is writing on this draft')
  })

  test('has it to themselves though they go back to the first wording', async () => {
    await beat({ draft: draftId, writing: 'yes' })
    await open(approver, 1, `${TEXT} Soon.`)
    await beat({ draft: draftId, writing: 'no' })
    expect((await open(admin, 1)).status).toBe(409)
  })

  test('has it to themselves though they save what they post', async () => {
    await open(approver, 1, `${TEXT} Soon.`)
    await approver.get(`/cases/${caseId}`)
    expect(
      (await approver.post(`/drafts/${draftId}/save`, { version: 1, text: `${TEXT} Soon.` })).status,
    ).toBe(303)
    expect((await open(admin, 2)).status).toBe(409)
  })

  test('is named for a day to everybody else, who might answer a second time', async () => {
    await open(approver, 1)
    const longAgo = new Date(Date.now() - 20 * 60_000)
    await desk.store.updateTable('composers').set({ opened_at: longAgo }).execute()
    await desk.store.updateTable('draft_locks').set({ expires_at: new Date() }).execute()
    await admin.get(`/cases/${caseId}`)
    expect(admin.page).toContain('The approver opened X&#39;s composer for this case 20 min')
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('You have X&#39;s composer open')
    expect(approver.page).not.toContain('The approver opened')
  })

  test('lets go with the answer that they say they posted', async () => {
    await open(approver, 1)
    await approver.get(`/cases/${caseId}`)
    const answer = await approver.post(`/drafts/${draftId}/posted`, { version: 1, text: TEXT })
    expect(answer.status).toBe(303)
    await admin.get(`/cases/${caseId}`)
    expect(admin.page).not.toContain('The approver is writing')
  })
})
