import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  loadPayouts,
  loadRefundRules,
  payRefund,
  registerRules,
  resolveComplaint,
  type SettleParts,
  sendReplacement,
  settleEvent,
} from '../../src/refunds/index.ts'
import { findListingCase, listListingCases } from '../../src/store/listing-cases.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { complaint, eventOf } from './complaint-at-test.ts'
import { type Outside, openOutside } from './outside-at-test.ts'

/** She ordered the same decaf twice: ord_5009, and ord_5015 four days later. */
const CUSTOMER = 'cus_1009'

let db: TestStore
let outside: Outside
let parts: SettleParts
beforeAll(async () => {
  db = await createTestStore()
  outside = await openOutside()
  await registerRules(db.store, loadRefundRules('templates/refunds'), { activateFirst: true })
  parts = {
    shop: outside.shop,
    gateways: outside.gateways,
    payouts: loadPayouts('templates/payouts.yaml'),
    playback: () => null,
    idleMs: 60_000,
    ownerOf: () => 'catalogue',
  }
})
afterAll(async () => {
  await outside.close()
  await db.close()
})

/** A public complaint that names its order, decided as the worker does it. */
async function complain(order: string, author: string) {
  const given = { customerId: CUSTOMER, author, facts: { orders: [order], skus: ['coffee-decaf-500'] } }
  const { eventId, caseId } = await complaint(db.store, given)
  expect(await resolveComplaint(db.store, outside.shop, eventId)).toEqual({ outcome: 'new' })
  return { eventId, caseId, settled: await settleEvent(db.store, parts, eventId) }
}

test('the first wrong coffee is sent again; the second is refunded, and the listing is looked into', async () => {
  const first = await complain('ord_5009', 'laura')
  expect(first.settled).toMatchObject({ outcome: 'pay', refundId: null, replacementId: expect.any(Number) })
  const replacementId = (first.settled as { replacementId: number }).replacementId
  expect(await sendReplacement(db.store, outside.shop, replacementId, async () => null)).toMatchObject({
    outcome: 'sent',
  })
  expect(await listListingCases(db.store)).toEqual([])

  const second = await complain('ord_5015', 'laura')
  expect(second.settled).toMatchObject({ outcome: 'pay', refundId: expect.any(Number), replacementId: null })
  const refundId = (second.settled as { refundId: number }).refundId
  expect(await payRefund(db.store, outside.gateways, refundId, async () => null)).toMatchObject({
    outcome: 'paid',
  })

  const [found, ...others] = await listListingCases(db.store)
  expect(others).toEqual([])
  expect(found).toMatchObject({
    sku: 'coffee-decaf-500',
    code: 'item.wrong',
    owner: 'catalogue',
    state: 'open',
  })
  const evidence = (await findListingCase(db.store, found?.id ?? 0))?.evidence
  expect(evidence?.map((each) => [each.order_id, each.case_id])).toEqual([
    ['ord_5015', second.caseId],
    ['ord_5009', first.caseId],
  ])
  expect(outside.box.shop.control.replacements()).toHaveLength(1)
  expect(outside.box.payments.control.refunds()).toHaveLength(1)
})

test('a further complaint about an order that was settled gets nothing twice', async () => {
  const again = await complain('ord_5015', 'laura')
  expect(again.settled).toMatchObject({ outcome: 'deny', refundId: null, replacementId: null })
  expect(await eventOf(db.store, again.eventId)).toMatchObject({ state: 'decided' })
  expect(outside.box.shop.control.replacements()).toHaveLength(1)
  expect(outside.box.payments.control.refunds()).toHaveLength(1)
  expect(await listListingCases(db.store)).toHaveLength(1)
})
