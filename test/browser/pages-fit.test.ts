import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignCase, escalateCase } from '../../src/cases/index.ts'
import { createSignInLink } from '../../src/desk/index.ts'
import type { Role } from '../../src/store/schema.ts'
import { addCase, PASSWORD } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

/**
 * Every page of the desk on a telephone and on a wide screen, in both languages, over the sandbox's story and a few
 * cases that are harder on the eye. With SCREENSHOTS=folder each page is kept there as a picture, light and dark.
 */
const FOLDER = process.env.SCREENSHOTS
const SIZES = { phone: { width: 390, height: 844 }, wide: { width: 1440, height: 900 } }
/** Nothing fits better or worse for its colours: both themes are for looking at pictures only. */
const THEMES = FOLDER ? (['light', 'dark'] as const) : (['light'] as const)
const LOOKS = THEMES.flatMap((theme) =>
  (['en', 'ja'] as const).flatMap((language) =>
    (['phone', 'wide'] as const).map((size) => ({ theme, language, size })),
  ),
)
const PEOPLE: [name: string, login: string, role: Role][] = [
  ['Aiko Mori', 'aiko', 'admin'],
  ['佐藤 美咲', 'misaki', 'approver'],
  ['Bartholomew Featherstonehaugh-Cholmondeley', 'bart', 'agent'],
  ['Noor al-Haddad', 'noor', 'guest'],
]

let product: TestProduct
let browser: Browser
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>
let pages: [name: string, path: string][]
let invitation: string

beforeAll(async () => {
  product = await startProduct({ feed: 'story', speed: 20 })
  product.sandbox.startPlayers({ origin: product.origin, shopApiKey: product.shopApiKey })
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
  const { store } = product.db
  await until(
    'the story was heard, drafted and watched',
    async () => {
      const { drafts, refunds } = await store
        .selectNoFrom((eb) => [
          eb.selectFrom('drafts').select(eb.fn.countAll<number>().as('n')).as('drafts'),
          eb.selectFrom('refunds').select(eb.fn.countAll<number>().as('n')).as('refunds'),
        ])
        .executeTakeFirstOrThrow()
      return Number(drafts) > 60 && Number(refunds) > 0
    },
    180_000,
  )
  const hard = await addHardCases()
  const passwordHash = await hash(PASSWORD)
  await store
    .insertInto('users')
    .values(
      PEOPLE.map(([name, login, role]) => ({
        name,
        login,
        role,
        password_hash: passwordHash,
        languages: [],
      })),
    )
    .execute()
  await workABit(hard)
  const first = async (table: 'refund_decisions' | 'incidents' | 'listing_cases' | 'signals') =>
    (await store.selectFrom(table).select('id').orderBy('id').limit(1).executeTakeFirst())?.id
  const bentBook = await store
    .selectFrom('posts')
    .select('case_id')
    .where('external_id', '=', product.sandbox.x.control.findByKey('ja-bent-book')?.id ?? '')
    .executeTakeFirst()
  const inviting = await store
    .selectFrom('drafts')
    .select('text')
    .where('text', 'like', '%/c/%')
    .executeTakeFirstOrThrow()
  invitation = /\/c\/[\w.-]+/.exec(inviting.text ?? '')?.[0] ?? ''
  const session = await store.selectFrom('streaming_sessions').select('sid').limit(1).executeTakeFirst()
  pages = [
    ['inbox', '/'],
    ['inbox-all', '/?view=all'],
    ['inbox-search', `/?q=${encodeURIComponent('届')}&language=ja`],
    ['inbox-nothing', '/?q=nothing-says-this'],
    ['case', `/cases/${await pending('ja')}`],
    ['case-en', `/cases/${await pending('en')}`],
    ['case-by-hand', `/cases/${bentBook?.case_id}`],
    ['case-long', `/cases/${hard.long}`],
    ['case-zalgo', `/cases/${hard.zalgo}`],
    ['case-abuse', `/cases/${hard.abuse}`],
    ['refunds', '/refunds'],
    ['streaming', '/streaming'],
    ['andon', '/andon'],
    ['session', `/streaming/sessions/${session?.sid}`],
    ['rules', '/rules'],
    ['simulate', '/rules/simulate'],
    ['listing-cases', '/listing-cases'],
    ['mentions', '/mentions'],
    ['operations', '/health'],
    ['audit', '/audit'],
    ['people', '/people'],
    ['forgetting', '/forgetting'],
    ['tokens', '/people/tokens'],
    ['care', '/care'],
    ['letters', '/letters'],
    ['dossier', '/voice/dossier?code=delivery.late'],
    ['suggestions', '/voice/suggestions'],
    ['letter-new', '/letters/new?days=90&code=delivery.late'],
    ['letter-paste', '/letters/paste'],
    ['listen', '/listen'],
    ['wall', '/listen?wall=30'],
    ['readings', '/readings'],
    ['thoughts', '/thoughts'],
    ['me', '/me'],
    ['missing', '/nowhere'],
  ]
  const decisionId = await first('refund_decisions')
  if (decisionId) pages.push(['decision', `/refunds/decisions/${decisionId}`])
  const incidentId = await first('incidents')
  if (incidentId) pages.push(['incident', `/streaming/incidents/${incidentId}`])
  const listingId = await first('listing_cases')
  if (listingId) pages.push(['listing-case', `/listing-cases/${listingId}`])
  const signalId = await first('signals')
  if (signalId) pages.push(['andon-signal', `/andon/signals/${signalId}`])
  signedIn = await signIn()
  if (FOLDER) await mkdir(FOLDER, { recursive: true })
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await product?.close()
})

async function pending(language: string): Promise<number | null> {
  const row = await product.db.store
    .selectFrom('drafts')
    .innerJoin('cases', 'cases.id', 'drafts.case_id')
    .select('cases.id')
    .where('drafts.state', '=', 'pending')
    .where('drafts.delivery', '=', 'api')
    .where('cases.language', '=', language)
    .orderBy('cases.severity', 'desc')
    .orderBy('cases.id')
    .executeTakeFirst()
  return row?.id ?? null
}

/** Strangers with names that break pages, a very long post, and words nobody should have to read. */
async function addHardCases() {
  const { store } = product.db
  const long = await addCase(store, {
    name: 'Wolfeschlegelsteinhausenbergerdorff von und zu Hohenzollern-Sigmaringen 🎉🎉🎉',
    username: 'a_very_long_name',
    text: `My order never came. ${'See https://example.org/tracking/0123456789012345678901234567890123456789 again and again. '.repeat(4)}`,
    severity: 2,
  })
  const zalgo = await addCase(store, {
    name: `Z̷̛${'\u0336\u0322\u0321'.repeat(30)}a${'\u0301\u0302'.repeat(30)}lgo`,
    username: 'rtl_tricks',
    text: 'שלום, איפה ההזמנה שלי? order \u202Eord_1234\u202C please',
    dueInMinutes: -90,
  })
  const abuse = await addCase(store, {
    text: 'Words that nobody should have to read.',
    state: 'none',
    draft: null,
  })
  await store
    .updateTable('cases')
    .set({ code: 'conduct.abuse', codes: ['conduct.abuse'] })
    .where('id', '=', abuse.caseId)
    .execute()
  await addCase(store, { language: 'ja', name: '寿'.repeat(40), text: '箱'.repeat(260), dueInMinutes: 4 })
  return { long: long.caseId, zalgo: zalgo.caseId, abuse: abuse.caseId }
}

async function workABit(hard: { long: number; zalgo: number }) {
  const { store } = product.db
  const ids = await store.selectFrom('users').select(['id', 'login']).execute()
  const idOf = (login: string) => ids.find((user) => user.login === login)?.id as number
  const lead = { userId: idOf('bart'), to: idOf('aiko'), leads: ['admin', 'approver'] as const }
  await escalateCase(store, {
    ...lead,
    caseId: hard.long,
    reason: 'She is a well-known reporter; 記者の方です',
  })
  await assignCase(store, {
    caseId: hard.zalgo,
    userId: idOf('aiko'),
    to: idOf('bart'),
    seen: null,
    roles: ['agent'],
  })
}

async function signIn() {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${product.origin}/sign-in`)
  await page.locator('input[name=login]').fill('aiko')
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
  const state = await context.storageState()
  await context.close()
  return state
}

describe.each(LOOKS)('$theme, $language, $size', ({ theme, language, size }) => {
  test('no page sticks out at the side, and none says undefined', { timeout: 120_000 }, async () => {
    const faults: string[] = []
    const welcome = await createSignInLink(
      product.db.store,
      { publicUrl: product.origin },
      'agent',
      'command-line',
    )
    const doors: [string, string][] = [
      ['sign-in', '/sign-in'],
      ['welcome', welcome.slice(product.origin.length)],
      ['claim', `${invitation}?lang=${language}`],
    ]
    for (const [storageState, shown] of [
      [undefined, doors],
      [signedIn, pages],
    ] as const) {
      const context = await browser.newContext({
        colorScheme: theme,
        locale: language,
        viewport: SIZES[size],
        isMobile: size === 'phone',
        timezoneId: 'Asia/Tokyo',
        ...(storageState ? { storageState } : {}),
      })
      await context.addCookies([{ name: 'kikimimi_language', value: language, url: product.origin }])
      const page = await context.newPage()
      for (const [name, path] of shown) {
        await page.goto(product.origin + path)
        const body = await page.locator('body').evaluate((body) => ({
          width: Math.max(body.scrollWidth, body.ownerDocument.documentElement.scrollWidth),
          lang: body.ownerDocument.documentElement.lang,
          text: body.innerText,
        }))
        if (body.width > SIZES[size].width) faults.push(`${name} is ${body.width} px wide`)
        if (body.lang !== language) faults.push(`${name} is in ${body.lang}`)
        if (/undefined|\[object|\bNaN\b|<wbr>/.test(body.text)) faults.push(`${name} shows what is not there`)
        if (/&lt;wbr/.test(await page.content())) faults.push(`${name} has a break within an attribute`)
        const file = `${name}.${theme}.${language}.${size}.png`
        if (FOLDER) {
          await page.screenshot({ path: join(FOLDER, file), fullPage: true })
          await page.screenshot({ path: join(FOLDER, `first-sight.${file}`) })
        }
      }
      await context.close()
    }
    expect(faults).toEqual([])
  })
})

test.each(['en', 'ja'])(
  'the first load of a full inbox stays under 100 kB over the wire, in %s',
  async (value) => {
    const context = await browser.newContext({ storageState: signedIn })
    await context.addCookies([{ name: 'kikimimi_language', value, url: product.origin }])
    const page = await context.newPage()
    const wire = await context.newCDPSession(page)
    await wire.send('Network.enable')
    let bytes = 0
    wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await page.goto(`${product.origin}/`)
    await page.locator('.case').nth(29).waitFor()
    await context.close()
    console.info(`first load in ${value}: ${Math.round(bytes / 1000)} kB`)
    expect(bytes).toBeGreaterThan(20_000)
    expect(bytes).toBeLessThan(100_000)
  },
)
