import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { customerOf } from '../../src/store/author-links.ts'
import { openClaims, type TestClaims } from '../claims/claims-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'

const folder = mkdtempSync(join(tmpdir(), 'kikimimi-claims-'))
let box: Sandbox
let claims: TestClaims
let browser: Browser

beforeAll(async () => {
  box = await startSandbox({ dir: folder, feed: 'none' })
  claims = await openClaims(box)
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  await browser?.close()
  await claims?.close()
  await box?.close()
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  ['a telephone', { width: 360, height: 700 }, true],
  ['a desk, without JavaScript', { width: 1280, height: 800 }, false],
])('on %s an author finds the way through both sign-ins and back', async (_, viewport, javaScriptEnabled) => {
  box.x.control.post({ author: 'misaki', text: '@hinata_shop 違う品が届きました' })
  const authorId = box.x.control.addUser('misaki')
  const link = claims.linking.claimLink({ caseId: 1, network: 'x', authorId, now: new Date() }) as string
  const context = await browser.newContext({ locale: 'ja-JP', viewport, javaScriptEnabled })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  await page.goto(link)
  expect(await page.title()).toBe('ご本人の確認をお願いいたします · ひなた')
  // Nothing sticks out at the side.
  expect(
    await page
      .locator('body')
      .evaluate((body) => body.scrollWidth <= body.ownerDocument.documentElement.clientWidth),
  ).toBe(true)
  await page.getByRole('button', { name: 'Xにログインする' }).click()

  await page.waitForURL(/i\/oauth2\/authorize/)
  await page.locator('select').selectOption('misaki')
  await page.getByRole('button', { name: 'Authorize app' }).click()

  await page.waitForURL(/shop\/oidc\/authorize/)
  await page.locator('select').selectOption('cus_1002')
  await page.getByRole('button', { name: 'Sign in' }).click()

  await page.waitForURL(/\/c\/consent/)
  expect(await page.locator('dl').innerText()).toMatch(/@misaki[\s\S]*佐••• 美•••/)
  expect(
    await page
      .locator('body')
      .evaluate((body) => body.scrollWidth <= body.ownerDocument.documentElement.clientWidth),
  ).toBe(true)
  await page.getByRole('link', { name: 'English' }).click()
  await page.getByRole('button', { name: 'Yes, link them' }).click()

  await page.waitForURL(/\/c\/linked/)
  expect(await page.locator('h1').innerText()).toBe('Thank you, that was all')
  expect(await customerOf(claims.store, 'x', authorId)).toBe('cus_1002')
  await page.getByRole('button', { name: 'End this link' }).click()
  await page.getByText('The link has ended').first().waitFor()
  expect(await customerOf(claims.store, 'x', authorId)).toBeNull()
  expect(faults).toEqual([])
  await context.close()
})
