import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codingOf, correctCode, type FindEntities, triagePosts } from '../../src/cases/index.ts'
import { linkAuthor } from '../../src/store/author-links.ts'
import { claimsWanted, onLinked } from '../../src/store/refund-events.ts'
import { createEntityFinder, loadCatalogue } from '../../src/triage/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { taxonomy, triage } from '../triage/triage.ts'

const entities = createEntityFinder(loadCatalogue('templates/catalogue.yaml'))
const find: FindEntities = (post, language) =>
  entities.find(post.text, { at: post.created_at, timeZone: 'Asia/Tokyo', language })

const WRONG_ITEM = 'I ordered decaf coffee and you sent me the wrong item, regular instead of decaf! @hinata'
const LATE = 'My parcel is a week late and nobody knows where it is. @hinata'
const WANTED = ['item.*', 'delivery.late']

let db: TestStore
let userId: number
let people = 0
let posts = 0

beforeAll(async () => {
  db = await createTestStore()
  await db.store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
  const user = await db.store
    .insertInto('users')
    .values({ name: 'Mika', login: 'mika', password_hash: 'x', role: 'agent' })
    .returning('id')
    .executeTakeFirstOrThrow()
  userId = user.id
})
afterAll(() => db.close())

async function author(): Promise<string> {
  people += 1
  const id = `a${people}`
  await db.store.insertInto('authors').values({ network: 'x', external_id: id, username: id }).execute()
  return id
}

async function post(authorId: string, text: string, more: { replyTo?: string } = {}): Promise<number> {
  posts += 1
  const { id } = await db.store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: String(5000 + posts),
      source_id: 'x:mentions',
      author_id: authorId,
      text,
      created_at: new Date(),
      conversation_id: more.replyTo ?? null,
      summoned: true,
      media: '[]',
      context: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function triageOne(id: number, wanted: readonly string[] = WANTED): Promise<number[]> {
  const raised: number[] = []
  await triagePosts(db.store, triage, [id], undefined, find, {
    wanted,
    raised: (eventId) => void raised.push(eventId),
  })
  return raised
}

const caseOf = (authorId: string) =>
  db.store.selectFrom('cases').selectAll().where('author_id', '=', authorId).executeTakeFirstOrThrow()
const eventsOf = (caseId: number) =>
  db.store.selectFrom('refund_events').selectAll().where('case_id', '=', caseId).orderBy('id').execute()
const linkTo = (authorId: string, caseId: number, customerId: string) =>
  db.store.transaction().execute(async (trx) => {
    await linkAuthor(trx, { network: 'x', authorId, customerId, caseId, consentVersion: '1' })
    return onLinked(trx, { network: 'x', authorId, customerId })
  })

async function recode(authorId: string, code: string, severity: 0 | 1 | 2 | 3 = 1): Promise<number[]> {
  const found = await caseOf(authorId)
  const raised: number[] = []
  const done = await correctCode(
    db.store,
    taxonomy,
    { caseId: found.id, userId, codes: [code], severity, seen: codingOf(found) },
    { wanted: WANTED, raised: (id) => void raised.push(id) },
  )
  expect(done.outcome).toBe('corrected')
  return raised
}

describe('a complaint that some rule wants', () => {
  test('is written down with the triage, and waits for its author to sign in', async () => {
    const who = await author()
    const id = await post(who, `${WRONG_ITEM} Order number ORD-5009.`)
    expect(await triageOne(id)).toEqual([])
    const found = await caseOf(who)
    expect(found.code).toBe('item.wrong')
    const [event, ...others] = await eventsOf(found.id)
    expect(others).toEqual([])
    expect(event).toMatchObject({
      key: `complaint:${found.id}:item.wrong`,
      kind: 'complaint',
      state: 'waiting',
      waits_for: 'link',
      post_id: id,
      customer_id: null,
      sku: 'coffee-decaf-500',
      facts: {
        severity: found.severity,
        language: 'en',
        network: 'x',
        codes: found.codes,
        orders: ['ORD-5009'],
        skus: ['coffee-decaf-500'],
      },
    })
    // Ids only: the customer's words stay in the post.
    expect(JSON.stringify(event?.facts)).not.toMatch(/regular|instead/)
    expect(await claimsWanted(db.store, [found.id])).toEqual(new Set([found.id]))
  })

  test('of somebody who is linked already can go on at once', async () => {
    const who = await author()
    await triageOne(await post(who, LATE))
    await linkTo(who, (await caseOf(who)).id, 'cus_1')
    const other = await post(who, WRONG_ITEM)
    const raised = await triageOne(other)
    const event = await db.store
      .selectFrom('refund_events')
      .selectAll()
      .where('post_id', '=', other)
      .executeTakeFirstOrThrow()
    expect(event).toMatchObject({ state: 'waiting', waits_for: 'order', customer_id: 'cus_1' })
    expect(raised).toEqual([event.id])
  })

  test('is one however often its author writes, and learns what they name', async () => {
    const who = await author()
    const first = await post(who, WRONG_ITEM)
    await triageOne(first)
    await triageOne(await post(who, `The order number is ORD-5015, you sent me the wrong item. @hinata`))
    const { id } = await caseOf(who)
    const events = await eventsOf(id)
    expect(events).toHaveLength(1)
    expect(events[0]?.facts).toMatchObject({ orders: ['ORD-5015'], skus: ['coffee-decaf-500'] })
  })

  test('is another one where it reopens a case whose complaint was decided', async () => {
    const who = await author()
    await triageOne(await post(who, WRONG_ITEM))
    const { id } = await caseOf(who)
    await db.store.updateTable('refund_events').set({ state: 'decided' }).where('case_id', '=', id).execute()
    await triageOne(await post(who, WRONG_ITEM))
    expect(await eventsOf(id)).toHaveLength(1)
    await db.store.updateTable('cases').set({ state: 'answered' }).where('id', '=', id).execute()
    await triageOne(await post(who, WRONG_ITEM))
    const events = await eventsOf(id)
    expect(events.map(({ state }) => state)).toEqual(['decided', 'waiting'])
  })
})

describe('nothing is written down', () => {
  test.each([
    ['while no rule wants the code', WRONG_ITEM, ['billing.*']],
    ['while refunds want no complaints at all', WRONG_ITEM, []],
    ['for praise', 'Thank you, the best service ever! @hinata', ['*']],
    ['for abuse', 'You stupid idiots, I will find out where you live and hurt you @hinata', ['*']],
  ])('%s', async (_why, text, wanted) => {
    const who = await author()
    await triageOne(await post(who, text), wanted)
    const found = await caseOf(who)
    expect(await eventsOf(found.id)).toEqual([])
  })

  test('where the caller knows of no rules', async () => {
    const who = await author()
    await triagePosts(db.store, triage, [await post(who, WRONG_ITEM)], undefined, find)
    expect(await eventsOf((await caseOf(who)).id)).toEqual([])
  })

  test('where the triage itself comes to nothing', async () => {
    const who = await author()
    const id = await post(who, WRONG_ITEM)
    const broken: FindEntities = () => {
      throw new Error('boom')
    }
    const claims = { wanted: WANTED, raised: () => {} }
    await expect(triagePosts(db.store, triage, [id], undefined, broken, claims)).rejects.toThrow('boom')
    const events = await db.store.selectFrom('refund_events').select('id').where('post_id', '=', id).execute()
    expect(events).toEqual([])
  })
})

describe('when a person changes the code', () => {
  test('the event of the old code is dropped, and one of the new code raised', async () => {
    const who = await author()
    await triageOne(await post(who, `${WRONG_ITEM} Order number ORD-5009.`))
    const { id } = await caseOf(who)
    await recode(who, 'item.defective')
    const events = await eventsOf(id)
    expect(events.map(({ code, state }) => [code, state])).toEqual([
      ['item.wrong', 'dropped'],
      ['item.defective', 'waiting'],
    ])
    expect(events[1]?.facts).toMatchObject({
      confidence: 1,
      orders: ['ORD-5009'],
      skus: ['coffee-decaf-500'],
    })
    await recode(who, 'item.wrong')
    expect((await eventsOf(id)).map(({ code, state }) => [code, state])).toEqual([
      ['item.wrong', 'waiting'],
      ['item.defective', 'dropped'],
    ])
  })

  test('to one that no rule wants, or says that nobody was harmed, nothing is left to pay', async () => {
    const [one, other] = [await author(), await author()]
    for (const who of [one, other]) await triageOne(await post(who, WRONG_ITEM))
    await recode(one, 'question')
    await recode(other, 'item.wrong', 0)
    for (const who of [one, other]) {
      expect((await eventsOf((await caseOf(who)).id)).map(({ state }) => state)).toEqual(['dropped'])
    }
  })

  test('what was decided stays decided', async () => {
    const who = await author()
    await triageOne(await post(who, WRONG_ITEM))
    const { id } = await caseOf(who)
    await db.store.updateTable('refund_events').set({ state: 'decided' }).where('case_id', '=', id).execute()
    await recode(who, 'item.defective')
    expect((await eventsOf(id)).map(({ code, state }) => [code, state])).toEqual([
      ['item.wrong', 'decided'],
      ['item.defective', 'waiting'],
    ])
  })

  test('of a linked author, the new event can go on at once', async () => {
    const who = await author()
    await triageOne(await post(who, LATE))
    const { id } = await caseOf(who)
    await linkTo(who, id, 'cus_2')
    const raised = await recode(who, 'item.wrong', 2)
    expect(raised).toEqual([(await eventsOf(id)).at(-1)?.id])
  })
})

test('a link made while a post is triaged is never missed', async () => {
  for (let round = 0; round < 8; round += 1) {
    const who = await author()
    const id = await post(who, WRONG_ITEM)
    await Promise.all([triageOne(id), linkTo(who, 1, `cus_${who}`)])
    const event = await db.store
      .selectFrom('refund_events')
      .selectAll()
      .where('post_id', '=', id)
      .executeTakeFirstOrThrow()
    expect(event).toMatchObject({ waits_for: 'order', customer_id: `cus_${who}` })
  }
})
