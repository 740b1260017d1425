import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadRefundRules, registerRules } from '../../src/refunds/index.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

/** A shop of one's own, as far as the configuration says; the wires lead to the sandbox. */
const REAL_SHOP = {
  SHOP_ORIGIN: 'https://shop.example',
  SHOP_API_TOKEN: 'token',
  SHOP_API_KEY: 'a-key-of-the-shop-itself',
  PAYMENTS_ORIGIN: 'https://payments.example',
  PAYMENTS_API_KEY: 'key',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'Hinata <no-reply@hinata.example>',
}
const YEAR_MS = 365 * 86_400_000

let product: TestProduct
beforeAll(async () => {
  product = await startProduct({
    env: { ...REAL_SHOP, WORKERS: 'quality,refund,payout,sweep', DESK: 'off' },
  })
  const { store } = product.db
  await store.deleteFrom('refund_rule_versions').execute()
  await registerRules(store, loadRefundRules('templates/refunds'), { activateFirst: true })
})
afterAll(() => product.close())

async function tell(sid: string, steps: [state: string, ms: number][], start: number): Promise<number> {
  const registered = await fetch(`${product.origin}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.shopApiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      sid,
      customerId: 'cus_1001',
      orderId: 'ord_5001',
      orderLineId: 'ord_5001-1',
      title: 'Casablanca',
    }),
  })
  expect(registered.status).toBe(201)
  const { token } = (await registered.json()) as { token: string }
  let ts = start
  const lines = steps.map(([state, ms], sn) => {
    const line = `e=ps,sid="${sid}",sn=${sn},sta=${state},ts=${ts},v=2`
    ts += ms
    return line
  })
  const answer = await fetch(`${product.origin}/v1/cmcd`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cmcd' },
    body: lines.join('\n'),
  })
  return answer.status
}

function notesOf(quality: Record<string, unknown> | null): string {
  return ((quality?.implausible ?? []) as string[]).join('; ')
}

async function outcomeOf(sid: string) {
  const { quality } = await until(`session ${sid} is decided`, () =>
    product.db.store
      .selectFrom('streaming_sessions')
      .select('quality')
      .where('sid', '=', sid)
      .where('state', '=', 'decided')
      .executeTakeFirst(),
  )
  const decision = await product.db.store
    .selectFrom('refund_decisions')
    .select(['outcome', 'limit_hit'])
    .where('order_line_id', '=', 'ord_5001-1')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  const paid = await product.db.store
    .selectFrom('refunds')
    .select('state')
    .where('state', 'not in', ['asked', 'denied'])
    .execute()
  return { implausible: notesOf(quality), decision, paid }
}

test('a year of stalls in a minute is stored, set aside with its reasons, and pays nothing', async () => {
  const start = Date.now() - 2 * YEAR_MS
  const steps: [string, number][] = [
    ['s', 1000],
    ['p', 600_000],
    ['r', YEAR_MS],
    ['p', 600_000],
    ['q', 0],
  ]
  expect(await tell('year', steps, start)).toBe(204)
  const { implausible, decision, paid } = await outcomeOf('year')
  expect(implausible).toMatch(/a stall of 31536000000 ms/)
  expect(implausible).toMatch(/while the reports arrived within/)
  expect(implausible).toMatch(/dated before the session was registered/)
  expect(decision).toEqual({ outcome: 'ask', limit_hit: 'implausible' })
  expect(paid).toEqual([])
})

test('a clock that runs ahead or went back is set aside too', async () => {
  const day = 86_400_000
  const steps: [string, number][] = [
    ['s', 1000],
    ['p', 600_000],
    ['r', -120_000],
    ['p', 600_000],
    ['q', 0],
  ]
  expect(await tell('skewed', steps, Date.now() + 3 * day)).toBe(204)
  const measured = await until('the session is measured', () =>
    product.db.store
      .selectFrom('streaming_sessions')
      .select('quality')
      .where('sid', '=', 'skewed')
      .where('quality', 'is not', null)
      .executeTakeFirst(),
  )
  const notes = notesOf(measured.quality)
  expect(notes).toMatch(/more than a day ahead/)
  expect(notes).toMatch(/clock went back/)
  const paid = await product.db.store
    .selectFrom('refunds')
    .select('state')
    .where('state', 'not in', ['asked', 'denied'])
    .execute()
  expect(paid).toEqual([])
})
