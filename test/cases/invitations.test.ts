import { afterAll, beforeAll, expect, test } from 'vitest'
import { draftCases } from '../../src/cases/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import { addCase, openDesk, type TestDesk } from '../desk/desk-at-test.ts'

const CLAIM = 'https://care.hinata.example.com/c/MSB4IDNtZiA.aaaaaaaaaaaaaaaaaaaaaa'
const replies = loadReplies('templates')
let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function draftOf(options?: Parameters<typeof draftCases>[3]) {
  const { caseId } = await addCase(desk.store, { draft: null, state: 'none' })
  await desk.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', '=', caseId)
    .execute()
  await draftCases(desk.store, replies, [caseId], options)
  const draft = await desk.store
    .selectFrom('drafts')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return { caseId, draft }
}

test('a draft invites only whom the hook names a link for, and costs what a link costs', async () => {
  const { draft: silent } = await draftOf()
  expect(silent.text).not.toContain('/c/')
  const asked: unknown[] = []
  const { caseId, draft } = await draftOf({
    claimUrlsFor: async (cases) => {
      asked.push(...cases.map(({ id, network, author_id, code }) => ({ id, network, author_id, code })))
      return new Map(cases.map(({ id }) => [id, CLAIM]))
    },
  })
  expect(asked).toEqual([
    { id: caseId, network: 'x', author_id: expect.stringMatching(/^author-/), code: 'delivery.late' },
  ])
  expect(draft.text).toContain(CLAIM)
  expect(draft.checks.filter((check) => !check.ok)).toEqual([])
  expect(draft.cost_micro_usd).toBe(replies.prices.priceMicroUsd('reply.summoned.url'))
  const { draft: linked } = await draftOf({ claimUrlsFor: async () => new Map() })
  expect(linked.text).not.toContain('/c/')
})
