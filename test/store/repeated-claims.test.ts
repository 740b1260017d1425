import { afterAll, beforeAll, expect, test } from 'vitest'
import { repeatedClaims } from '../../src/store/repeated-claims.ts'
import type { RefundState } from '../../src/store/schema.ts'
import { addSessions } from '../streaming/evening.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

let db: TestStore
beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db.close())

/** A refund of an order line that was watched on a device. */
async function claim(
  line: string,
  customerId: string,
  given: {
    device?: string | null
    cause?: string
    state?: RefundState
    daysAgo?: number
    sessions?: number
  } = {},
): Promise<void> {
  const { device = null, cause = 'playback', state = 'paid', daysAgo = 1, sessions = 1 } = given
  const at = new Date(Date.now() - daysAgo * 86_400_000)
  await addSessions(
    db.store,
    Array.from({ length: sessions }, () => ({
      customerId,
      orderLineId: line,
      deviceHash: device,
      verdict: 'poor' as const,
      at,
    })),
  )
  const { id } = await db.store
    .insertInto('refund_decisions')
    .values({
      order_line_id: line,
      customer_id: customerId,
      outcome: 'pay',
      amount_minor: 299,
      currency: 'USD',
      reasons: '[]',
      inputs: '{}',
      sentence: '{"en":"","ja":""}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db.store
    .insertInto('refunds')
    .values({
      key: `refund:${line}:${cause}`,
      decision_id: id,
      order_id: line,
      order_line_id: line,
      customer_id: customerId,
      payment_id: line,
      title: 'Casablanca',
      locale: 'en',
      amount_minor: 299,
      charged_minor: 299,
      currency: 'USD',
      state,
      created_at: at,
    })
    .execute()
}

test('claims of a customer are counted by order line: paid, on their way or asked, for playback, lately', async () => {
  await claim('a1', 'anna', { sessions: 3 })
  await claim('a2', 'anna', { state: 'reserved' })
  await claim('a3', 'anna', { state: 'asked' })
  await claim('a4', 'anna', { state: 'denied' })
  await claim('a5', 'anna', { state: 'failed' })
  await claim('a6', 'anna', { cause: 'delivery' })
  await claim('a7', 'anna', { daysAgo: 40 })
  await claim('b1', 'ben')
  const anna = { customerId: 'anna', deviceHash: null, days: 30 }
  expect(await repeatedClaims(db.store, anna)).toEqual({ byCustomer: 3, byDevice: 0, customersOnDevice: 0 })
  expect(await repeatedClaims(db.store, { ...anna, days: 60 })).toMatchObject({ byCustomer: 4 })
  expect(await repeatedClaims(db.store, { ...anna, orderLineId: 'a1' })).toMatchObject({ byCustomer: 2 })
})

test('claims on a device are counted whoever made them', async () => {
  await claim('d1', 'dora', { device: 'tv' })
  await claim('d2', 'emil', { device: 'tv', sessions: 2 })
  await claim('d3', 'fred', { device: 'phone' })
  const claims = await repeatedClaims(db.store, { customerId: 'gina', deviceHash: 'tv', days: 30 })
  expect(claims).toEqual({ byCustomer: 0, byDevice: 2, customersOnDevice: 2 })
})
