import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { activateRule, COMMAND_LINE, settleUnknownRefund, shadowRules } from '../../src/refunds/index.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

let product: TestProduct
afterEach(() => product.close())

/** A shop that is not the sandbox's, as far as the configuration says; the wires still lead to the sandbox. */
const REAL_SHOP = {
  SHOP_ORIGIN: 'https://shop.example',
  SHOP_API_TOKEN: 'token',
  SHOP_API_KEY: 'a-key-of-the-shop-itself',
  PAYMENTS_ORIGIN: 'https://payments.example',
  PAYMENTS_API_KEY: 'key',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'Hinata <no-reply@hinata.example>',
}
const BAD: [string, number][] = [
  ['s', 1_000],
  ['p', 600_000],
  ['r', 60_000],
  ['p', 600_000],
  ['q', 0],
]

async function register(sid: string): Promise<string> {
  const answer = await fetch(`${product.origin}/v1/sessions`, {
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
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { token: string }).token
}

async function watch(sid: string, steps: [string, number][], start: number, firstSn = 0): Promise<void> {
  let ts = start
  const lines = steps.map(([state, ms], index) => {
    const line = `e=ps,sid="${sid}",sn=${firstSn + index},sta=${state},ts=${ts},v=2`
    ts += ms
    return line
  })
  const answer = await fetch(`${product.origin}/v1/cmcd`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await register(sid)}`, 'content-type': 'application/cmcd' },
    body: lines.join('\n'),
  })
  expect(answer.status).toBe(204)
}

const refunds = () => product.db.store.selectFrom('refunds').selectAll().execute()
const decisions = () =>
  product.db.store.selectFrom('refund_decisions').select(['outcome', 'limit_hit']).execute()
const deadLetters = () => product.db.store.selectFrom('dead_letters').select(['queue', 'error']).execute()

test('twenty minutes of playback that arrive within a second of the registration go to a person', async () => {
  product = await startProduct({ env: REAL_SHOP })
  const { store } = product.db
  for (const { id, hash } of await shadowRules(store)) {
    await activateRule(store, { ruleId: id, hash, actor: COMMAND_LINE, fourEyes: false })
  }
  await watch('forged', BAD, Date.now() - 1_300_000)
  await until('it is decided', async () => (await decisions()).length > 0, 20_000)
  expect(await decisions()).toEqual([{ outcome: 'ask', limit_hit: 'implausible' }])
  expect(product.sandbox.payments.control.refunds()).toEqual([])
}, 60_000)

test('stalls after a break that was longer than the idle time still count', async () => {
  product = await startProduct()
  const start = Date.now() - 4_000_000
  const evening: [string, number][] = [
    ['s', 1_000],
    ['p', 600_000],
    ['a', 1_000_000],
  ]
  await watch('break', evening, start)
  await until('it is decided', async () => (await decisions())[0]?.outcome === 'no-rule', 20_000)
  await watch('break', BAD.slice(1), start + 1_601_000, evening.length)
  await until('it is refunded', async () => (await refunds())[0]?.state === 'paid', 20_000)
  expect(await refunds()).toHaveLength(1)
}, 60_000)

test('a shop that is away longer than a job is tried costs no customer the refund', async () => {
  product = await startProduct()
  product.sandbox.shop.control.inject({ route: /./, kind: 'status', status: 503, times: 10_000 })
  await watch('away', BAD, Date.now() - 1_300_000)
  await sleep(32_000)
  expect(await deadLetters()).toEqual([])
  product.sandbox.shop.control.clearFaults()
  await until('it is refunded', async () => (await refunds())[0]?.state === 'paid', 40_000)
  expect(await refunds()).toHaveLength(1)
}, 120_000)

test('a provider that is away costs no customer the refund either', async () => {
  product = await startProduct()
  product.sandbox.payments.control.inject({ route: /./, kind: 'status', status: 401, times: 10_000 })
  await watch('unpaid', BAD, Date.now() - 1_300_000)
  const events = () => product.db.store.selectFrom('refund_events').select('state').execute()
  await until('it is to be decided', async () => (await events()).length === 1, 20_000)
  await sleep(12_000)
  expect(await events()).toEqual([{ state: 'new' }])
  expect(await deadLetters()).toEqual([])
  product.sandbox.payments.control.clearFaults()
  await until('it is paid', async () => (await refunds())[0]?.state === 'paid', 40_000)
  expect(product.sandbox.payments.control.refunds()).toHaveLength(1)
}, 120_000)

test('a refund that a person found to be paid is told to its customer by one mail', async () => {
  product = await startProduct()
  const { store } = product.db
  // The provider's webhook would tell at once that it has the refund.
  product.sandbox.payments.control.sendWebhooksTo(null)
  product.sandbox.payments.control.inject({ route: 'create_refund', kind: 'drop-after' })
  await watch('lost', BAD, Date.now() - 1_300_000)
  const refund = await until(
    'it waits',
    async () => (await refunds()).find(({ state }) => state === 'sending'),
    20_000,
  )
  product.sandbox.payments.control.inject({
    route: 'list_refunds',
    kind: 'status',
    status: 500,
    times: 10_000,
  })
  await store
    .updateTable('refunds')
    .set({ waiting_since: new Date(Date.now() - 86_400_000) })
    .execute()
  await until('nobody knows', async () => (await refunds())[0]?.state === 'unknown', 30_000)
  const settled = await settleUnknownRefund(store, { refundId: refund.id, userId: 1, paid: true })
  expect(settled).toEqual({ outcome: 'paid' })
  await product.app.queues.enqueue('payout', [refund.id, refund.id])
  await until('the mail arrived', async () => (await product.sandbox.smtp.messages()).length > 0)
  await sleep(1_000)
  expect(await product.sandbox.smtp.messages()).toHaveLength(1)
  expect(product.sandbox.payments.control.refunds()).toHaveLength(1)

  await watch('second', BAD, Date.now() - 1_300_000)
  const second = () =>
    store.selectFrom('streaming_sessions').select('state').where('sid', '=', 'second').executeTakeFirst()
  await until('the next session is decided', async () => (await second())?.state === 'decided', 20_000)
  expect(await refunds()).toHaveLength(1)
}, 90_000)
