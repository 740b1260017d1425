import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const TYPED = 'We are sorry, typed on the first version.'
const THEIRS = 'We are sorry, what a colleague saved.'

let desk: TestDesk
let agent: Browser
let approver: Browser
let caseId: number
let draftId: number
let postId: number
beforeAll(async () => {
  desk = await openDesk()
  agent = await signedIn('agent')
  approver = await signedIn('approver')
})
afterAll(() => desk?.close())

async function signedIn(login: string) {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  return browser
}

/** The page that came back says so, and shows both. */
function toldOfBoth(browser: Browser) {
  expect(browser.page).toContain('role="alert"')
  expect(browser.page).toContain(THEIRS)
  expect(browser.page).toMatch(new RegExp(`<textarea[^>]*>${TYPED}</textarea>`))
}

describe('words typed on an outdated version, without JavaScript', () => {
  beforeEach(async () => {
    ;({ caseId, draftId, postId } = await addCase(desk.store))
    await agent.get(`/cases/${caseId}`)
    await approver.get(`/cases/${caseId}`)
    expect((await approver.post(`/drafts/${draftId}/save`, { version: 1, text: THEIRS })).status).toBe(303)
  })

  test.each(['check', 'others', 'lock'])(
    'are told of at “%s”, before they take the newer ones’ place',
    async (act) => {
      expect((await agent.post(`/drafts/${draftId}/${act}`, { version: 1, text: TYPED })).status).toBe(409)
      toldOfBoth(agent)
    },
  )

  test('are told of when a lock is taken over with them', async () => {
    await approver.get(`/cases/${caseId}`)
    await approver.post(`/drafts/${draftId}/lock`)
    const taken = await agent.post(`/drafts/${draftId}/lock`, { takeOver: 'yes', version: 1, text: TYPED })
    expect(taken.status).toBe(409)
    toldOfBoth(agent)
  })

  test('are told of where a new draft took the place of the one they were typed for', async () => {
    await desk.store.updateTable('drafts').set({ state: 'superseded' }).where('id', '=', draftId).execute()
    await desk.store
      .insertInto('drafts')
      .values({
        case_id: caseId,
        post_id: postId,
        state: 'pending',
        delivery: 'api',
        locale: 'en',
        text: THEIRS,
        checks: '[]',
        weighted_length: 30,
        cost_micro_usd: 10_000,
      })
      .execute()
    expect((await agent.post(`/drafts/${draftId}/check`, { version: 1, text: TYPED })).status).toBe(409)
    toldOfBoth(agent)
  })

  test('are checked without a word where nothing changed', async () => {
    expect((await agent.post(`/drafts/${draftId}/check`, { version: 2, text: TYPED })).status).toBe(200)
    expect(agent.page).not.toContain('role="alert"')
  })
})
