import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { watchOverdue } from '../../src/refunds/index.ts'
import { insertDecision, markEventDecided } from '../../src/store/refund-decisions.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { eventOf } from './complaint-at-test.ts'
import { type Outside, openOutside, orderOf } from './outside-at-test.ts'
import { activate, rule } from './rules-at-test.ts'

const DAY_MS = 86_400_000
const late = rule('late', {
  event: 'delivery.overdue',
  when: 'delivery.daysLate >= 2',
  amount: { sharePercent: 10 },
})

let db: TestStore
let outside: Outside
/** Each turn comes ten minutes after the one before. */
let now = Date.now()
const turn = (laterMs = 10 * 60_000) => {
  now += laterMs
  return watchOverdue(db.store, outside.shop, new Date(now))
}

beforeAll(async () => {
  db = await createTestStore()
  outside = await openOutside()
})
afterAll(async () => {
  await outside.close()
  await db.close()
})
beforeEach(() => outside.box.shop.control.clearFaults())

test('nobody asks the shop for overdue deliveries while no rule wants them', async () => {
  orderOf(outside.box, { promisedAt: new Date(now - DAY_MS) })
  expect(await turn()).toEqual([])
  await activate(db.store, late)
  expect((await turn()).length).toBeGreaterThan(0)
})

test('a line is told of once, with how late it is, and the shop is not asked all the time', async () => {
  const { lineId, orderId, customerId } = orderOf(outside.box, { promisedAt: new Date(now - 3.5 * DAY_MS) })
  orderOf(outside.box, { promisedAt: new Date(now + DAY_MS) })
  const raised = await turn()
  expect(raised).toHaveLength(1)
  expect(await eventOf(db.store, raised[0] as number)).toMatchObject({
    key: `delivery:${lineId}`,
    kind: 'delivery',
    state: 'new',
    order_id: orderId,
    customer_id: customerId,
    facts: { daysLate: 3, delivered: false },
  })
  expect(await turn()).toEqual([])
  const another = orderOf(outside.box, { promisedAt: new Date(now - DAY_MS) })
  expect(await turn(60_000)).toEqual([])
  const [id] = await turn()
  expect(await eventOf(db.store, id as number)).toMatchObject({ order_id: another.orderId })
})

test('a line that no rule paid for is decided again when it is a day later; one that was paid is not', async () => {
  const [waiting, paid] = [0, 1].map(() => orderOf(outside.box, { promisedAt: new Date(now - DAY_MS) }))
  const raised = await turn()
  expect(raised).toHaveLength(2)
  for (const id of raised) {
    const event = await eventOf(db.store, id)
    await insertDecision(db.store, {
      event_id: id,
      kind: 'delivery.overdue',
      order_line_id: event.order_line_id ?? '',
      customer_id: event.customer_id ?? '',
      outcome: event.order_id === paid?.orderId ? 'pay' : 'no-rule',
      amount_minor: 0,
      currency: 'USD',
      reasons: '[]',
      inputs: '{}',
      sentence: JSON.stringify({ en: '', ja: '' }),
    })
    await markEventDecided(db.store, id)
  }
  expect(await turn()).toEqual([])
  const again = await turn(DAY_MS)
  const orders = await Promise.all(again.map(async (id) => (await eventOf(db.store, id)).order_id))
  expect(orders).toContain(waiting?.orderId)
  expect(orders).not.toContain(paid?.orderId)
})

test('a shop that is away or talks nonsense is asked again at the next turn', async () => {
  orderOf(outside.box, { promisedAt: new Date(now - 2 * DAY_MS) })
  outside.box.shop.control.inject({ route: /overdue/, kind: 'garbage' })
  expect(await turn()).toEqual([])
  outside.box.shop.control.inject({ route: /overdue/, kind: 'html-503' })
  expect(await turn()).toEqual([])
  expect(await turn()).toHaveLength(1)
})
