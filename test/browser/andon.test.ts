import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Role } from '../../src/store/schema.ts'
import { PASSWORD } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

/** The whole product over a sandbox: from a post to a stopped sale and back. With SCREENSHOTS=folder it is looked at. */
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const FOLDER = process.env.SCREENSHOTS
const PEOPLE: [name: string, login: string, role: Role][] = [
  ['Haruka Sato', 'haruka', 'agent'],
  ['Ren Ito', 'ren', 'agent'],
  ['Mika Abe', 'mika', 'approver'],
]

let product: TestProduct
let browser: Browser
beforeAll(async () => {
  product = await startProduct({ env: { X_POLL_SECONDS: '1' } })
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
  const password_hash = await hash(PASSWORD)
  await product.db.store
    .insertInto('users')
    .values(PEOPLE.map(([name, login, role]) => ({ name, login, role, password_hash, languages: [] })))
    .execute()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await product?.close()
})

async function enter(login: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(`${product.origin}/sign-in`)
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
  return page
}

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(readFileSync(AXE, 'utf8'))
  const broken = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as never as { axe: { run(): Promise<{ violations: object[] }> } }
    ).axe.run()
    return violations
  })
  expect(broken).toEqual([])
}

/** Each page in every light, language and size. */
async function keepPictures(name: string, path: string): Promise<void> {
  if (!FOLDER) return
  await mkdir(FOLDER, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries({
      phone: { width: 390, height: 844 },
      wide: { width: 1440, height: 900 },
    })) {
      const page = await enter('mika', { colorScheme, viewport })
      for (const language of ['en', 'ja']) {
        await page.locator(`button[name=language][value=${language}]`).first().click()
        await page.goto(`${product.origin}${path}`)
        const wide = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect(wide, `${name} ${size} ${language}`).toBeLessThanOrEqual(0)
        await page.screenshot({
          path: join(FOLDER, `${name}-${colorScheme}-${language}-${size}.png`),
          fullPage: true,
        })
      }
      await page.locator('button[name=language][value=en]').first().click()
      await page.context().close()
    }
  }
}

test('a danger is on the board within a minute, the sale is stopped from it, and goes on with cause, fix and name', async () => {
  const { x, shop } = product.sandbox
  const { store } = product.db
  const haruka = await enter('haruka')
  await haruka.goto(`${product.origin}/andon`)
  expect(await haruka.locator('#board').textContent()).toContain('Nothing is out of the ordinary.')
  await expectAccessible(haruka)
  const said = Date.now()
  x.control.post({
    author: 'worried_customer',
    text: '@hinata_shop The Kotori heater caught fire in our living room, my hand is burnt',
  })
  // the board looks by itself
  await haruka.locator('#board a[href^="/andon/signals/"]').first().waitFor({ timeout: 60_000 })
  expect(Date.now() - said).toBeLessThan(60_000)
  const before = await until('the answer is drafted', async () =>
    store
      .selectFrom('drafts')
      .select(['case_id', 'template'])
      .where('state', '=', 'pending')
      .executeTakeFirst(),
  )
  expect(before.template).toMatch(/^item\.safety\//)

  await haruka.locator('#board a[href^="/andon/signals/"]').first().click()
  await haruka.getByText('caught fire in our living room').waitFor()
  expect(await haruka.locator('main').textContent()).not.toContain('worried_customer')
  await expectAccessible(haruka)
  await keepPictures('signal', new URL(haruka.url()).pathname)
  // two at once
  const ren = await enter('ren')
  await ren.goto(haruka.url())
  for (const page of [haruka, ren]) await page.locator('input[name=reason]').fill('It catches fire')
  await Promise.all(
    [haruka, ren].map(async (page) => {
      await page.locator('form[action="/andon/pull"] button').click()
      await page.waitForURL((url) => url.pathname.startsWith('/andon/cords/'))
    }),
  )
  const notices = await Promise.all([haruka, ren].map((page) => page.locator('.notice').textContent()))
  expect(notices.filter((notice) => notice?.includes('Somebody stopped this before you'))).toHaveLength(1)
  await haruka.getByText('The shop has stopped the sale.').waitFor({ timeout: 20_000 })
  expect(await haruka.locator('#shop-told').textContent()).toContain('1 order line is held.')
  expect(shop.control.stopped()).toEqual(['heater-kotori'])
  expect(shop.control.cords()).toHaveLength(1)
  await expectAccessible(haruka)
  const after = await until('the answer is written anew', async () =>
    store
      .selectFrom('drafts')
      .select(['template', 'text'])
      .where('case_id', '=', before.case_id)
      .where('state', '=', 'pending')
      .where('template', 'like', '\\_stopped/%')
      .executeTakeFirst(),
  )
  expect(after.text).toMatch(/heater/)
  // an agent can not let it go
  expect(await haruka.locator('form[action$="/resume"]').count()).toBe(0)
  await keepPictures('stopped', '/andon')
  await keepPictures('cord', new URL(haruka.url()).pathname)

  const mika = await enter('mika')
  await mika.locator('.stopped a').first().click()
  await mika.locator('textarea[name=cause]').fill('A loose wire in one batch')
  await mika.locator('textarea[name=fix]').fill('The batch was taken back')
  await mika.locator('input[name=vouched]').fill('Mika Abe')
  await mika.locator('form[action$="/resume"] button').click()
  await mika.getByText('The sale is resumed.').waitFor()
  await until('the shop sells it again', () => shop.control.stopped().length === 0)
  await mika.reload()
  expect(await mika.locator('.stopped').count()).toBe(0)
  await expectAccessible(mika)
  await mika.goto(`${product.origin}/andon`)
  await mika.getByText('The batch was taken back').waitFor()
  await keepPictures('resumed', '/andon')
}, 240_000)
