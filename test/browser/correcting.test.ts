import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCase, openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'

let desk: TestDesk
let browser: Browser
let page: Page
const faults: string[] = []

beforeAll(async () => {
  desk = await openDesk()
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
  page = await browser.newPage({ locale: 'en-GB' })
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${desk.origin}/sign-in`)
  await page.locator('input[name=login]').fill('agent')
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
})
afterAll(async () => {
  await browser?.close()
  await desk?.close()
})

test('a code is corrected from the keyboard alone, and sticks', async () => {
  const { caseId } = await addCase(desk.store)
  await page.goto(`${desk.origin}/cases/${caseId}`)
  await page.keyboard.press('c')
  await page.keyboard.type('Damaged')
  await page.keyboard.press('Tab')
  await page.keyboard.type('urgent')
  // The further codes: unfold them, and tick the first.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  expect(await page.locator('#recode input[name=also]:visible').count()).toBe(3)
  await page.keyboard.press('Enter')
  await page.waitForURL(/notice=recoded/)

  expect(await page.getByText('The code is changed.').isVisible()).toBe(true)
  expect(await page.locator('.case-head .code').innerText()).toBe('Damaged in transit')
  expect(await page.locator('.case-head .severity').innerText()).toBe('urgent')
  expect(await page.locator('.why').innerText()).toContain('Damaged in transit: chosen by The agent.')
  expect(await page.locator('.history li').first().innerText()).toContain('Code changed The agent')
  const stored = await desk.store
    .selectFrom('cases')
    .select(['code', 'codes', 'severity'])
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow()
  expect(stored).toEqual({
    code: 'packaging.damage',
    codes: ['packaging.damage', 'delivery.late'],
    severity: 3,
  })
  expect(faults).toEqual([])
})
