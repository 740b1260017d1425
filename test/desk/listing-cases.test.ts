import { afterAll, beforeAll, expect, test } from 'vitest'
import { openListingCase } from '../../src/store/listing-cases.ts'
import { insertReplacement } from '../../src/store/replacements.ts'
import { settledComplaint } from '../refunds/complaint-at-test.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
const as = async (login: string, language = 'en') => {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  await browser.post('/language', { language, to: '/' })
  return browser
}
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const noticeOf = (answer: Response) =>
  new URL(answer.headers.get('location') ?? '', desk.origin).searchParams.get('notice')

async function opened(sku: string, line: string) {
  const { eventId, caseId } = await settledComplaint(desk.store, {
    customerId: 'c1',
    sku,
    line,
    code: 'packaging.damage',
  })
  const made = await desk.store.transaction().execute((trx) =>
    openListingCase(trx, {
      eventId,
      title: 'Apple juice, 24 cans',
      owner: 'Logistics',
      ruleId: 'crushed-again',
      withinDays: 30,
    }),
  )
  return { id: made?.id as number, caseId }
}

test('the list says so where nothing repeats, and the menu shows it to those who mend', async () => {
  const agent = await as('agent')
  await agent.get('/listing-cases')
  expect(agent.page).toContain('Nothing repeats.')
  const viewer = await as('viewer', 'ja')
  expect(viewer.page).not.toContain('href="/listing-cases"')
  await viewer.get('/listing-cases')
  expect(viewer.page).toContain('繰り返しの苦情はありません')
})

test('a listing case shows its evidence, and is closed with what was fixed by those who may', async () => {
  const { id, caseId } = await opened('juice-apple-24', 'l1')
  const viewer = await as('viewer')
  expect(viewer.page).toContain('href="/listing-cases"')
  await viewer.get(`/listing-cases/${id}`)
  expect(viewer.page).toContain('Damaged in transit')
  expect(viewer.page).toContain('order-of-l1')
  expect(viewer.page).toContain(`href="/cases/${caseId}"`)
  expect(viewer.page).not.toContain('label says decaf')
  expect(viewer.page).not.toContain(`/listing-cases/${id}/close`)

  const ops = await as('ops')
  await ops.get(`/listing-cases/${id}`)
  expect((await ops.post(`/listing-cases/${id}/close`, { fix: ' ' })).status).toBe(400)
  await ops.get(`/listing-cases/${id}`)
  const fix = 'Books and cans are packed apart <now>.'
  expect(noticeOf(await ops.post(`/listing-cases/${id}/close`, { fix }))).toBe('listingClosed')
  expect(noticeOf(await ops.post(`/listing-cases/${id}/close`, { fix }))).toBe('listingClosedAlready')

  const { id: later } = await opened('juice-apple-24', 'l2')
  await viewer.get(`/listing-cases/${later}`)
  expect(viewer.page).toContain('Again, after it was closed as fixed.')
  expect(viewer.page).toContain('Books and cans are packed apart &lt;now&gt;.')
  await viewer.get('/listing-cases')
  expect(viewer.page).toContain(`href="/listing-cases/${id}"`)
})

test('replacements wait for an approver on the page of refunds', async () => {
  const add = async (line: string, state: 'asked' | 'failed') => {
    const { id: decisionId } = await desk.store
      .insertInto('refund_decisions')
      .values({
        order_line_id: line,
        customer_id: 'c1',
        action: 'replace',
        outcome: 'ask',
        amount_minor: 0,
        currency: 'USD',
        reasons: '[]',
        inputs: '{}',
        sentence: JSON.stringify({ en: 'Sent again, said the rule.', ja: '再送します。' }),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const id = await insertReplacement(desk.store, {
      key: `refund:${line}:item`,
      decision_id: decisionId,
      order_id: `order-of-${line}`,
      order_line_id: line,
      customer_id: 'c1',
      title: 'Kettle',
      quantity: 1,
      locale: 'en',
      state,
      error: state === 'failed' ? 'the shop refused: kettle-sora is sold out. (out_of_stock)' : null,
    })
    return id as number
  }
  const [yes, no, broken] = [await add('k1', 'asked'), await add('k2', 'asked'), await add('k3', 'failed')]
  const approver = await as('approver', 'ja')
  await approver.get('/refunds')
  expect(approver.page).toContain('ショップに断られました：kettle-sora is sold out.（out_of_stock）。')
  expect(noticeOf(await approver.post(`/replacements/${yes}/approve`))).toBe('replacementApproved')
  expect(noticeOf(await approver.post(`/replacements/${no}/deny`))).toBe('replacementDenied')
  expect(noticeOf(await approver.post(`/replacements/${broken}/retry`))).toBe('replacementRetried')
  expect(noticeOf(await approver.post(`/replacements/${broken}/give-up`))).toBe('replacementSettled')
  expect(desk.queued.filter(({ stage }) => stage === 'replace').map(({ ids }) => ids)).toEqual([
    [String(yes)],
    [String(broken)],
  ])
})
