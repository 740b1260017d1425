import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reviewChart } from '../../src/desk/review-charts.ts'
import { storeContactCodes } from '../../src/store/contacts.ts'
import { storeOrderDays } from '../../src/store/shop-orders.ts'
import { loadTaxonomy } from '../../src/triage/index.ts'
import {
  lastSpan,
  lastWeekOver,
  plusDays,
  reviewHtml,
  reviewOf,
  sheetOf,
  startOfDay,
  staysOf,
  stayTables,
} from '../../src/voice/index.ts'
import { openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { seeded } from '../voice/random.ts'
import { addContacts, keepAllCounts, ZONE } from '../voice/reviews/reviews-at-test.ts'

const now = new Date()
const week = lastSpan('week', now, ZONE)
const CODES = [
  'delivery.late',
  'packaging.damage',
  'item.defective',
  'streaming.quality',
  'billing.refund',
  'item.safety',
]
const TEXTS = [
  'Where is my parcel? It said Tuesday.',
  '荷物がまだ届きません。火曜日着のはずでした。',
  'The lid came cracked again, third time this year. I do like the product itself, so please just pack it properly.',
  '箱がつぶれていて中身までへこんでいました。丁寧に梱包してほしいです。',
]

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

let desk: TestDesk
let browser: Browser

beforeAll(async () => {
  desk = await openDesk()
  const { store } = desk
  await storeContactCodes(store, loadTaxonomy('templates/taxonomy.yaml').codes)
  const random = seeded(7)
  for (let back = 0; back < 20; back++) {
    for (const [n, code] of CODES.entries()) {
      const surge = back === 0 && code === 'packaging.damage' ? 4 : 1
      const count = Math.round((2 + 6 / (n + 1)) * surge * (0.8 + random.next() * 0.4))
      for (let one = 0; one < count; one++) {
        const moment =
          startOfDay(plusDays(week.firstDay, -7 * back), ZONE).getTime() + random.below(7 * 86_400_000)
        const japanese = random.next() < 0.5
        await addContacts(store, 1, {
          at: new Date(moment),
          code,
          language: japanese ? 'ja' : 'en',
          region: random.next() < 0.7 ? (japanese ? 'JP-13' : 'US') : null,
          text: TEXTS[2 * random.below(2) + (japanese ? 1 : 0)] as string,
          person: `person-${random.below(400)}`,
          severity: code === 'item.safety' ? 3 : 1,
          first_answer_s: random.next() < 0.8 ? random.below(1800) : null,
          outcome: random.next() < 0.3 ? 'refunded' : 'answered',
          ...(random.next() < 0.6
            ? { product_id: `p${n}`, product_name: ['Sora kettle', 'りんごジュース 24缶'][n % 2] }
            : {}),
        })
      }
      await addContacts(store, 1, {
        at: new Date(startOfDay(plusDays(week.firstDay, -7 * back), ZONE).getTime() + 3_600_000),
        kind: 'refund',
        code,
        outcome: 'refunded',
        refund_minor: 1250,
        refund_currency: n % 2 ? 'JPY' : 'USD',
      })
    }
  }
  const days = Array.from({ length: 21 }, (_, n) => plusDays(week.firstDay, n - 14))
  await storeOrderDays(
    store,
    days.map((day) => ({
      day,
      orders: [
        { country: 'JP', orders: 620 },
        { country: 'US', orders: 240 },
      ],
    })),
  )
  await keepAllCounts(store, now)
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await desk?.close()
})

test('reviews and who stayed fit a telephone and a wide screen, and axe, in both languages and themes', async () => {
  for (const [locale, width, theme] of [
    ['en-GB', 390, 'light'],
    ['ja-JP', 390, 'dark'],
    ['en-GB', 1280, 'dark'],
    ['ja-JP', 1280, 'light'],
  ] as const) {
    const context = await browser.newContext({
      locale,
      colorScheme: theme,
      viewport: { width, height: 800 },
      // for axe
      bypassCSP: true,
    })
    const page = await context.newPage()
    await page.goto(`${desk.origin}/sign-in`)
    await page.locator('input[name=login]').fill(locale === 'en-GB' ? 'viewer' : 'guest')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/')
    await page.locator(`.languages button[lang=${locale.slice(0, 2)}]`).click()
    await page.waitForLoadState()
    for (const path of ['/voice', '/voice/stayed', `/voice/voices?week=${week.name}&code=packaging.damage`]) {
      await page.goto(desk.origin + path)
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2))
      const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
      expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0)
      await page.addScriptTag({ path: AXE })
      const objections = await page.evaluate<string[]>(
        'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + " " + html)))',
      )
      expect(objections, path).toEqual([])
      if (process.env.SCREENSHOTS) {
        const name = `${process.env.SCREENSHOTS}/review${path.split('?')[0]?.replaceAll('/', '-')}-${locale}-${width}.png`
        await page.screenshot({ path: name, fullPage: true })
      }
    }
    if (width === 1280) {
      await page.goto(`${desk.origin}/voice`)
      await page.locator('#codes + p + .scroll tbody tr').first().locator('td a').first().click()
      expect(new URL(page.url()).pathname).toBe('/voice/voices')
      expect(await page.locator('blockquote.voice').count()).toBeGreaterThan(0)
    }
    await context.close()
  }
}, 120_000)

test('the report is one file that asks nobody for anything, and prints on A4', async () => {
  for (const language of ['en', 'ja'] as const) {
    const review = await reviewOf(desk.store, { span: week, zone: ZONE, now, voices: 3 })
    const sheet = sheetOf(review, language)
    const to = lastWeekOver(plusDays(week.lastDay, 1))
    const stays = await staysOf(desk.store, plusDays(to, -21), to, { country: null, language: null })
    sheet.tables.push(...stayTables(stays, language, false))
    const chart = reviewChart(review, language)
    const html = reviewHtml(sheet, { charts: [{ ...chart, svg: chart.svg ?? '' }] })
    const page = await browser.newPage()
    const asked: string[] = []
    page.on('request', (request) => void asked.push(request.url()))
    await page.setContent(html)
    expect(asked).toEqual([])
    expect(await page.locator('figure > svg').count()).toBe(1)
    const hrefs = await page.evaluate<string[]>(
      `[...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href'))`,
    )
    expect(hrefs.length).toBeGreaterThan(6)
    for (const href of new Set(hrefs))
      expect(await page.locator(`[id="${href.slice(1)}"]`).count(), href).toBe(1)
    if (process.env.SCREENSHOTS) {
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: 703, height: 1000 })
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/report-${language}.png`, fullPage: true })
    }
    const pdf = await page.pdf({ preferCSSPageSize: true })
    if (process.env.SCREENSHOTS) await writeFile(`${process.env.SCREENSHOTS}/review-${language}.pdf`, pdf)
    const text = pdf.toString('latin1')
    expect(
      /\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/.exec(text)?.slice(1).map(Number).map(Math.round),
    ).toEqual([595, 842])
    expect(text.match(/\/Type\s*\/Page\b(?!s)/g)?.length).toBeLessThanOrEqual(5)
    await page.close()
  }
}, 60_000)
