import { afterAll, beforeAll, expect, test } from 'vitest'
import { snoozeCase, triagePosts } from '../../src/cases/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { triage } from '../triage/triage.ts'

let db: TestStore
beforeAll(async () => {
  db = await createTestStore()
  await db.store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
  await db.store.insertInto('authors').values({ network: 'x', external_id: 'a', username: 'a' }).execute()
})
afterAll(() => db.close())

async function hear(id: string, text: string): Promise<void> {
  const post = await db.store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: id,
      source_id: 'x:mentions',
      author_id: 'a',
      text,
      created_at: new Date(),
      conversation_id: 'one',
      summoned: true,
      media: '[]',
      context: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await triagePosts(db.store, triage, [post.id])
}
const theCase = () => db.store.selectFrom('cases').selectAll().executeTakeFirstOrThrow()

test.each([
  ['with another complaint', '2', 'It is still not here, the parcel is a week late! @hinata'],
  ['with nothing that needs an answer', '3', '@hinata ok'],
])('a case that rests comes back at once when the customer writes again %s', async (_, id, text) => {
  if (id === '2') await hear('1', 'My parcel is a week late and nobody knows where it is. @hinata')
  const { id: userId } = await db.store
    .insertInto('users')
    .values({ name: 'Mika', login: `mika${id}`, password_hash: 'x', role: 'agent' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: caseId } = await theCase()
  const until = new Date(Date.now() + 3600_000)
  expect(await snoozeCase(db.store, { caseId, userId, until, note: 'The carrier calls back.' })).toBe(true)
  expect((await theCase()).snoozed_until).toEqual(until)
  await hear(id, text)
  expect(await theCase()).toMatchObject({ id: caseId, snoozed_until: null })
})
