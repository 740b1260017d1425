import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkAuthor } from '../../src/store/author-links.ts'
import { insertComplaint, onLinked } from '../../src/store/refund-events.ts'
import { facts } from '../refunds/complaint-at-test.ts'
import { type Outside, openOutside, orderOf } from '../refunds/outside-at-test.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let outside: Outside
let approver: Browser
let agent: Browser
beforeAll(async () => {
  outside = await openOutside()
  desk = await openDesk({ outside })
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
  agent = new Browser(desk.origin)
  await agent.signIn('agent')
})
afterAll(async () => {
  await desk.close()
  await outside.close()
})
beforeEach(() => outside.box.shop.control.clearFaults())

/** A case whose complaint waits; with a customer, its author is linked. */
async function claim(customerId: string | null, asked = true) {
  const { caseId, postId } = await addCase(desk.store)
  const { author_id: authorId } = await desk.store
    .selectFrom('cases')
    .select('author_id')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow()
  const eventId = (await insertComplaint(desk.store, {
    caseId,
    postId,
    code: 'delivery.late',
    customerId: null,
    facts: facts(),
    suffix: '',
  })) as number
  if (customerId !== null) {
    await desk.store.transaction().execute(async (trx) => {
      await linkAuthor(trx, { network: 'x', authorId, customerId, caseId, consentVersion: '1' })
      await onLinked(trx, { network: 'x', authorId, customerId })
    })
    if (asked) {
      await desk.store
        .updateTable('refund_events')
        .set({ person_since: new Date() })
        .where('id', '=', eventId)
        .execute()
    }
  }
  return { caseId, eventId }
}
const eventOf = (id: number) =>
  desk.store.selectFrom('refund_events').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const noticeOf = (answer: Response) =>
  new URL(answer.headers.get('location') ?? '', desk.origin).searchParams.get('notice')

describe('the refunds of a case', () => {
  test('say that they wait for the customer, in both languages', async () => {
    const { caseId } = await claim(null)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('Waits for the customer to sign in.')
    const reader = new Browser(desk.origin)
    await reader.signIn('viewer')
    await reader.post('/language', { language: 'ja', to: '/' })
    await reader.get(`/cases/${caseId}`)
    expect(reader.page).toContain('お客様のサインインを待っています')
    expect(reader.page).not.toContain(`/cases/${caseId}/goodwill`)
  })

  test('show the customer’s orders, of which an approver chooses one', async () => {
    const order = orderOf(outside.box)
    const { caseId, eventId } = await claim(order.customerId)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('Which one is it about?')
    expect(agent.page).not.toContain(`/claims/${eventId}/order`)
    await approver.get('/refunds')
    expect(approver.page).toContain(`href="/cases/${caseId}"`)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain(order.orderId)
    expect(approver.page).toContain('$20.00')
    const chosen = await approver.post(`/cases/${caseId}/claims/${eventId}/order`, { line: order.lineId })
    expect(noticeOf(chosen)).toBe('claimChosen')
    expect(await eventOf(eventId)).toMatchObject({ state: 'new', order_line_id: order.lineId })
    expect(desk.queued).toContainEqual({ stage: 'refund', ids: [String(eventId)] })
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('Order of the complaint chosen')
    const again = await approver.post(`/cases/${caseId}/claims/${eventId}/order`, { line: order.lineId })
    expect(noticeOf(again)).toBe('claimSettled')
  })

  test('take no order line of somebody else, whatever the form says', async () => {
    const [mine, theirs] = [orderOf(outside.box), orderOf(outside.box)]
    const { caseId, eventId } = await claim(mine.customerId)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).not.toContain(theirs.orderId)
    const answer = await approver.post(`/cases/${caseId}/claims/${eventId}/order`, { line: theirs.lineId })
    expect(noticeOf(answer)).toBe('claimNotTheirs')
    // Nor a complaint of another case.
    const other = await claim(theirs.customerId)
    await approver.post(`/cases/${other.caseId}/claims/${eventId}/order`, { line: theirs.lineId })
    expect(await eventOf(eventId)).toMatchObject({ state: 'waiting', order_line_id: null })
  })

  test('can be dropped by an approver', async () => {
    const { caseId, eventId } = await claim(null)
    await approver.get(`/cases/${caseId}`)
    expect(noticeOf(await approver.post(`/cases/${caseId}/claims/${eventId}/drop`))).toBe('claimDropped')
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('A person decided that nothing is paid for this.')
  })

  test('are shown without orders where the shop does not answer', async () => {
    const order = orderOf(outside.box)
    const { caseId } = await claim(order.customerId)
    outside.box.shop.control.inject({ route: 'customer', kind: 'html-503' })
    const answer = await approver.get(`/cases/${caseId}`)
    expect(answer.status).toBe(200)
    expect(approver.page).toContain('The shop does not answer now')
    expect(approver.page).not.toContain(order.orderId)
  })
})

describe('goodwill', () => {
  const form = (line: string) => ({ line, currency: 'USD', method: 'refund', reason: 'A rough week' })

  test('is given with one click and a reason, and says what is left of the day', async () => {
    const order = orderOf(outside.box)
    const { caseId } = await claim(order.customerId)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('You can still give $30.00 of $30.00 today.')
    expect(agent.page).toContain('Give $2.00')
    const given = await agent.post(`/cases/${caseId}/goodwill`, { ...form(order.lineId), amount: 250 })
    expect(noticeOf(given)).toBe('goodwillGiven')
    const again = await agent.post(`/cases/${caseId}/goodwill`, { ...form(order.lineId), amount: 250 })
    expect(noticeOf(again)).toBe('goodwillGivenAlready')
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('You can still give $27.50 of $30.00 today.')
    expect(agent.page).toContain('A person at the desk gave $2.50 back')
    expect(agent.page).toContain('A rough week')
    const refund = await desk.store
      .selectFrom('refunds')
      .select(['id', 'state'])
      .where('order_line_id', '=', order.lineId)
      .executeTakeFirstOrThrow()
    expect(refund.state).toBe('reserved')
    expect(desk.queued).toContainEqual({ stage: 'payout', ids: [String(refund.id)] })
  })

  test('takes an amount as it is typed, and says why it is refused', async () => {
    const order = orderOf(outside.box)
    const { caseId } = await claim(order.customerId)
    await agent.get(`/cases/${caseId}`)
    const give = (other: string) =>
      agent.post(`/cases/${caseId}/goodwill`, { ...form(order.lineId), amount: 'other', other })
    for (const typed of ['', 'abc', '-1', '1.234', '0', '1e3']) expect((await give(typed)).status).toBe(400)
    await agent.get(`/cases/${caseId}`)
    expect((await give('10.01')).status).toBe(422)
    expect(agent.page).toContain('At most $10.00 can be given at once.')
    expect(noticeOf(await give('3.20'))).toBe('goodwillGiven')
  })

  test('needs a reason, and a customer whom we know', async () => {
    const order = orderOf(outside.box)
    const { caseId } = await claim(null)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).not.toContain(`/cases/${caseId}/goodwill`)
    const wish = { ...form(order.lineId), amount: 250 }
    expect((await agent.post(`/cases/${caseId}/goodwill`, { ...wish, reason: ' ' })).status).toBe(400)
    await agent.get(`/cases/${caseId}`)
    expect((await agent.post(`/cases/${caseId}/goodwill`, wish)).status).toBe(422)
  })
})
