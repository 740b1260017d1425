import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCase, openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'

/** A key decides only on a case that was before the eyes for a moment. */
const SEEN_MS = 800

let desk: TestDesk
let browser: Browser
const faults: string[] = []

beforeAll(async () => {
  desk = await openDesk()
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  await browser?.close()
  await desk?.close()
})

async function signIn(login: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${desk.origin}/sign-in`)
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
  return page
}
const draftOf = (id: number) =>
  desk.store.selectFrom('drafts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

test('an approval is given with one key and taken back with another', async () => {
  const page = await signIn('approver')
  const { caseId, draftId } = await addCase(desk.store, { severity: 3 })
  await addCase(desk.store)
  await page.goto(`${desk.origin}/cases/${caseId}`)
  await page.waitForFunction((ms) => performance.now() > ms, SEEN_MS)
  await page.keyboard.press('a')
  await page.waitForURL(/notice=approved/)
  expect(page.url()).not.toContain(`/cases/${caseId}?`)
  expect(await page.locator('#undo .seconds').innerText()).toMatch(/^([1-9]|10)$/)
  await page.keyboard.press('u')
  await page.waitForURL(/notice=undone/)
  expect(page.url()).toContain(`/cases/${caseId}?`)
  expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
  await page.context().close()
})

test('the offer to undo goes when its time is over, and u leads to the inbox again', async () => {
  const page = await signIn('approver')
  await page.clock.install()
  const { caseId, draftId } = await addCase(desk.store, { severity: 3 })
  await page.goto(`${desk.origin}/cases/${caseId}`)
  await page.clock.runFor(SEEN_MS)
  await page.keyboard.press('a')
  await page.waitForURL(/notice=approved/)
  await page.locator('#undo .seconds').waitFor()
  await page.clock.runFor(10_500)
  await page.locator('#undo').waitFor({ state: 'detached' })
  await page.keyboard.press('u')
  await page.waitForURL((url) => url.pathname === '/')
  expect(await draftOf(draftId)).toMatchObject({ state: 'approved' })
  await page.context().close()
})

test('whoever begins to write locks the draft for the other, who can take it over', async () => {
  const { caseId, draftId } = await addCase(desk.store)
  const [agent, approver] = await Promise.all([signIn('agent'), signIn('approver')])
  await agent.goto(`${desk.origin}/cases/${caseId}`)
  await approver.goto(`${desk.origin}/cases/${caseId}`)
  await agent.getByText('is looking at this case').waitFor()

  await agent.locator('#text').press('End')
  await agent.keyboard.type(' More.')
  await approver.getByText('The agent is writing on this draft.').waitFor()
  expect(await approver.locator('#text').getAttribute('readonly')).not.toBeNull()
  expect(await approver.locator('button[data-key=a]').isDisabled()).toBe(true)

  await approver.getByText('Take over', { exact: true }).click()
  await approver.getByRole('button', { name: 'Take over the draft' }).click()
  await approver.waitForURL(/notice=lockTaken|\/lock$/)
  await agent.getByText('The approver is writing on this draft.').waitFor()
  expect(await agent.locator('#text').inputValue()).toContain('More.')
  expect(await agent.locator('#text').getAttribute('readonly')).not.toBeNull()

  await approver.locator('#text').fill('We are sorry. The last word.')
  await approver.getByRole('button', { name: 'Save' }).click()
  await approver.waitForURL(/notice=saved/)
  await agent.getByText('is writing on this draft.').waitFor({ state: 'detached' })
  expect(await draftOf(draftId)).toMatchObject({ text: 'We are sorry. The last word.' })
  await approver.close()
  await agent.getByText('is looking at this case').waitFor({ state: 'detached' })
  await agent.context().close()
  await approver.context().close()
})

test('a case is snoozed from the keyboard', async () => {
  const page = await signIn('agent')
  const { caseId } = await addCase(desk.store)
  await page.goto(`${desk.origin}/cases/${caseId}`)
  await page.keyboard.press('s')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(/notice=snoozed/)
  const row = await desk.store
    .selectFrom('cases')
    .select('snoozed_until')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow()
  expect(row.snoozed_until?.toISOString()).toMatch(/T00:00:00\.000Z$/)
  await page.context().close()
})

test('without JavaScript an approval can be taken back, too', async () => {
  const page = await signIn('approver', { javaScriptEnabled: false })
  const { caseId, draftId } = await addCase(desk.store, { severity: 3 })
  await page.goto(`${desk.origin}/cases/${caseId}`)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await page.waitForURL(/notice=undone/)
  expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
  await page.context().close()
})

test('no page had a fault', () => {
  expect(faults).toEqual([])
})
