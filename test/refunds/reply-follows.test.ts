import { expect, onTestFinished, test } from 'vitest'
import {
  loadPayouts,
  loadRefundRules,
  registerRules,
  resolveComplaint,
  settleEvent,
} from '../../src/refunds/index.ts'
import { createTestStore } from '../support/store.ts'
import { complaint } from './complaint-at-test.ts'
import { openOutside } from './outside-at-test.ts'
import { rulesFolder } from './rules-folder.ts'

test('a rule that pays for a complaint says which reply follows it, and one that asks a person does not', async () => {
  const db = await createTestStore()
  const outside = await openOutside()
  onTestFinished(async () => {
    await outside.close()
    await db.close()
  })
  const says = { event: 'complaint.coded', codes: ['item.*'], when: undefined, reply: 'order.replacement' }
  const rules = rulesFolder({
    dear: { ...says, priority: 20, when: 'complaint.severity == 3', approval: { always: true } },
    wrong: says,
  })
  await registerRules(db.store, loadRefundRules(rules), { activateFirst: true })
  const parts = {
    shop: outside.shop,
    gateways: outside.gateways,
    payouts: loadPayouts('templates/payouts.yaml'),
    playback: () => null,
    idleMs: 60_000,
    ownerOf: () => 'catalogue',
  }
  const settle = async (order: string, severity: number) => {
    const facts = { orders: [order], skus: ['coffee-decaf-500'], severity }
    const { eventId, caseId } = await complaint(db.store, { customerId: 'cus_1009', author: order, facts })
    await resolveComplaint(db.store, outside.shop, eventId)
    return { caseId, settled: await settleEvent(db.store, parts, eventId) }
  }
  const paid = await settle('ord_5009', 2)
  expect(paid.settled).toMatchObject({
    outcome: 'pay',
    reply: { caseId: paid.caseId, code: 'order.replacement' },
  })
  const asked = await settle('ord_5015', 3)
  expect(asked.settled).toMatchObject({ outcome: 'ask' })
  expect(asked.settled).not.toHaveProperty('reply')
})
