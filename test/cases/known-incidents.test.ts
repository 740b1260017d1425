import { afterAll, beforeAll, expect, test } from 'vitest'
import { draftCases } from '../../src/cases/index.ts'
import { knownIncidents } from '../../src/cases/known-incidents.ts'
import { loadReplies } from '../../src/replies/index.ts'
import { templatesDir } from '../replies/fixtures.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

const HOUR_MS = 3_600_000
const waves = { hours: 6, cases: 10, times: 3 }
const replies = loadReplies(templatesDir)
let db: TestStore
let people = 0

beforeAll(async () => {
  db = await createTestStore()
  await db.store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
})
afterAll(() => db.close())

/** A complaint that was heard so many hours ago. @returns the id of its case */
async function complain(code: string, hoursAgo: number, author = `person-${++people}`): Promise<number> {
  const at = new Date(Date.now() - hoursAgo * HOUR_MS)
  const { store } = db
  await store
    .insertInto('authors')
    .values({ network: 'x', external_id: author, username: author.replace('-', '_') })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { id } = await store
    .insertInto('cases')
    .values({
      ...{ network: 'x', author_id: author, matter: code, language: 'en', code, codes: [code], severity: 1 },
      ...{ confidence: 0.9, sentiment: 'negative', opened_at: at, due_at: at, last_post_at: at },
      needs_draft_since: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const post = await store
    .insertInto('posts')
    .values({
      ...{ network: 'x', external_id: `post-${id}`, source_id: 'x:mentions', author_id: author, case_id: id },
      ...{ text: 'It is late. @hinata_shop', created_at: at, conversation_id: `post-${id}`, summoned: true },
      ...{ media: '[]', context: '{}' },
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await store
    .insertInto('triages')
    .values({
      ...{
        post_id: post.id,
        language: 'en',
        sentiment: 'negative',
        score: -1,
        code,
        codes: [code],
        severity: 1,
      },
      ...{ confidence: 0.9, opt_out: false, reasons: '[]', entities: '[]', taxonomy_hash: 'x', at },
    })
    .execute()
  return id
}

const known = async () => {
  // What was looked up a minute ago counts no more.
  const isKnown = await knownIncidents(db.store, waves, Date.now() + ++people * 120_000)
  return (code: string) => isKnown({ code, entities: [] })
}

test('many complaints of one code are no incident before it is known what is usual', async () => {
  for (let each = 0; each < 12; each += 1) await complain('site.bug', 1)
  expect((await known())('site.bug')).toBe(false)
})

test('they are one where so many are unusual, for this code only', async () => {
  await complain('question', 80)
  expect((await known())('site.bug')).toBe(true)
  expect((await known())('delivery.late')).toBe(false)
})

test('as many as every day are none', async () => {
  for (let hoursAgo = 7; hoursAgo < 80; hoursAgo += 1) await complain('delivery.late', hoursAgo)
  for (let each = 0; each < 12; each += 1) await complain('delivery.late', 1)
  expect((await known())('delivery.late')).toBe(false)
})

test('an incident of the video service counts where it is, for what names its title', async () => {
  await db.store
    .insertInto('incidents')
    .values({
      ...{ dimension: 'title', value: 'Casablanca', began_at: new Date(), opened_at: new Date() },
      ...{ last_seen_at: new Date(), sessions: 9, affected: 9, never_started: 0, customers: 9 },
      ...{ baseline: 0 },
    })
    .execute()
  await known()
  const isKnown = await knownIncidents(db.store, waves, Date.now() + ++people * 120_000)
  const film = (en: string) => [{ kind: 'title', start: 0, end: 1, name: { en, ja: en } }]
  expect(isKnown({ code: 'streaming.quality', entities: film('Casablanca') })).toBe(true)
  expect(isKnown({ code: 'streaming.quality', entities: film('Tokyo Story') })).toBe(false)
  expect(isKnown({ code: 'delivery.late', entities: film('Casablanca') })).toBe(false)
})

test('two people of one incident read that we know, and each reads something else', async () => {
  const ids = [await complain('site.bug', 0), await complain('site.bug', 0)]
  await draftCases(db.store, replies, ids)
  const drafts = await db.store
    .selectFrom('drafts')
    .select(['template', 'text'])
    .where('case_id', 'in', ids)
    .execute()
  expect(drafts.map(({ template }) => template)).toEqual([
    expect.stringMatching(/^site\.bug\/en#[56]$/),
    expect.stringMatching(/^site\.bug\/en#[56]$/),
  ])
  expect(drafts[0]?.text).not.toBe(drafts[1]?.text)
})

test('who complains again, in another case, reads what they did not read before', async () => {
  const first = await complain('order.return', 3, 'rick')
  await draftCases(db.store, replies, [first])
  const sent = await db.store
    .updateTable('drafts')
    .set({ state: 'published' })
    .where('case_id', '=', first)
    .returning(['id', 'text', 'template'])
    .executeTakeFirstOrThrow()
  await db.store
    .insertInto('replies')
    .values({
      ...{ key: `draft-${sent.id}`, draft_id: sent.id, case_id: first, network: 'x', state: 'sent' as const },
      ...{ in_reply_to: `post-${first}`, text: sent.text ?? '' },
    })
    .execute()
  await db.store.updateTable('cases').set({ state: 'closed' }).where('id', '=', first).execute()
  const second = await complain('order.return', 0, 'rick')
  await draftCases(db.store, replies, [second])
  const draft = await db.store
    .selectFrom('drafts')
    .select(['template', 'text'])
    .where('case_id', '=', second)
    .executeTakeFirstOrThrow()
  expect(draft.template).toBe('order.return/en#4')
  expect(draft.text).not.toBe(sent.text)
})
