import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  closeListingCase,
  countOpenListingCases,
  findListingCase,
  openListingCase,
} from '../../src/store/listing-cases.ts'
import { dropOtherComplaints, earlierComplaints } from '../../src/store/refund-events.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { complaint, eventOf, settledComplaint } from './complaint-at-test.ts'

let db: TestStore
let userId: number
beforeAll(async () => {
  db = await createTestStore()
  const user = await db.store
    .insertInto('users')
    .values({ name: 'Mika', login: 'mika', password_hash: 'x', role: 'ops' })
    .returning('id')
    .executeTakeFirstOrThrow()
  userId = user.id
})
afterAll(() => db.close())

let products = 0
const product = () => `sku-${++products}`
const earlier = async (eventId: number) => earlierComplaints(db.store, await eventOf(db.store, eventId))
const open = (eventId: number, withinDays = 90) =>
  db.store.transaction().execute((trx) =>
    openListingCase(trx, {
      eventId,
      title: 'Decaf coffee beans',
      owner: 'catalogue',
      ruleId: 'repeated',
      withinDays,
    }),
  )

describe('earlier complaints', () => {
  test('are those with the same code about the same product, by this customer and by anybody', async () => {
    const sku = product()
    await settledComplaint(db.store, { customerId: 'c1', sku, line: 'l1', daysAgo: 10 })
    await settledComplaint(db.store, { customerId: 'c2', sku, line: 'l2', daysAgo: 3 })
    await settledComplaint(db.store, { customerId: 'c1', sku: product(), line: 'l3', daysAgo: 2 })
    await settledComplaint(db.store, {
      customerId: 'c1',
      sku,
      line: 'l4',
      daysAgo: 1,
      code: 'item.defective',
    })
    const { eventId } = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'l5' })
    const { customer, product: all } = await earlier(eventId)
    expect(customer.map(Math.floor)).toEqual([10])
    expect(all.map(Math.floor)).toEqual([3, 10])
  })

  test('count a case once, and not those that came to nothing or came later', async () => {
    const sku = product()
    const first = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'm1', daysAgo: 5 })
    const { eventId } = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'm2', daysAgo: 2 })
    await settledComplaint(db.store, { customerId: 'c1', sku, line: 'm3' })
    expect((await earlier(eventId)).customer).toHaveLength(1)
    await dropOtherComplaints(db.store, first.caseId, null)
    expect((await earlier(eventId)).customer).toHaveLength(0)
  })

  test('of authors who never signed in count for the product, where they named it', async () => {
    const sku = product()
    await complaint(db.store, { customerId: null, facts: { skus: [sku] } })
    const { eventId } = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'n1' })
    const { customer, product: all } = await earlier(eventId)
    expect([customer.length, all.length]).toEqual([0, 1])
  })
})

describe('a listing case', () => {
  test('is opened once for a product and code, with the complaints of the window as evidence', async () => {
    const sku = product()
    const old = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'o1', daysAgo: 200 })
    const before = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'o2', daysAgo: 20 })
    const now = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'o3' })
    const opened = await open(now.eventId)
    expect(opened).toMatchObject({ opened: true })
    const found = await findListingCase(db.store, opened?.id ?? 0)
    expect(found).toMatchObject({
      sku,
      code: 'item.wrong',
      owner: 'catalogue',
      state: 'open',
      former_id: null,
    })
    expect(found?.evidence.map(({ id }) => id)).toEqual([now.eventId, before.eventId])
    expect(found?.evidence.map(({ id }) => id)).not.toContain(old.eventId)
    expect(found?.evidence[0]).toMatchObject({ case_id: now.caseId, order_id: 'order-of-o3' })
    // Ids and dates only: what the customer wrote stands in the post.
    expect(JSON.stringify(found)).not.toContain('label says')
  })

  test('is joined by further complaints, whether they repeat or not', async () => {
    const sku = product()
    const first = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'p1' })
    const opened = await open(first.eventId)
    const next = await settledComplaint(db.store, { customerId: 'c9', sku, line: 'p2' })
    expect(await open(next.eventId)).toEqual({ id: opened?.id, opened: false })
    const named = await complaint(db.store, { customerId: null, facts: { skus: [sku] } })
    const found = await findListingCase(db.store, opened?.id ?? 0)
    expect(found?.evidence.map(({ id }) => id)).toEqual([named.eventId, next.eventId, first.eventId])
  })

  test('is one, however many decisions open it at the same moment', async () => {
    const sku = product()
    const events = await Promise.all(
      ['q1', 'q2', 'q3', 'q4'].map((line) => settledComplaint(db.store, { customerId: 'c1', sku, line })),
    )
    const opened = await Promise.all(events.map(({ eventId }) => open(eventId)))
    expect(new Set(opened.map((each) => each?.id)).size).toBe(1)
    expect(opened.filter((each) => each?.opened)).toHaveLength(1)
  })

  test('is closed with what was fixed; complaints after that open one that names it', async () => {
    const sku = product()
    const first = await settledComplaint(db.store, { customerId: 'c1', sku, line: 'r1' })
    const id = (await open(first.eventId))?.id as number
    const count = await countOpenListingCases(db.store)
    const fix = 'The listing had the photo of another brand.'
    expect(await closeListingCase(db.store, { id, userId, fix })).toBe(true)
    expect(await closeListingCase(db.store, { id, userId, fix: 'me too' })).toBe(false)
    expect(await countOpenListingCases(db.store)).toBe(count - 1)
    const again = await settledComplaint(db.store, { customerId: 'c2', sku, line: 'r2' })
    const reopened = await open(again.eventId)
    expect(reopened).toMatchObject({ opened: true })
    expect(await findListingCase(db.store, reopened?.id ?? 0)).toMatchObject({
      former_id: id,
      former_fix: fix,
      evidence: [{ id: again.eventId }],
    })
    expect(await findListingCase(db.store, id)).toMatchObject({ state: 'closed', laterId: reopened?.id })
  })
})
