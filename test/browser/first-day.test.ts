import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/store/free-port.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { until } from '../support/until.ts'

let folder: string
let product: ChildProcess
let output = ''
let browser: Browser
let page: Page
const faults: string[] = []

/** What a newcomer does: `npm start`, with nothing set but a port and a folder of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kikimimi-browser-'))
  product = spawn('npm', ['start'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: folder,
      PORT: String(await freePort()),
      // As in a user's shell: the product is to find its own Node.
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  for (const stream of [product.stdout, product.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk
    })
  }
  await until('it listens', () => output.includes('Kikimimi is listening'), 30_000)
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
})

afterAll(async () => {
  await browser?.close()
  if (product?.pid && product.exitCode === null) {
    const ended = new Promise((done) => product.once('exit', done))
    process.kill(-product.pid, 'SIGTERM')
    await ended
  }
  await rm(folder, { recursive: true, force: true })
})

const sandboxPages = () => /Watch it: (http:\/\/\S+)/.exec(output)?.[1] as string

test('a newcomer signs in with the printed link, reads, approves, and sees what came of it', async () => {
  const link = /http:\/\/localhost:\d+\/welcome\?token=\S+/.exec(output)?.[0] as string
  await page.goto(link)
  await page.getByLabel(/^(your )?name/i).fill('Aiko Mori')
  await page.locator('input[name=login]').fill('aiko')
  for (const field of await page.locator('input[type=password]').all())
    await field.fill('correct horse battery')
  await page.locator('main form button').first().click()
  await page.waitForURL((url) => url.pathname === '/')

  // Drafts for Japanese and English posts stand in the inbox.
  const previews = (language: string) => page.locator(`.preview[lang="${language}"]`)
  await until(
    'drafts in both languages stand there',
    async () => {
      await page.goto(new URL('/', link).href)
      return (await previews('ja').count()) > 0 && (await previews('en').count()) > 0
    },
    60_000,
  )
  expect(await page.getByText('Sandbox').first().isVisible()).toBe(true)

  // One that mentions us is approved as it stands.
  await page.locator('li.case:has(.preview[lang="ja"]):not(:has(.tags .tag)) h2 a').first().click()
  await page.waitForURL(/\/cases\/\d+/)
  const text = await page.locator('#text').inputValue()
  expect(text).toMatch(/[ぁ-ん]/)
  await page.getByRole('button', { name: /Approve/ }).click()
  await page.waitForLoadState()

  const onX = await until('the reply stands on the sandbox’s X', async () => {
    const answer = await fetch(`${sandboxPages()}/x.json`)
    const body = await answer.text()
    return body.includes(JSON.stringify(text).slice(1, -1)) ? body : null
  })
  expect(onX.split(JSON.stringify(text).slice(1, -1)).length - 1).toBeGreaterThanOrEqual(1)
  await page.goto(`${sandboxPages()}/x`)
  expect(await page.getByText(text.slice(0, 30)).first().isVisible()).toBe(true)
})

test('the bad stream of Casablanca is refunded and its mail is in the inbox of the sandbox', async () => {
  const home = /The page: (http:\/\/\S+)/.exec(output)?.[1] as string
  await until(
    'the refunds page shows it as paid',
    async () => {
      await page.goto(`${home}/refunds`)
      const row = page.locator('main').getByText('Casablanca').first()
      return (await row.count()) > 0 && (await page.locator('main').innerText()).includes('$2.99')
    },
    60_000,
  )
  await until(
    'the mail is there',
    async () => {
      await page.goto(`${sandboxPages()}/inbox`)
      return (await page.locator('body').innerText()).includes('Casablanca')
    },
    30_000,
  )
})

test('every page of the desk opens without a fault in the browser’s console, in English and Japanese', async () => {
  const home = /The page: (http:\/\/\S+)/.exec(output)?.[1] as string
  for (const language of ['en', 'ja']) {
    await page.context().setExtraHTTPHeaders({ 'accept-language': language })
    for (const path of ['/', '/?view=all', '/refunds', '/streaming', '/health', '/people']) {
      const answer = await page.goto(`${home}${path}`)
      expect(answer?.status(), path).toBe(200)
    }
  }
  expect(faults).toEqual([])
})

test('the desk works with JavaScript off', async () => {
  const home = /The page: (http:\/\/\S+)/.exec(output)?.[1] as string
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' })
  const plain = await context.newPage()
  await plain.goto(`${home}/sign-in`)
  await plain.locator('input[name=login]').fill('aiko')
  await plain.locator('input[type=password]').fill('correct horse battery')
  await plain.locator('main form button').first().click()
  await plain.waitForURL((url) => url.pathname === '/')
  await plain.locator('li.case:has(.preview[lang="en"]) h2 a').first().click()
  const before = await plain.locator('#text').inputValue()
  await plain.locator('#text').fill(`${before} Thank you for your patience with us.`)
  await plain.getByRole('button', { name: /^Save/ }).click()
  await plain.waitForLoadState()
  expect(await plain.locator('#text').inputValue()).toContain('patience with us')
  await context.close()
})
