import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

let product: TestProduct

beforeAll(async () => {
  product = await startProduct({ env: { DESK: 'off' } })
})
afterAll(() => product.close())

const health = async () => {
  const answer = await fetch(`${product.origin}/healthz`)
  return { status: answer.status, ...((await answer.json()) as { ok: boolean; reasons: string[] }) }
}

test('a revoked token is no silence: health says which source and what to do, and recovers by itself', async () => {
  await until('all is well', async () => (await health()).ok)
  product.sandbox.x.control.revoke('all')
  const sick = await until('it is noticed', async () => {
    const now = await health()
    return now.reasons.some((reason) => reason.startsWith('x:mentions')) ? now : null
  })
  expect(sick.status).toBe(503)
  expect(sick.reasons.join()).toMatch(/x:mentions.*keys/s)

  product.sandbox.x.control.restore()
  await product.db.store.updateTable('sources').set({ next_poll_at: new Date() }).execute()
  await until('it is well again', async () => (await health()).ok)
})

test('money that does not add up is an alarm', async () => {
  const { store } = product.db
  const decision = await store
    .insertInto('refund_decisions')
    .values({
      order_line_id: 'line-1',
      customer_id: 'cus_1',
      outcome: 'pay',
      amount_minor: 500,
      currency: 'USD',
      reasons: '[]',
      inputs: '{}',
      sentence: '{"en":"","ja":""}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const key of ['a', 'b']) {
    await store
      .insertInto('refunds')
      .values({
        key,
        decision_id: decision.id,
        order_id: 'o',
        order_line_id: 'line-1',
        customer_id: 'cus_1',
        payment_id: 'p',
        title: 't',
        locale: 'en',
        amount_minor: 500,
        charged_minor: 500,
        currency: 'USD',
        state: 'paid',
      })
      .execute()
  }
  await product.restart()
  const reasons = await until('the sweep has added up', async () => {
    const found = (await health()).reasons.join()
    return found.includes('refunded') ? found : null
  })
  expect(reasons).toContain('line-1 is refunded beyond its charge')
})

test('the database refuses ledger entries that do not balance, and changes of what is written', async () => {
  const { store } = product.db
  const refund = await store.selectFrom('refunds').select('id').executeTakeFirstOrThrow()
  const entry = {
    refund_id: refund.id,
    event: 'reserved',
    account: 'refunds:reserved',
    amount_minor: 5,
    currency: 'USD',
  }
  await expect(store.insertInto('ledger_entries').values(entry).execute()).rejects.toThrow(/sum to zero/)
  await expect(store.deleteFrom('ledger_entries').execute()).rejects.toThrow(/append-only/)
  await expect(store.updateTable('audit_log').set({ actor: 'x' }).execute()).rejects.toThrow(/append-only/)
})
