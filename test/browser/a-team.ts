import { hash } from '@node-rs/argon2'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Store } from '../../src/store/database.ts'
import type { Role } from '../../src/store/schema.ts'
import { PASSWORD } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'

/** A key decides only on a case that was before the eyes for a moment. */
const SEEN_MS = 700

/** People at their screens, each with a browser of their own. */
export interface Team {
  /** Signs somebody in and shows their inbox. */
  signIn(login: string, options?: BrowserContextOptions & { at?: string }): Promise<Page>
  /** What any of their pages complained about. */
  faults: string[]
  close(): Promise<void>
}

export async function gatherTeam(origin: () => string): Promise<Team> {
  const browser: Browser = await chromium.launch({
    executablePath: findChromium() ?? '',
    args: CHROMIUM_FLAGS,
  })
  const faults: string[] = []
  return {
    faults,
    async signIn(login, { at = origin(), ...options } = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options })
      context.setDefaultTimeout(15_000)
      if (options.javaScriptEnabled !== false) await context.addInitScript(WATCH)
      const page = await context.newPage()
      page.on('pageerror', (error) => faults.push(error.message))
      await page.goto(`${at}/sign-in`)
      await page.locator('input[name=login]').fill(login)
      await page.locator('input[type=password]').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL((url) => url.pathname === '/')
      return page
    },
    close: () => browser.close(),
  }
}

/** Somebody who signs in with PASSWORD. */
export async function employ(store: Store, name: string, role: Role): Promise<number> {
  const { id } = await store
    .insertInto('users')
    .values({ name, login: name.toLowerCase(), password_hash: await hash(PASSWORD), role })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Waits until the page takes keys that decide. */
export async function whenSeen(page: Page): Promise<void> {
  await page.waitForLoadState()
  await page.waitForFunction((ms) => performance.now() > ms, SEEN_MS)
}

/** Remembers the last key over the way to the next page, and what changed in live regions since a page came. */
const WATCH = `
  addEventListener('keydown', () =>
    sessionStorage.setItem('pressed', performance.timeOrigin + performance.now()), true)
  globalThis.spoken = []
  addEventListener('DOMContentLoaded', () => new MutationObserver((records) => {
    for (const { target, addedNodes } of records)
      if (target.closest?.('[role=status], [role=alert], [aria-live]'))
        for (const node of addedNodes) spoken.push(node.textContent)
  }).observe(document.body, { subtree: true, childList: true }))`

/** Waits until a screen reader was told these words. */
export async function whenTold(page: Page, words: string): Promise<void> {
  await page.waitForFunction(
    (told) => (globalThis as unknown as { spoken: string[] }).spoken.some((text) => text.includes(told)),
    words,
  )
}

/** Milliseconds from the last key, on whichever page, until this page had painted what it shows. */
export async function sinceKey(page: Page): Promise<number> {
  const painted = await page.waitForFunction(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  )
  const startTime = (await painted.jsonValue()) as number
  const pressed = await page.evaluate<number>("Number(sessionStorage.getItem('pressed'))")
  const opened = await page.evaluate(() => performance.timeOrigin)
  return opened + startTime - pressed
}
