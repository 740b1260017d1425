import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Contact, eachContactPage, readContacts, storeContactCodes } from '../../src/store/contacts.ts'
import { migrate } from '../../src/store/database.ts'
import { keepContacts, type Veil } from '../../src/voice/index.ts'
import { databaseOf } from '../support/database-of.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { addPost, addRefund, addSession, answer, keepAll, VEIL } from './contacts-at-test.ts'

let db: TestStore

beforeEach(async () => {
  db = await createTestStore()
})
afterEach(() => db.close())

const all = (filter = {}) => readContacts(db.store, filter, { limit: 100, texts: true })
const only = async (kind: Contact['kind']) => {
  const found = await all({ kind })
  expect(found).toHaveLength(1)
  return found[0] as Contact
}

test('a triaged post becomes a contact with its code, product and masked text', async () => {
  const { authorId, caseId } = await addPost(db.store, {
    text: '箱がつぶれてた。佐藤です、電話090-1234-5678まで',
    language: 'ja',
    severity: 2,
    entities: [
      { kind: 'product', id: 'sku-1', name: { en: 'Cold brew', ja: 'コールドブリュー' }, start: 0, end: 2 },
    ],
  })
  await keepAll(db.store)
  expect(await only('post')).toMatchObject({
    at: new Date('2026-11-02T09:00:00.000Z'),
    day: '2026-11-02',
    network: 'x',
    language: 'ja',
    code: 'packaging.damage',
    codes: ['packaging.damage'],
    sentiment: 'negative',
    severity: 2,
    product_id: 'sku-1',
    product_name: 'Cold brew',
    outcome: 'nothing',
    open: true,
    first_answer_s: null,
    text: '箱がつぶれてた。佐藤です、電話[phone]まで',
    person: VEIL.pseudonyms.of({ network: 'x', id: authorId }),
    case_id: caseId,
  })
})

test('an answer, a refund and its reversal amend the contact', async () => {
  const post = await addPost(db.store)
  await keepAll(db.store)
  await answer(db.store, post, 412)
  await keepAll(db.store)
  expect(await only('post')).toMatchObject({
    outcome: 'answered',
    open: false,
    first_answer_s: 412,
    cost_micro_usd: 10_000,
  })
  const refund = await addRefund(db.store, { caseId: post.caseId, code: 'packaging.damage' })
  await keepAll(db.store)
  expect(await only('post')).toMatchObject({
    outcome: 'refunded',
    refund_minor: 299,
    refund_currency: 'USD',
    region: 'JP',
    order_kind: 'rental',
  })
  expect(await only('refund')).toMatchObject({
    code: 'packaging.damage',
    outcome: 'refunded',
    refund_minor: 299,
    refund_currency: 'USD',
    product_name: 'Casablanca',
    person: VEIL.pseudonyms.of({ network: 'shop', id: 'cus_1' }),
  })
  await sql`update refunds set reversed_at = now() where id = ${refund}`.execute(db.store)
  await keepAll(db.store)
  expect((await only('refund')).outcome).toBe('reversed')
  expect(await only('post')).toMatchObject({ outcome: 'reversed', refund_minor: null, refund_currency: null })
})

test('several posts of a case share an answer, and one of them carries the money', async () => {
  const first = await addPost(db.store)
  const later = await addPost(db.store, {
    caseId: first.caseId,
    authorId: first.authorId,
    at: new Date('2026-11-02T09:05:00.000Z'),
  })
  await answer(db.store, later, 60)
  await addRefund(db.store, { caseId: first.caseId })
  await keepAll(db.store)
  const posts = await all({ kind: 'post' })
  expect(
    posts.map(({ first_answer_s, refund_minor, outcome }) => [first_answer_s, refund_minor, outcome]),
  ).toEqual([
    [360, 299, 'refunded'],
    [60, null, 'refunded'],
  ])
})

test('sessions that went badly are contacts and good ones are not; the refund that follows amends them', async () => {
  await addSession(db.store)
  await addSession(db.store, { sid: 'sid-2', lineId: 'line-2', verdict: 'good' })
  await addSession(db.store, { sid: 'sid-3', lineId: 'line-3', verdict: 'never-started' })
  await keepAll(db.store)
  const before = await all()
  expect(before.map(({ kind, code, region, outcome }) => [kind, code, region, outcome])).toEqual([
    ['playback', 'streaming.quality', 'JP-13', 'nothing'],
    ['playback', 'streaming.playback_error', 'JP-13', 'nothing'],
  ])
  await addRefund(db.store, { kind: 'playback' })
  await keepAll(db.store)
  const [first, second] = await all({ kind: 'playback' })
  expect(first).toMatchObject({ outcome: 'refunded', refund_minor: 299, order_kind: 'rental' })
  expect(second?.outcome).toBe('nothing')
  expect(await only('refund')).toMatchObject({ code: 'streaming.quality', product_name: 'Casablanca' })
})

test('a code that a person corrects changes the contact and leaves a correction', async () => {
  const { postId, caseId } = await addPost(db.store)
  await keepAll(db.store)
  const { rows } = await sql<{ id: number }>`
    insert into users (name, login) values ('Aki', 'aki') returning id`.execute(db.store)
  const userId = rows[0]?.id
  await sql`update cases set code = 'item.defective', codes = '{item.defective}', severity = 2, code_by = ${userId}
    where id = ${caseId}`.execute(db.store)
  await sql`insert into labels (post_id, code, codes, source, user_id)
    values (${postId}, 'item.defective', '{item.defective}', 'corrected', ${userId})`.execute(db.store)
  await keepAll(db.store)
  expect(await only('post')).toMatchObject({ code: 'item.defective', severity: 2 })
  expect(await only('correction')).toMatchObject({
    code: 'item.defective',
    code_before: 'packaging.damage',
    text: null,
  })
  await sql`update labels set code = 'none', codes = '{none}' where post_id = ${postId}`.execute(db.store)
  await keepAll(db.store)
  expect(await all({ kind: 'post' })).toEqual([])
  expect((await only('correction')).code).toBe('none')
})

test('what is not about us, ours, or edited since is no contact, and a deleted post loses its words', async () => {
  await addPost(db.store, { code: 'none', caseId: null })
  await addPost(db.store, { own: true })
  const edited = await addPost(db.store)
  const deleted = await addPost(db.store)
  const optedOut = await addPost(db.store, {
    code: 'delivery.late',
    caseId: null,
    text: 'late again, do not reply',
  })
  await keepAll(db.store)
  expect(await all()).toHaveLength(3)
  await sql`update posts set superseded_by = '1' where id = ${edited.postId}`.execute(db.store)
  await sql`update posts set deleted_at = now() where id = ${deleted.postId}`.execute(db.store)
  await keepAll(db.store)
  const left = await all()
  expect(new Map(left.map(({ case_id, text }) => [case_id, text]))).toEqual(
    new Map([
      [deleted.caseId, null],
      [optedOut.caseId, 'late again, do not reply'],
    ]),
  )
})

test('nothing is missed or written twice when many write, change and keep at once, in small batches', async () => {
  const posts = await Promise.all(Array.from({ length: 60 }, () => addPost(db.store)))
  let writing = true
  const keepers = [1, 2, 3].map(async () => {
    while (writing) await keepContacts(db.store, VEIL, 7)
  })
  await Promise.all(posts.map((post, index) => answer(db.store, post, index + 1)))
  writing = false
  await Promise.all(keepers)
  await keepAll(db.store, 5)
  const contacts = await all()
  expect(contacts).toHaveLength(60)
  const byCase = new Map(contacts.map((contact) => [contact.case_id, contact.first_answer_s]))
  expect(posts.map(({ caseId }) => byCase.get(caseId))).toEqual(posts.map((_, index) => index + 1))
})

test('a post that can not be written holds up no other, and is written once it can be', async () => {
  for (const text of ['first', 'poison', 'last']) await addPost(db.store, { text })
  const broken: Veil = {
    ...VEIL,
    mask(text) {
      if (text === 'poison') throw new Error('no mask for this')
      return text
    },
  }
  await expect(keepContacts(db.store, broken)).rejects.toThrow('no mask for this')
  expect((await all()).map(({ text }) => text).sort()).toEqual(['first', 'last'])
  await addPost(db.store, { text: 'later' })
  await expect(keepContacts(db.store, broken)).rejects.toThrow('no mask for this')
  expect(await all()).toHaveLength(3)
  await keepAll(db.store)
  expect(await all()).toHaveLength(4)
})

test('a row that stays the same is not amended', async () => {
  const { postId } = await addPost(db.store)
  await keepAll(db.store)
  const before = await only('post')
  await sql`insert into contacts_to_do (what, ref) values ('post', ${String(postId)}), ('post', ${String(postId)})`.execute(
    db.store,
  )
  await keepAll(db.store)
  expect(await only('post')).toEqual(before)
})

test('a contact whose person was forgotten is amended without them', async () => {
  const post = await addPost(db.store)
  await keepAll(db.store)
  await sql`update contacts set text = null, person = null`.execute(db.store)
  await answer(db.store, post, 7)
  await keepAll(db.store)
  expect(await only('post')).toMatchObject({
    outcome: 'answered',
    first_answer_s: 7,
    text: null,
    person: null,
  })
})

test('whoever changes a row never waits for those who keep contacts', async () => {
  const post = await addPost(db.store)
  await db.store.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('contacts', 0))`.execute(trx)
    await sql`delete from contacts_to_do`.execute(trx)
    await answer(db.store, post, 5)
  })
  await keepAll(db.store)
  expect((await only('post')).first_answer_s).toBe(5)
})

test('a code that was renamed or removed is shown as such, and asked for by its new name', async () => {
  await storeContactCodes(db.store, [code('packaging.damage'), code('delivery.late')])
  await addPost(db.store)
  await addPost(db.store, { code: 'delivery.late' })
  await addPost(db.store, { code: 'never.listed' })
  await keepAll(db.store)
  await storeContactCodes(db.store, [{ ...code('packaging.broken'), formerly: ['packaging.damage'] }])
  const shown = (await all()).map(({ code: given, code_now, code_state }) => [given, code_now, code_state])
  expect(shown).toEqual([
    ['packaging.damage', 'packaging.broken', 'renamed'],
    ['delivery.late', 'delivery.late', 'removed'],
    ['never.listed', 'never.listed', 'removed'],
  ])
  expect(await all({ code: 'packaging.broken' })).toHaveLength(1)
  expect(await all({ code: 'packaging.*' })).toHaveLength(1)
  const { rows } = await sql<{ code: string; state: string; name_en: string }>`
    select code, state, name_en from voice.codes order by code`.execute(db.store)
  expect(rows).toEqual([
    { code: 'delivery.late', state: 'removed', name_en: 'Name of delivery.late' },
    { code: 'never.listed', state: 'removed', name_en: 'never.listed' },
    { code: 'packaging.broken', state: 'current', name_en: 'Name of packaging.broken' },
    { code: 'packaging.damage', state: 'renamed', name_en: 'Name of packaging.damage' },
  ])
})

test('pages hold every contact once, also those of one moment', async () => {
  for (let i = 0; i < 13; i++) await addPost(db.store)
  await keepAll(db.store)
  const ids: number[] = []
  for await (const page of eachContactPage(db.store, {}, { texts: false, pageSize: 4 })) {
    ids.push(...page.map(({ id }) => id))
    expect(page[0]).not.toHaveProperty('text')
    expect(page[0]).not.toHaveProperty('person')
  }
  expect(new Set(ids).size).toBe(13)
  expect(ids).toHaveLength(13)
})

function code(name: string) {
  return { code: name, name: { en: `Name of ${name}`, ja: name }, department: 'logistics' }
}

test('an upgrade writes contacts of what was there before, and of what is new first', async () => {
  const old = await databaseOf('0024')
  const before = await addPost(old)
  await answer(old, before, 90)
  await addSession(old, { verdict: 'never-started' })
  await addRefund(old, { kind: 'playback' })
  await addPost(old, { code: 'none', caseId: null })
  await migrate(old)
  const after = await addPost(old, { code: 'delivery.late' })
  await keepContacts(old, VEIL, 1)
  const first = await readContacts(old, {}, { limit: 10, texts: true })
  expect(first.map(({ case_id }) => case_id)).toEqual([after.caseId])
  await keepAll(old)
  const contacts = await readContacts(old, {}, { limit: 10, texts: true })
  expect(contacts.map(({ kind, outcome }) => `${kind} ${outcome}`).sort()).toEqual([
    'playback refunded',
    'post answered',
    'post nothing',
    'refund refunded',
  ])
})
