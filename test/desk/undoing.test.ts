import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approveDraft, undoApproval } from '../../src/cases/index.ts'
import { beginSending, findDraftToPublish } from '../../src/store/replies.ts'
import { addCase, Browser, check, openDesk, type TestDesk } from './desk-at-test.ts'

const TEXT = 'We are sorry. We look into it.'

let desk: TestDesk
let approver: Browser
let approverId: number
beforeAll(async () => {
  desk = await openDesk()
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
  const row = await desk.store
    .selectFrom('users')
    .select('id')
    .where('login', '=', 'approver')
    .executeTakeFirstOrThrow()
  approverId = row.id
})
afterAll(() => desk.close())

const draftOf = (id: number) =>
  desk.store.selectFrom('drafts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

describe('an approval', () => {
  test('leaves the house ten seconds later, and the next page offers to take it back', async () => {
    const { draftId, caseId } = await addCase(desk.store)
    const answer = await approver.post(`/drafts/${draftId}/approve`, { version: 1, text: TEXT })
    const draft = await draftOf(draftId)
    const waitMs = (draft.publish_at?.getTime() ?? 0) - Date.now()
    expect(waitMs).toBeGreaterThan(7_000)
    expect(waitMs).toBeLessThan(11_000)
    await approver.get(answer.headers.get('location') ?? '')
    expect(approver.page).toContain(`action="/drafts/${draftId}/undo"`)
    const undone = await approver.post(`/drafts/${draftId}/undo`)
    expect(undone.headers.get('location')).toBe(`/cases/${caseId}?notice=undone`)
    expect(await draftOf(draftId)).toMatchObject({
      state: 'pending',
      version: 3,
      decided_by: null,
      publish_at: null,
      text: TEXT,
    })
    await approver.get(`/cases/${caseId}?notice=undone`)
    expect(approver.page).toContain('Taken back. Nothing was sent')
    expect(approver.page).toContain('Approval taken back')
  })

  test('is offered for taking back to nobody but who gave it, and not after its time', async () => {
    const { draftId } = await addCase(desk.store)
    await approver.post(`/drafts/${draftId}/approve`, { version: 1, text: TEXT })
    const admin = new Browser(desk.origin)
    await admin.signIn('admin')
    await admin.get(`/?notice=approved&undo=${draftId}`)
    expect(admin.page).not.toContain('id="undo"')
    await desk.store
      .updateTable('drafts')
      .set({ publish_at: new Date(Date.now() - 1000) })
      .where('id', '=', draftId)
      .execute()
    await approver.get(`/?notice=approved&undo=${draftId}`)
    expect(approver.page).not.toContain('id="undo"')
  })

  test('can not be taken back once it is being sent, which is said politely', async () => {
    const { draftId } = await addCase(desk.store)
    await approver.post(`/drafts/${draftId}/approve`, { version: 1, text: TEXT })
    await desk.store.updateTable('drafts').set({ publish_at: new Date() }).where('id', '=', draftId).execute()
    const draft = await findDraftToPublish(desk.store, draftId)
    if (!draft) throw new Error('no draft')
    expect(await beginSending(desk.store, draft)).toHaveProperty('replyId')
    const answer = await approver.post(`/drafts/${draftId}/undo`)
    expect(answer.status).toBe(409)
    expect(approver.page).toContain('It was too late to take it back')
    expect(await draftOf(draftId)).toMatchObject({ state: 'approved' })
  })

  test('is either taken back or sent when both come at once, never both and never neither', async () => {
    const outcomes = new Set<string>()
    for (let round = 0; round < 24; round++) {
      const { draftId } = await addCase(desk.store)
      const userId = approverId
      await approveDraft(desk.store, { draftId, version: 1, userId, check, undoMs: 0 })
      const draft = await findDraftToPublish(desk.store, draftId)
      if (!draft) throw new Error('no draft')
      const undo = () => undoApproval(desk.store, { draftId, userId })
      const send = () => beginSending(desk.store, draft)
      const both = round % 2 === 0 ? [undo(), send()] : [send(), undo()]
      const results = await Promise.all(both)
      const undone = results.some((each) => 'outcome' in each && each.outcome === 'undone')
      const sent = results.some((each) => 'replyId' in each)
      expect(undone).toBe(!sent)
      const { state } = await draftOf(draftId)
      expect(state).toBe(undone ? 'pending' : 'approved')
      outcomes.add(undone ? 'undone' : 'sent')
    }
    expect(outcomes.size).toBe(2)
  })

  test('that was undone and given again is not sent by the job of the first', async () => {
    const { draftId } = await addCase(desk.store)
    const userId = approverId
    await approveDraft(desk.store, { draftId, version: 1, userId, check, undoMs: 0 })
    const first = await findDraftToPublish(desk.store, draftId)
    if (!first) throw new Error('no draft')
    await undoApproval(desk.store, { draftId, userId })
    const again = await approveDraft(desk.store, { draftId, version: 3, userId, check })
    expect(again.outcome).toBe('approved')
    expect(await beginSending(desk.store, first)).toEqual({ refused: 'not-approved' })
  })

  test('that policy gave is not a person’s to undo', async () => {
    const { draftId } = await addCase(desk.store, { state: 'approved' })
    await desk.store.updateTable('drafts').set({ auto: true }).where('id', '=', draftId).execute()
    expect((await approver.post(`/drafts/${draftId}/undo`)).status).toBe(409)
    expect(await draftOf(draftId)).toMatchObject({ state: 'approved' })
  })
})
