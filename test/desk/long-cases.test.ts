import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let approver: Browser
beforeAll(async () => {
  desk = await openDesk()
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
})
afterAll(() => desk?.close())

test('somebody who writes sixty times is read to the last word, and can be closed', async () => {
  const { caseId, draftId } = await addCase(desk.store, { text: 'The first of many.' })
  const { author_id: authorId } = await desk.store
    .selectFrom('cases')
    .select('author_id')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow()
  const posts = await desk.store
    .insertInto('posts')
    .values(
      Array.from({ length: 60 }, (_, index) => ({
        network: 'x',
        external_id: String(5_000_000 + index),
        source_id: 'x:mentions',
        author_id: authorId,
        text: `Word number ${index}.`,
        created_at: new Date(Date.now() + index),
        summoned: true,
        media: '[]',
        context: '{}',
        state: 'triaged' as const,
        case_id: caseId,
      })),
    )
    .returning('id')
    .execute()
  const newest = posts.at(-1)?.id as number
  await desk.store.updateTable('drafts').set({ post_id: newest }).where('id', '=', draftId).execute()
  await desk.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', '=', caseId)
    .execute()
  await approver.get('/')
  expect(approver.page).toContain('Word number 59.')
  expect(approver.page).toContain('61 posts')
  await approver.get(`/cases/${caseId}`)
  expect(approver.page).toContain('Word number 59.')
  const seen = /name="seen" value="(\d+)"[\s\S]*?name="reason"/.exec(
    approver.page.slice(approver.page.indexOf('id="close"')),
  )?.[1]
  expect(seen).toBe(String(newest))
  const closed = await approver.post(`/cases/${caseId}/close`, { reason: 'Solved', seen: seen ?? '' })
  expect(closed.status).toBe(303)
})
