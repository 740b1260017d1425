import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { markPostedByHand } from '../../src/cases/index.ts'
import { approveRefund, loadPayouts } from '../../src/refunds/index.ts'
import { addCase, Browser, check, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let approver: Browser
beforeAll(async () => {
  desk = await openDesk()
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
})
afterAll(() => desk.close())

const draftOf = (id: number) =>
  desk.store.selectFrom('drafts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const caseOf = (id: number) =>
  desk.store.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const auditOf = (subject: string) =>
  desk.store.selectFrom('audit_log').selectAll().where('subject', '=', subject).orderBy('id').execute()

async function signedIn(login: string): Promise<Browser> {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  return browser
}

describe('approving', () => {
  test('sends the draft on its way, without any JavaScript', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('We are sorry. We look into it.')
    const text = 'We are sorry. We look into it.'
    const answer = await approver.post(`/drafts/${draftId}/approve`, { version: 1, text })
    expect(answer.status).toBe(303)
    const draft = await draftOf(draftId)
    expect(draft).toMatchObject({ state: 'approved', version: 2, edited: false })
    expect(draft.publish_at).toBeInstanceOf(Date)
    expect(desk.queued).toContainEqual({ stage: 'publish', ids: [String(draftId)] })
    const log = await auditOf(`draft:${draftId}`)
    expect(log.map((entry) => entry.action)).toEqual(['draft.approved'])
    expect(JSON.stringify(log)).not.toContain('sorry')
  })

  test('stores a changed text as an edit, with hashes of before and after in the audit log', async () => {
    const { draftId } = await addCase(desk.store)
    const text = 'We are sorry, and somebody is on it.\r\nToday.'
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 1, text })).status).toBe(303)
    const draft = await draftOf(draftId)
    expect(draft).toMatchObject({ state: 'approved', edited: true })
    expect(draft.text).toBe('We are sorry, and somebody is on it.\nToday.')
    const [entry] = await auditOf(`draft:${draftId}`)
    expect(entry?.detail.before).not.toBe(entry?.detail.after)
  })

  test('a second time loses politely and sends nothing twice', async () => {
    const { draftId } = await addCase(desk.store)
    const admin = await signedIn('admin')
    const form = { version: 1, text: 'We are sorry. We look into it.' }
    const both = await Promise.all([
      approver.post(`/drafts/${draftId}/approve`, form),
      admin.post(`/drafts/${draftId}/approve`, form),
    ])
    expect(both.map((answer) => answer.status).sort()).toEqual([303, 409])
    expect(approver.page + admin.page).toMatch(/The (approver|admin) has approved this already/)
    expect(desk.queued.filter((job) => job.ids[0] === String(draftId))).toHaveLength(1)
  })

  test('is refused while a hard check fails, and the typed text is kept on the page', async () => {
    const { draftId } = await addCase(desk.store)
    const text = 'We are sorry, but it is your own fault.'
    const answer = await approver.post(`/drafts/${draftId}/approve`, { version: 1, text })
    expect(answer.status).toBe(422)
    expect(approver.page).toContain(text)
    expect(approver.page).toContain('Hunts for a culprit')
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending', version: 1 })
  })

  test('is refused where the text does not fit into a post, Japanese counting twice', async () => {
    const { draftId } = await addCase(desk.store, { language: 'ja' })
    const text = `申し訳ございません。${'あ'.repeat(140)}`
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 1, text })).status).toBe(422)
  })

  test('leads on to the next most urgent case', async () => {
    const urgent = await addCase(desk.store, { severity: 3, dueInMinutes: -1 })
    const next = await addCase(desk.store, { severity: 3, dueInMinutes: 1 })
    const form = { version: 1, text: 'We are sorry. We look into it.' }
    const answer = await approver.post(`/drafts/${urgent.draftId}/approve`, form)
    expect(answer.headers.get('location')).toBe(
      `/cases/${next.caseId}?undo=${urgent.draftId}&notice=approved`,
    )
  })
})

describe('editing', () => {
  test('on an outdated version overwrites nothing and keeps what was typed', async () => {
    const { draftId } = await addCase(desk.store)
    const agent = await signedIn('agent')
    const first = await agent.post(`/drafts/${draftId}/save`, {
      version: 1,
      text: 'We are sorry, first words.',
    })
    expect(first.status).toBe(303)
    const late = await approver.post(`/drafts/${draftId}/save`, { version: 1, text: 'Sorry, second words.' })
    expect(late.status).toBe(409)
    expect(approver.page).toContain('Sorry, second words.')
    expect(approver.page).toContain('We are sorry, first words.')
    expect(approver.page).toMatch(/<strong>20<\/strong>/)
    expect(await draftOf(draftId)).toMatchObject({ text: 'We are sorry, first words.', version: 2 })
  })

  test('a guest may write the answer where there was no draft, and an approver sends it', async () => {
    const { draftId } = await addCase(desk.store, { state: 'none', delivery: 'none', draft: null })
    const agent = await signedIn('guest')
    const text = 'We are sorry. A person wrote this.'
    expect((await agent.post(`/drafts/${draftId}/save`, { version: 1, text })).status).toBe(303)
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending', delivery: 'api', edited: true })
    expect((await agent.post(`/drafts/${draftId}/approve`, { version: 2, text })).status).toBe(403)
    await agent.get('/')
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 2, text })).status).toBe(303)
  })

  test('shows what a text weighs and costs before it is sent, with and without JavaScript', async () => {
    const { draftId } = await addCase(desk.store, { summoned: false, delivery: 'api' })
    const text = 'We are sorry, see https://hinata.example.com/help'
    const whole = await approver.post(`/drafts/${draftId}/check`, { version: 1, text })
    expect(whole.status).toBe(200)
    expect(approver.page).toContain('<!doctype html>')
    expect(approver.page).toContain('$0.200')
    const token = approver.csrf()
    const piece = await approver.post(
      `/drafts/${draftId}/check`,
      { text, csrf: token },
      { 'hx-request': 'true' },
    )
    expect(piece.status).toBe(200)
    expect(approver.page).not.toContain('<!doctype html>')
    expect(approver.page).toMatch(/<strong>41<\/strong>/)
    expect(await draftOf(draftId)).toMatchObject({ version: 1, edited: false })
    await approver.get('/')
  })
})

describe('rejecting and closing', () => {
  test('a rejected draft closes its case with the reason', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    expect((await approver.post(`/drafts/${draftId}/reject`, { version: 1, note: '' })).status).toBe(400)
    await approver.get('/')
    const answer = await approver.post(`/drafts/${draftId}/reject`, { version: 1, note: 'Not for us' })
    expect(answer.status).toBe(303)
    expect(await draftOf(draftId)).toMatchObject({ state: 'rejected', decision_note: 'Not for us' })
    expect(await caseOf(caseId)).toMatchObject({ state: 'closed', close_reason: 'Not for us' })
  })

  test('a closed case can be opened again and asks for a new draft', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    const agent = await signedIn('agent')
    await agent.post(`/cases/${caseId}/snooze`, { until: 'tomorrow' })
    expect((await agent.post(`/cases/${caseId}/close`, { reason: 'Solved' })).status).toBe(303)
    expect(await draftOf(draftId)).toMatchObject({ state: 'superseded' })
    expect((await agent.post(`/cases/${caseId}/reopen`)).status).toBe(303)
    const found = await caseOf(caseId)
    expect(found).toMatchObject({ state: 'open', close_reason: null, snoozed_until: null })
    expect(found.needs_draft_since).toBeInstanceOf(Date)
    expect(desk.queued).toContainEqual({ stage: 'draft', ids: [String(caseId)] })
  })

  test('a case whose reply is being sent can not be closed under it', async () => {
    const { caseId } = await addCase(desk.store, { state: 'approved' })
    const agent = await signedIn('agent')
    expect((await agent.post(`/cases/${caseId}/close`, { reason: 'Solved' })).status).toBe(409)
    expect(await caseOf(caseId)).toMatchObject({ state: 'open' })
  })
})

describe('when the customer has written again', () => {
  async function withNewPost(given: Parameters<typeof addCase>[1] = {}) {
    const made = await addCase(desk.store, given)
    await approver.get(`/cases/${made.caseId}`)
    const { author_id } = await caseOf(made.caseId)
    const again = {
      network: 'x',
      external_id: `${made.caseId}-again`,
      source_id: 'x:mentions',
      author_id,
      text: 'It has begun to smoke!',
      created_at: new Date(),
      summoned: true,
      media: '[]',
      context: '{}',
      state: 'triaged' as const,
      case_id: made.caseId,
    }
    await desk.store.insertInto('posts').values(again).execute()
    await desk.store
      .updateTable('cases')
      .set({ needs_draft_since: new Date() })
      .where('id', '=', made.caseId)
      .execute()
    return made
  }

  test.each(['reject', 'close'])('%s is refused with the new post in view, in words', async (verb) => {
    const { caseId, draftId } = await withNewPost()
    const seen = /name="seen" value="(\d+)"/.exec(approver.page)?.[1] as string
    const answer =
      verb === 'reject'
        ? await approver.post(`/drafts/${draftId}/reject`, { version: 1, note: 'Not for us' })
        : await approver.post(`/cases/${caseId}/close`, { reason: 'Solved', seen })
    expect(answer.status).toBe(409)
    expect(approver.page).toContain('The customer has written again')
    expect(approver.page).toContain('It has begun to smoke!')
    expect(await caseOf(caseId)).toMatchObject({ state: 'open' })
  })

  test('the case can be closed from a page that shows the new post', async () => {
    const { caseId } = await withNewPost()
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('This draft does not know it yet')
    const seen = /name="seen" value="(\d+)"/.exec(approver.page)?.[1] as string
    expect((await approver.post(`/cases/${caseId}/close`, { reason: 'Solved', seen })).status).toBe(303)
    expect(await caseOf(caseId)).toMatchObject({ state: 'closed' })
  })

  test('words posted by hand are recorded, and the page leads back to the open case', async () => {
    const { caseId, draftId } = await withNewPost({ summoned: false, delivery: 'manual' })
    const form = { version: 1, text: 'We are sorry. By hand.' }
    const answer = await approver.post(`/drafts/${draftId}/posted`, form)
    expect(answer.headers.get('location')).toBe(`/cases/${caseId}?notice=postedWroteAgain`)
    expect(await caseOf(caseId)).toMatchObject({ state: 'open' })
  })
})

describe('posts that X lets only a person answer', () => {
  test('are never approved for the API; the page offers X’s composer', async () => {
    const { caseId, draftId, postId } = await addCase(desk.store, { summoned: false, delivery: 'manual' })
    const text = 'We are sorry & look into it.'
    expect((await approver.post(`/drafts/${draftId}/approve`, { version: 1, text })).status).toBe(409)
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
    const post = await desk.store
      .selectFrom('posts')
      .selectAll()
      .where('id', '=', postId)
      .executeTakeFirstOrThrow()
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain(`formaction="/drafts/${draftId}/composer"`)
    expect(approver.page).not.toContain(`/drafts/${draftId}/approve`)

    const opened = await approver.post(`/drafts/${draftId}/composer`, { version: 1, text })
    const address = `https://x.com/intent/post?in_reply_to=${post.external_id}&text=We+are+sorry`
    expect(opened.headers.get('refresh')).toContain(`0; url=${address}`)
    expect(approver.page).toContain(address.replaceAll('&', '&amp;'))
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending', version: 1 })
    const other = new Browser(desk.origin)
    await other.signIn('admin')
    expect((await other.post(`/drafts/${draftId}/composer`, { version: 1, text })).status).toBe(409)
    expect(other.page).toContain('The approver is writing on this draft')
  })

  test('do not get into the composer with words that may not go out', async () => {
    const { draftId } = await addCase(desk.store, { summoned: false, delivery: 'manual' })
    const text = 'It is your own fault.'
    await approver.get('/')
    const answer = await approver.post(`/drafts/${draftId}/composer`, { version: 1, text })
    expect(answer.status).toBe(422)
    expect(answer.headers.get('refresh')).toBeNull()
    expect(approver.page).toContain('It was not sent.')
  })

  test('count as answered once somebody says that they posted it, with the text as it was then', async () => {
    const { caseId, draftId } = await addCase(desk.store, { summoned: false, delivery: 'manual' })
    const answer = await approver.post(`/drafts/${draftId}/posted`, {
      version: 1,
      text: 'So sorry. By hand.',
    })
    expect(answer.status).toBe(303)
    expect(await draftOf(draftId)).toMatchObject({ state: 'published', text: 'So sorry. By hand.' })
    expect(await caseOf(caseId)).toMatchObject({ state: 'answered' })
    const reply = await desk.store
      .selectFrom('replies')
      .selectAll()
      .where('draft_id', '=', draftId)
      .executeTakeFirst()
    expect(reply).toMatchObject({ state: 'sent', text: 'So sorry. By hand.', external_id: null })
    const { id: userId } = await desk.store.selectFrom('users').select('id').executeTakeFirstOrThrow()
    const again = await markPostedByHand(desk.store, { draftId, version: 3, userId, check })
    expect(again.outcome).toBe('conflict')
  })
})

describe('refunds that a rule left to a person', () => {
  async function addRefund(state: 'asked' | 'paid') {
    const { store } = desk
    const line = `line-${Math.random()}`
    const { id } = await store
      .insertInto('refund_decisions')
      .values({
        order_line_id: line,
        customer_id: 'c1',
        outcome: 'ask',
        amount_minor: 299,
        currency: 'USD',
        reasons: '[]',
        inputs: '{}',
        sentence: JSON.stringify({ en: 'A person decides this one.', ja: 'この件は担当者が判断します。' }),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return store
      .insertInto('refunds')
      .values({
        key: line,
        decision_id: id,
        order_id: 'o1',
        order_line_id: line,
        customer_id: 'c1',
        payment_id: 'p1',
        title: 'Casablanca',
        locale: 'en',
        amount_minor: 299,
        currency: 'USD',
        charged_minor: 299,
        state,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
  }

  test('are granted once, and their money is reserved in the same transaction', async () => {
    const { id } = await addRefund('asked')
    await approver.get('/refunds')
    expect(approver.page).toContain('A person decides this one.')
    expect(approver.page).toContain('$2.99')
    expect((await approver.post(`/refunds/${id}/approve`)).headers.get('location')).toBe(
      '/refunds?notice=refundApproved',
    )
    expect((await approver.post(`/refunds/${id}/approve`)).headers.get('location')).toBe(
      '/refunds?notice=refundSettled',
    )
    expect(desk.queued.filter((job) => job.stage === 'payout')).toEqual([
      { stage: 'payout', ids: [String(id)] },
    ])
    const row = await desk.store.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirst()
    expect(row?.state).toBe('reserved')
  })

  test("stay asked where the day's budget has no room for them", async () => {
    const { id } = await addRefund('asked')
    const payouts = loadPayouts('templates/payouts.yaml')
    const small = { ...payouts, budgets: { ...payouts.budgets, perDayMinor: { USD: 298 } } }
    expect(await approveRefund(desk.store, small, { refundId: id, userId: 1 })).toMatchObject({
      outcome: 'capped',
      limit: 'budget',
    })
    const row = await desk.store.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirst()
    expect(row).toMatchObject({ state: 'asked', approved_by: null })
  })

  test('can be denied', async () => {
    const { id } = await addRefund('asked')
    await approver.post(`/refunds/${id}/deny`)
    const row = await desk.store.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirst()
    expect(row?.state).toBe('denied')
    expect(desk.queued).not.toContainEqual({ stage: 'payout', ids: [String(id)] })
  })
})
