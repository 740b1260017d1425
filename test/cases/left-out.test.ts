import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { triagePosts } from '../../src/cases/index.ts'
import { readCasesToDraft, takeCasesToDraft } from '../../src/store/drafts.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { triage } from '../triage/triage.ts'

let db: TestStore
beforeAll(async () => {
  db = await createTestStore()
  await db.store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
})
afterAll(() => db.close())

async function hear(author: string, id: string, createdAt: Date, text: string): Promise<number> {
  await db.store
    .insertInto('authors')
    .values({ network: 'x', external_id: author, username: author })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const post = await db.store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: id,
      source_id: 'x:mentions',
      author_id: author,
      text,
      created_at: createdAt,
      conversation_id: author,
      summoned: true,
      media: '[]',
      context: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return post.id
}

test('a post, or a case, that the search index or a note refers to at this moment is not left out', async () => {
  const id = await hear('mika', '1', new Date(), 'My parcel is a week late. @hinata')
  await db.store.transaction().execute(async (other) => {
    // Its foreign key holds a share of the row until it is committed.
    await sql`insert into post_words (post_id, grams) values (${id}, '{1}')`.execute(other)
    const [touched] = await triagePosts(db.store, triage, [id])
    expect(touched).toBeDefined()
    await sql`select id from cases where id = ${touched?.id} for key share`.execute(other)
    const taken = await db.store
      .transaction()
      .execute((trx) => takeCasesToDraft(trx, [touched?.id as number]))
    expect(taken.cases.map((each) => each.id)).toEqual([touched?.id])
  })
})

test('of two posts, the one that was written last is answered, whichever the network told of first', async () => {
  const now = Date.now()
  const later = await hear('ken', '22', new Date(now), 'Still no parcel, a week late now! @hinata')
  const earlier = await hear('ken', '21', new Date(now - 60_000), 'My parcel is late. @hinata')
  const [touched] = await triagePosts(db.store, triage, [later, earlier])
  const [row] = await readCasesToDraft(db.store, [touched?.id as number])
  expect(row).toMatchObject({ postId: later, externalId: '22' })
})

test('a case that somebody else holds at this moment is said to be held, to be looked at again soon', async () => {
  const id = await hear('sora', '31', new Date(), 'My parcel is a week late. @hinata')
  const [touched] = await triagePosts(db.store, triage, [id])
  const caseId = touched?.id as number
  const take = () => db.store.transaction().execute((trx) => takeCasesToDraft(trx, [caseId]))
  await db.store.transaction().execute(async (other) => {
    await sql`select id from cases where id = ${caseId} for update`.execute(other)
    expect(await take()).toMatchObject({ cases: [], held: [caseId] })
  })
  expect(await take()).toMatchObject({ cases: [{ id: caseId }], held: [] })
})
