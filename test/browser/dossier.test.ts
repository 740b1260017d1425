import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeContactCodes } from '../../src/store/contacts.ts'
import { insertTry } from '../../src/store/dossier-tries.ts'
import { openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { addPost, keepAll } from '../voice/contacts-at-test.ts'

/** With SCREENSHOTS=folder the printed sheets are kept there. */
const FOLDER = process.env.SCREENSHOTS
const SAID: [string, string][] = [
  ['en', 'The box was crushed on one side and the book inside is bent'],
  ['en', 'Box crushed again, the corner of the book is bent'],
  ['en', 'The lid of the jar was cracked and honey was everywhere'],
  ['en', 'Cracked jar, honey all over the parcel'],
  ['ja', '箱の角がつぶれていて、中の本も折れていました'],
  ['ja', '瓶の蓋が割れて、はちみつが漏れていました'],
]

let desk: TestDesk
let browser: Browser
beforeAll(async () => {
  desk = await openDesk()
  const { store } = desk
  const damage = { en: 'Damaged in transit', ja: '輸送中の破損' }
  await storeContactCodes(store, [{ code: 'packaging.damage', name: damage, department: 'warehouse' }])
  for (let n = 0; n < 60; n++) {
    const [language, text] = SAID[n % SAID.length] as [string, string]
    await addPost(store, { text, language, at: new Date(Date.now() - n * 86_400_000) })
  }
  await keepAll(store)
  const subject = { kind: 'code' as const, name: 'packaging.damage' }
  for (let n = 1; n <= 5; n++) {
    const on = new Date(Date.now() - n * 10 * 86_400_000).toISOString().slice(0, 10)
    const tried = { tried: `Boxes of ${n} layers instead of ${n + 1}`, on, userId: 3 }
    await store.transaction().execute((trx) => insertTry(trx, subject, tried))
  }
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  await browser?.close()
  await desk?.close()
})

test.each(['en', 'ja'])(
  'a dossier is printed on one or two sheets of A4, without what is for the screen, in %s',
  async (locale) => {
    const context = await browser.newContext({ locale, colorScheme: 'dark' })
    await context.addCookies([{ name: 'kikimimi_language', value: locale, url: desk.origin }])
    const page = await context.newPage()
    await page.goto(`${desk.origin}/sign-in`)
    await page.locator('input[name=login]').fill('agent')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/')
    await page.goto(`${desk.origin}/voice/dossier?code=packaging.damage`)
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true })
    if (FOLDER) await writeFile(join(FOLDER, `dossier.${locale}.pdf`), pdf)
    const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
    expect(sheets).toBeGreaterThanOrEqual(1)
    expect(sheets).toBeLessThanOrEqual(2)
    await page.emulateMedia({ media: 'print' })
    for (const screenOnly of ['header.side', '.tabs', 'textarea', 'select', 'button'])
      expect(await page.locator(screenOnly).filter({ visible: true }).count()).toBe(0)
    for (const printed of ['h1', '.chart svg', '.quoted', '.tries'])
      expect(await page.locator(printed).first().isVisible()).toBe(true)
    await context.close()
  },
)
