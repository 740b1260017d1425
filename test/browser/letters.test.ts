import { writeFile } from 'node:fs/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setDepartments } from '../../src/store/departments.ts'
import { sendUp } from '../../src/voice/index.ts'
import { addCase, LETTERS, openDesk, PASSWORD, type TestDesk } from '../desk/desk-at-test.ts'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'

let desk: TestDesk
let browser: Browser
let viewer: number
const faults: string[] = []

beforeAll(async () => {
  desk = await openDesk()
  const row = await desk.store
    .selectFrom('users')
    .select('id')
    .where('login', '=', 'viewer')
    .executeTakeFirstOrThrow()
  viewer = row.id
  await setDepartments(desk.store, viewer, ['logistics'], 6)
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  await browser?.close()
  await desk?.close()
})

async function signIn(login: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${desk.origin}/sign-in`)
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/')
  return page
}

/** Pages of what is printed, and their size in points. */
async function printed(page: Page, name: string) {
  const pdf = await page.pdf({ preferCSSPageSize: true })
  if (process.env.SCREENSHOTS) await writeFile(`${process.env.SCREENSHOTS}/${name}.pdf`, pdf)
  const text = pdf.toString('latin1')
  return {
    pages: text.match(/\/Type\s*\/Page\b(?!s)/g)?.length,
    size: /\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/.exec(text)?.slice(1).map(Number).map(Math.round),
  }
}
const A4 = [595, 842]

test('an escalation goes up from the case, is answered, accepted, and printed on one page', async () => {
  const { caseId } = await addCase(desk.store, { text: 'Late again, and nobody tells me why.', severity: 2 })
  const agent = await signIn('agent')
  await agent.goto(`${desk.origin}/cases/${caseId}`)
  await agent.getByRole('link', { name: 'Send this up as a letter' }).click()
  await agent.getByLabel('The matter, in one line').fill('Parcels are late for the third week')
  await agent.getByRole('button', { name: 'Send it up' }).click()
  await agent.waitForURL(/\/letters\/\d+\?notice=letterSent/)
  const address = agent.url().split('?')[0] ?? ''

  const owner = await signIn('viewer')
  await owner.goto(`${desk.origin}/letters?view=mine`)
  await owner.getByRole('link', { name: 'Parcels are late for the third week' }).click()
  await owner.locator('textarea[name=why]').fill('The carrier closed a depot.')
  await owner.locator('textarea[name=impact]').fill('One parcel in nine, since Monday.')
  await owner.locator('textarea[name=done]').fill('Customers were written to on Tuesday.')
  await owner.locator('textarea[name=fix]').fill('A second carrier takes the north.')
  await owner.locator('input[name=fixBy]').fill('2026-12-04')
  await owner.locator('textarea[name=again]').fill('We ship by the express line at our cost.')
  await owner.getByRole('button', { name: 'Save the draft' }).click()
  await owner.waitForURL(/notice=saved/)
  await owner.getByRole('button', { name: 'Send the answer' }).click()
  await owner.waitForURL(/notice=letterAnswered/)

  await agent.goto(address)
  await agent.getByRole('button', { name: 'Accept it' }).click()
  await agent.waitForURL(/notice=letterAccepted/)
  await agent.getByRole('link', { name: 'One page, to print' }).click()
  await agent.waitForURL(/\/sheet$/)
  const words = await agent.locator('.sheet').innerText()
  expect(words).toContain('A second carrier takes the north.')
  expect(words).toContain('Late again, and nobody tells me why.')
  expect(await printed(agent, 'letter')).toEqual({ pages: 1, size: A4 })
  expect(faults).toEqual([])
})

test.each(['en', 'ja'])('the fullest letter still prints on one page, in %s', async (language) => {
  const fullest =
    language === 'ja'
      ? '荷物の遅れについて、倉庫から順に調べました。'
      : 'We looked into the WAREHOUSE first. '
  const fill = (lines: number) => {
    const width = language === 'ja' ? 73 : 146
    const line = fullest.repeat(9).slice(0, width)
    return Array.from({ length: lines }, () => line).join('\n')
  }
  const cases = []
  for (let n = 0; n < 5; n++) {
    cases.push(await addCase(desk.store, { text: fullest.repeat(12), language, severity: 2 }))
  }
  const sent = await sendUp(
    desk.store,
    { ...LETTERS, language: language === 'ja' ? 'ja' : 'en' },
    {
      source: 'president',
      department: 'logistics',
      caseIds: cases.map(({ caseId }) => caseId),
      code: 'delivery.late',
      title: fullest.repeat(7).slice(0, 160),
      reason: fullest.repeat(40).slice(0, 1000),
      sentBy: viewer,
      original: { words: fullest.repeat(300), sender: 'A customer', receivedOn: '2026-11-20' },
    },
    new Date(),
  )
  const letterId = 'letterId' in sent ? sent.letterId : 0
  const page = await signIn('viewer', { locale: language })
  await page.goto(`${desk.origin}/letters/${letterId}`)
  for (const name of ['why', 'impact', 'done', 'fix', 'again']) {
    await page.locator(`textarea[name=${name}]`).fill(fill(8))
  }
  for (const name of ['numbers', 'timeline', 'similar']) {
    await page.locator(`textarea[name=${name}]`).fill(fill(5))
  }
  await page.locator('button[value=save]').click()
  await page.waitForURL(/notice=saved/)
  await page.goto(`${desk.origin}/letters/${letterId}/sheet`)
  expect(await printed(page, `letter-full-${language}`)).toEqual({ pages: 1, size: A4 })
})

test('a wall goes on by itself, pauses by key, and waits where less motion is wanted', async () => {
  for (const text of ['A first voice', 'A second voice', 'A third voice']) await addCase(desk.store, { text })
  const page = await signIn('viewer')
  await page.clock.install()
  await page.goto(`${desk.origin}/listen?wall=10`)
  expect(await page.locator('blockquote').innerText()).toBe('A third voice')
  await page.clock.runFor(10_500)
  await page.getByText('A second voice').waitFor()
  await page.keyboard.press('p')
  await page.getByRole('link', { name: 'Go on' }).waitFor()
  await page.clock.runFor(30_000)
  expect(await page.locator('blockquote').innerText()).toBe('A second voice')
  await page.keyboard.press('ArrowRight')
  await page.getByText('A first voice').waitFor()

  const calm = await signIn('viewer', { reducedMotion: 'reduce' })
  await calm.clock.install()
  await calm.goto(`${desk.origin}/listen?wall=10`)
  await calm.getByRole('link', { name: 'Go on' }).waitFor()
  await calm.clock.runFor(30_000)
  expect(await calm.locator('blockquote').innerText()).toBe('A third voice')
  expect(faults).toEqual([])
})
