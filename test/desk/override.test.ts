import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const RUDE = 'We are sorry, but this was your own fault.'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function as(role: 'approver' | 'agent') {
  const browser = new Browser(desk.origin)
  await browser.signIn(role)
  return browser
}

const draftOf = (caseId: number) =>
  desk.store.selectFrom('drafts').selectAll().where('case_id', '=', caseId).executeTakeFirstOrThrow()

async function overrides() {
  const rows = await desk.store
    .selectFrom('audit_log')
    .selectAll()
    .where('action', '=', 'draft.approved')
    .execute()
  return rows.flatMap((row) => {
    const detail = row.detail as { overridden?: { rules: string[]; why: string } }
    return detail.overridden ? [detail.overridden] : []
  })
}

test('a text that breaks a hard rule goes out only with a reason, which is logged with who and which rule', async () => {
  const { caseId } = await addCase(desk.store, { draft: RUDE })
  const lead = await as('approver')
  await lead.get(`/cases/${caseId}`)
  const { id, version } = await draftOf(caseId)
  const send = (override?: string) =>
    lead.post(`/drafts/${id}/approve`, {
      version: String(version),
      text: RUDE,
      ...(override === undefined ? {} : { override }),
    })
  expect((await send()).status).toBe(422)
  expect(lead.page).toContain('name="override"')
  expect((await send('   ')).status).toBe(422)
  expect((await draftOf(caseId)).state).toBe('pending')
  expect(await overrides()).toEqual([])

  expect((await send('Legal asked for these very words.')).status).toBe(303)
  expect(await draftOf(caseId)).toMatchObject({
    state: 'approved',
    decision_note: 'Legal asked for these very words.',
  })
  // The reason may hold names: it stays where it can be erased.
  expect(await overrides()).toEqual([{ rules: ['culprit'], why: expect.stringMatching(/^[0-9a-f]{64}$/) }])
})

test('what X can not take does not go out for any reason', async () => {
  const { caseId } = await addCase(desk.store, { draft: 'We are sorry.' })
  const lead = await as('approver')
  const { id, version } = await draftOf(caseId)
  const text = `We are sorry. ${'x'.repeat(300)}`
  const answer = await lead.post(`/drafts/${id}/approve`, {
    version: String(version),
    text,
    override: 'please',
  })
  expect(answer.status).toBe(422)
  expect(lead.page).not.toContain('name="override"')
  expect((await draftOf(caseId)).state).toBe('pending')
})

test('whoever may not let words out is not offered it', async () => {
  const { caseId } = await addCase(desk.store, { draft: RUDE })
  const agent = await as('agent')
  await agent.get(`/cases/${caseId}`)
  expect(agent.page).not.toContain('name="override"')
})
