import { afterAll, beforeAll, expect, test } from 'vitest'
import { draftCases } from '../../src/cases/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import { replyWith } from '../../src/store/cases.ts'
import { addCase, openDesk, type TestDesk } from '../desk/desk-at-test.ts'

const replies = loadReplies('templates')
let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const templateOf = async (caseId: number) => {
  const draft = await desk.store
    .selectFrom('drafts')
    .select('template')
    .where('case_id', '=', caseId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return draft.template
}

test('a rule that spoke chooses the answer once, and a later draft is about the complaint again', async () => {
  const { caseId } = await addCase(desk.store)
  expect(await replyWith(desk.store, caseId, 'order.replacement')).toBe(true)
  await draftCases(desk.store, replies, [caseId])
  expect(await templateOf(caseId)).toMatch(/^order\.replacement\//)
  await desk.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', '=', caseId)
    .execute()
  await draftCases(desk.store, replies, [caseId])
  expect(await templateOf(caseId)).toMatch(/^delivery\.late\//)
})

test('what a person wrote or let out stays, and a closed case is left alone', async () => {
  const edited = await addCase(desk.store)
  await desk.store.updateTable('drafts').set({ edited: true }).where('case_id', '=', edited.caseId).execute()
  const approved = await addCase(desk.store, { state: 'approved' })
  const closed = await addCase(desk.store)
  await desk.store.updateTable('cases').set({ state: 'closed' }).where('id', '=', closed.caseId).execute()
  for (const { caseId } of [edited, approved, closed]) {
    expect(await replyWith(desk.store, caseId, 'order.replacement')).toBe(false)
  }
})
