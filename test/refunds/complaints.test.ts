import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  chooseOrderLine,
  createShopClient,
  dropClaim,
  resolveComplaint,
  type ShopClient,
} from '../../src/refunds/index.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { linkAuthor, unlinkAuthor } from '../../src/store/author-links.ts'
import { claimsWanted, followLinks, onUnlinked } from '../../src/store/refund-events.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { complaint, eventOf, link } from './complaint-at-test.ts'

/** One order of one film and one of a kettle with detergent; two orders of the same coffee. */
const [FILM, KETTLE, COFFEE] = ['cus_1001', 'cus_1010', 'cus_1009']

let db: TestStore
let box: Sandbox
let shop: ShopClient
let userId: number

beforeAll(async () => {
  db = await createTestStore()
  box = await startSandbox({ dir: mkdtempSync(join(tmpdir(), 'complaints-')), feed: 'none' })
  shop = createShopClient({ origin: box.shop.origin, apiToken: box.shop.apiToken, timeoutMs: 2_000 })
  const user = await db.store
    .insertInto('users')
    .values({ name: 'Mika', login: 'mika', password_hash: 'x', role: 'approver' })
    .returning('id')
    .executeTakeFirstOrThrow()
  userId = user.id
})
afterAll(async () => {
  await box.close()
  await db.close()
})
beforeEach(() => box.shop.control.clearFaults())

describe('a complaint', () => {
  test('waits until its author has signed in, and then for its order', async () => {
    const { eventId, caseId, authorId } = await complaint(db.store, { customerId: null })
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'waits' })
    expect(await claimsWanted(db.store, [caseId])).toEqual(new Set([caseId]))

    expect(await link(db.store, { caseId, authorId, customerId: KETTLE })).toEqual([eventId])
    expect(await claimsWanted(db.store, [caseId])).toEqual(new Set())
    expect(await eventOf(db.store, eventId)).toMatchObject({
      state: 'waiting',
      waits_for: 'order',
      customer_id: KETTLE,
    })
    // Linked once more: nothing new to do.
    expect(await link(db.store, { caseId, authorId, customerId: KETTLE })).toEqual([])
  })

  test('whose order is certain can be decided', async () => {
    const given = { customerId: FILM, code: 'streaming.quality' }
    const { eventId } = await complaint(db.store, given)
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'new' })
    expect(await eventOf(db.store, eventId)).toMatchObject({
      state: 'new',
      waits_for: null,
      order_id: 'ord_5001',
      order_line_id: 'ord_5001-1',
      sku: 'film-casablanca',
    })
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'new' })
  })

  test('about which several orders could be goes to a person, who is asked once', async () => {
    const { eventId, caseId } = await complaint(db.store, { customerId: COFFEE })
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'waits' })
    const { person_since } = await eventOf(db.store, eventId)
    expect(person_since).not.toBeNull()
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'waits' })

    const choose = (orderLineId: string) =>
      chooseOrderLine(db.store, shop, { caseId, eventId, orderLineId, userId })
    // An order of somebody else can not be chosen.
    expect(await choose('ord_5001-1')).toEqual({ outcome: 'not-theirs' })
    expect(await choose('ord_5009-9')).toEqual({ outcome: 'not-theirs' })
    expect(await eventOf(db.store, eventId)).toMatchObject({ state: 'waiting', person_since })
  })

  test('whose order a person chose goes on with it, once', async () => {
    const { eventId, caseId, authorId } = await complaint(db.store, { customerId: null })
    await link(db.store, { caseId, authorId, customerId: COFFEE })
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'waits' })
    const choose = (orderLineId: string) =>
      chooseOrderLine(db.store, shop, { caseId, eventId, orderLineId, userId })
    const both = await Promise.all([choose('ord_5015-1'), choose('ord_5009-1')])
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['chosen', 'conflict'])
    expect(await eventOf(db.store, eventId)).toMatchObject({ state: 'new', sku: 'coffee-decaf-500' })
    const audited = await db.store
      .selectFrom('audit_log')
      .selectAll()
      .where('action', '=', 'claim.order-chosen')
      .where('subject', '=', `case:${caseId}`)
      .execute()
    expect(audited).toHaveLength(1)
  })

  test('is told apart by the order number or the product that it names', async () => {
    const byNumber = await complaint(db.store, { customerId: COFFEE, facts: { orders: ['ORD-5015'] } })
    const byProduct = await complaint(db.store, {
      customerId: KETTLE,
      facts: { skus: ['detergent-refill'] },
    })
    expect(await resolveComplaint(db.store, shop, byNumber.eventId)).toEqual({ outcome: 'new' })
    expect(await resolveComplaint(db.store, shop, byProduct.eventId)).toEqual({ outcome: 'new' })
    expect(await eventOf(db.store, byNumber.eventId)).toMatchObject({ order_line_id: 'ord_5015-1' })
    expect(await eventOf(db.store, byProduct.eventId)).toMatchObject({ order_line_id: 'ord_5010-2' })
  })

  test('waits for a shop that is away', async () => {
    const { eventId } = await complaint(db.store, { customerId: FILM, code: 'streaming.quality' })
    box.shop.control.inject({ route: 'customer', kind: 'html-503' })
    expect(await resolveComplaint(db.store, shop, eventId)).toMatchObject({ outcome: 'later' })
    expect(await eventOf(db.store, eventId)).toMatchObject({ state: 'waiting', person_since: null })
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'new' })
  })

  test('of a customer whom the shop does not know goes to a person', async () => {
    const { eventId } = await complaint(db.store, { customerId: 'cus_gone' })
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'waits' })
    expect((await eventOf(db.store, eventId)).person_since).not.toBeNull()
  })

  test('follows its author to another customer, and waits again where the link is ended', async () => {
    const { eventId, caseId, authorId } = await complaint(db.store, { customerId: null })
    await link(db.store, { caseId, authorId, customerId: COFFEE })
    await resolveComplaint(db.store, shop, eventId)
    await link(db.store, { caseId, authorId, customerId: KETTLE })
    expect(await eventOf(db.store, eventId)).toMatchObject({ customer_id: KETTLE, person_since: null })
    await db.store.transaction().execute((trx) => onUnlinked(trx, { network: 'x', authorId }))
    expect(await eventOf(db.store, eventId)).toMatchObject({ customer_id: null, waits_for: 'link' })
  })

  test('that has its order and is not decided yet waits again where its author takes the link back', async () => {
    const { eventId, caseId, authorId } = await complaint(db.store, {
      customerId: null,
      code: 'streaming.quality',
    })
    await link(db.store, { caseId, authorId, customerId: FILM })
    await resolveComplaint(db.store, shop, eventId)
    expect(await eventOf(db.store, eventId)).toMatchObject({ state: 'new', customer_id: FILM })
    const author = { network: 'x', authorId }
    expect(await unlinkAuthor(db.store, { ...author, customerId: KETTLE }, 'customer')).toBe(false)
    expect(await eventOf(db.store, eventId)).toMatchObject({ state: 'new', customer_id: FILM })
    expect(await unlinkAuthor(db.store, { ...author, customerId: FILM }, 'customer')).toBe(true)
    expect(await eventOf(db.store, eventId)).toMatchObject({
      state: 'waiting',
      waits_for: 'link',
      customer_id: null,
      order_line_id: null,
    })
  })

  test('is put right by the sweep where a process ended between a link and what follows from it', async () => {
    const { eventId, caseId, authorId } = await complaint(db.store, { customerId: null })
    const author = { network: 'x', authorId }
    await db.store
      .transaction()
      .execute((trx) => linkAuthor(trx, { ...author, customerId: KETTLE, caseId, consentVersion: '1' }))
    expect(await followLinks(db.store)).toContain(eventId)
    expect(await eventOf(db.store, eventId)).toMatchObject({ customer_id: KETTLE, waits_for: 'order' })
    expect(await followLinks(db.store)).toEqual([])

    await unlinkAuthor(db.store, author, 'customer')
    // Whoever comes between looks for no order of somebody who does not agree any more.
    expect(await resolveComplaint(db.store, shop, eventId)).toEqual({ outcome: 'waits' })
    expect(await followLinks(db.store)).toEqual([])
    expect(await eventOf(db.store, eventId)).toMatchObject({ customer_id: null, waits_for: 'link' })
  })

  test('for which nothing is to be paid is dropped by a person, and stays so', async () => {
    const { eventId, caseId, authorId } = await complaint(db.store, { customerId: null })
    expect(await dropClaim(db.store, { caseId, eventId, userId })).toEqual({ outcome: 'dropped' })
    expect(await dropClaim(db.store, { caseId, eventId, userId })).toEqual({ outcome: 'conflict' })
    expect(await link(db.store, { caseId, authorId, customerId: KETTLE })).toEqual([])
    expect(await eventOf(db.store, eventId)).toMatchObject({ state: 'dropped', dropped_by: userId })
  })
})
