import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approveDraft, closeCase, markPostedByHand, rejectDraft } from '../../src/cases/index.ts'
import { addCase, check, openDesk, type TestDesk } from '../desk/desk-at-test.ts'

let desk: TestDesk
let userId: number
beforeAll(async () => {
  desk = await openDesk()
  userId = (await desk.store.selectFrom('users').select('id').executeTakeFirstOrThrow()).id
})
afterAll(() => desk.close())

/** The customer writes again, and triage joins the post to the case. */
async function writeAgain(caseId: number): Promise<number> {
  const { network, author_id } = await caseOf(caseId)
  const { id } = await desk.store
    .insertInto('posts')
    .values({
      network,
      external_id: `again-${caseId}`,
      source_id: 'x:mentions',
      author_id,
      text: 'And now it is on fire!',
      created_at: new Date(),
      summoned: true,
      media: '[]',
      context: '{}',
      state: 'triaged',
      case_id: caseId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await desk.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', '=', caseId)
    .execute()
  return id
}
const caseOf = (id: number) =>
  desk.store.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const draftOf = (id: number) =>
  desk.store.selectFrom('drafts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

describe('a customer who writes again before the decision', () => {
  test('is not hidden by rejecting the old draft', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await writeAgain(caseId)
    const done = await rejectDraft(desk.store, { draftId, version: 1, userId, note: 'Not for us' })
    expect(done).toMatchObject({ outcome: 'conflict', wroteAgain: true })
    expect(await caseOf(caseId)).toMatchObject({ state: 'open', needs_draft_since: expect.any(Date) })
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
  })

  test('is not hidden by closing the case, except by somebody who saw the new post', async () => {
    const { caseId, postId, draftId } = await addCase(desk.store)
    const newest = await writeAgain(caseId)
    const close = (seenPostId?: number) =>
      closeCase(desk.store, { caseId, userId, reason: 'Solved', ...(seenPostId ? { seenPostId } : {}) })
    expect(await close()).toMatchObject({ outcome: 'conflict', wroteAgain: true })
    expect(await close(postId)).toMatchObject({ outcome: 'conflict', wroteAgain: true })
    expect(await caseOf(caseId)).toMatchObject({ state: 'open', needs_draft_since: expect.any(Date) })
    expect(await draftOf(draftId)).toMatchObject({ state: 'pending' })
    expect(await close(newest)).toEqual({ outcome: 'closed' })
  })

  test('keeps the case open when the answer to the older post was posted by hand', async () => {
    const { caseId, draftId } = await addCase(desk.store, { summoned: false, delivery: 'manual' })
    await writeAgain(caseId)
    const done = await markPostedByHand(desk.store, { draftId, version: 1, userId, check })
    expect(done).toEqual({ outcome: 'posted', caseId, answered: false })
    expect(await draftOf(draftId)).toMatchObject({ state: 'published' })
    expect(await caseOf(caseId)).toMatchObject({
      state: 'open',
      needs_draft_since: expect.any(Date),
      answered_at: expect.any(Date),
    })
    const reply = await desk.store
      .selectFrom('replies')
      .select('state')
      .where('draft_id', '=', draftId)
      .executeTakeFirst()
    expect(reply?.state).toBe('sent')
  })

  test('does not keep an approved answer from going out', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await writeAgain(caseId)
    const done = await approveDraft(desk.store, { draftId, version: 1, userId, check })
    expect(done).toMatchObject({ outcome: 'approved', caseId })
  })
})
