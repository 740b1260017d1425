import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLanguageModel, createMemoryBudget, createMemoryCache } from '../../src/language-model/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import { addCase, openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { smallTemplates } from '../support/small-templates.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const DRAFT = "We're sorry that your parcel is late. We look for it and answer within two hours."
const KINDER =
  "We're very sorry that your parcel is late. We look for it now and answer you within two hours."

const templates = smallTemplates()
let server: ModelServer
let desk: TestDesk
let browser: Browser
beforeAll(async () => {
  server = await startModelServer()
  server.behave({ kind: 'answer', answer: { text: KINDER }, delayMs: 300 })
  const model = createLanguageModel({
    apiKey: null,
    baseUrl: server.baseUrl,
    model: 'test-model',
    price: { inputMicroUsd: 1_000_000, outputMicroUsd: 10_000_000 },
    timeoutMs: 5000,
    concurrency: 4,
    budget: createMemoryBudget(100_000_000),
    cache: createMemoryCache(),
  })
  desk = await openDesk({ writing: { replies: loadReplies(templates.dir), model } })
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  await browser?.close()
  await desk?.close()
  await server?.close()
  templates.remove()
})

async function openCase(options: Parameters<Browser['newContext']>[0] = {}, language = 'en') {
  const { caseId, draftId } = await addCase(desk.store, { draft: DRAFT })
  await desk.store
    .updateTable('drafts')
    .set({ template: 'delivery.late/en#1' })
    .where('id', '=', draftId)
    .execute()
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await page.goto(`${desk.origin}/sign-in`)
  await page.locator('input[name=login]').fill('agent')
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
  await page.locator(`button[name=language][value=${language}]`).first().click()
  await page.goto(`${desk.origin}/cases/${caseId}`)
  return { page, draftId }
}
const textOf = async (draftId: number) =>
  (await desk.store.selectFrom('drafts').select('text').where('id', '=', draftId).executeTakeFirst())?.text

test('a kinder wording comes beside the editor without a reload and goes in with one click', async () => {
  const { page, draftId } = await openCase()
  await page.locator('#text').press('End')
  const loaded = await page.evaluate(() => performance.timeOrigin)
  await page.getByRole('button', { name: 'Kinder' }).click()
  await page.locator('#asking').waitFor()
  await page.locator('#reworded ins').first().waitFor()
  expect(await page.locator('#asking').isVisible()).toBe(false)
  expect(await page.evaluate(() => performance.timeOrigin)).toBe(loaded)
  expect(await page.locator('#text').inputValue()).toBe(DRAFT)
  await page.getByRole('button', { name: 'Take it over' }).click()
  await page.waitForURL(/notice=modelTextTaken/)
  expect(await page.locator('#text').inputValue()).toBe(KINDER)
  expect(await textOf(draftId)).toBe(KINDER)
  await page.context().close()
})

test('words typed in between are asked about before another text takes their place', async () => {
  const { page, draftId } = await openCase()
  await page.getByRole('button', { name: 'Kinder' }).click()
  await page.locator('#reworded ins').first().waitFor()
  await page.locator('#text').fill('We are sorry, in my own words.')
  await page.getByRole('button', { name: 'Take it over' }).click()
  await page.locator('#not-taken').waitFor()
  expect(await page.locator('#text').inputValue()).toBe('We are sorry, in my own words.')
  expect(await textOf(draftId)).toBe(DRAFT)
  await page.getByRole('button', { name: 'Kinder' }).click()
  await page.locator('#reworded section').waitFor()
  await page.getByRole('button', { name: 'Replace my words' }).click()
  await page.waitForURL(/notice=modelTextTaken/)
  expect(await textOf(draftId)).toBe(KINDER)
  await page.context().close()
})

test('without JavaScript another text is chosen, and a wording asked for, all the same', async () => {
  const { page, draftId } = await openCase({ javaScriptEnabled: false })
  await page.getByRole('button', { name: 'Kinder' }).click()
  await page.locator('#reworded ins').first().waitFor()
  await page.getByRole('button', { name: 'Other drafts' }).click()
  await page.getByRole('button', { name: 'Use this one, number 1' }).click()
  await page.waitForURL(/notice=textChosen/)
  expect(await textOf(draftId)).toContain('You counted on us')
  await page.context().close()
})

async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE })
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run(),
  )
  return found.violations.map(({ id }) => id)
}

test.each([
  ['light', 'en'],
  ['dark', 'ja'],
] as const)('axe objects to nothing of it in the %s theme, in %s', async (colorScheme, language) => {
  const { page } = await openCase({ colorScheme, bypassCSP: true }, language)
  await page.locator('button[name=wish]').first().click()
  await page.locator('#reworded ins').first().waitFor()
  await page.locator('button[formaction$=others]').click()
  await page.locator('#others li').first().waitFor()
  for (const more of await page.locator('.twin > summary').all()) await more.click()
  expect(await violations(page)).toEqual([])
  await page.context().close()
})
