import { expect, test } from 'vitest'
import { disputesPage, forgetProviderEvents, recordProviderEvent } from '../../src/store/provider-events.ts'
import { createTestStore } from '../support/store.ts'

const DAY_MS = 86_400_000

test('what providers told is forgotten after 90 days, disputes are not', async () => {
  const db = await createTestStore()
  const dispute = {
    id: 'dp_1',
    paymentId: 'pi_1',
    aliasId: null,
    amountMinor: 100,
    currency: 'USD',
    status: 'open',
    at: new Date(),
  } as const
  for (const [id, days] of [
    ['old', 91],
    ['young', 89],
  ] as const) {
    await recordProviderEvent(db.store, { provider: 'stripe', id, type: 'charge.dispute.created', dispute })
    await db.store
      .updateTable('provider_events')
      .set({ received_at: new Date(Date.now() - days * DAY_MS) })
      .where('event_id', '=', id)
      .execute()
  }
  await forgetProviderEvents(db.store)
  const left = await db.store.selectFrom('provider_events').select('event_id').execute()
  expect(left).toEqual([{ event_id: 'young' }])
  expect(await disputesPage(db.store)).toMatchObject([{ id: 'dp_1' }])
  await db.close()
})
