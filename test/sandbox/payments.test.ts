import { describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { freshDir, sandbox } from './support.ts'

interface AnswerBody {
  id?: string
  lines?: unknown[]
  error?: { code: string }
}

const CASABLANCA = { paymentId: 'pay_5001', amountMinor: 299, currency: 'USD' }

describe('the payment provider of the sandbox', () => {
  it('refunds once under one idempotency key and replays the stored answer', async () => {
    const box = await sandbox()
    const body = { ...CASABLANCA, metadata: { refundKey: 'k1' } }
    const first = await refund(box, body, 'k1')
    expect(first).toMatchObject({
      status: 201,
      body: { status: 'succeeded', amountMinor: 299, metadata: { refundKey: 'k1' } },
    })
    expect(await refund(box, body, 'k1')).toEqual(first)
    expect(box.payments.control.refunds()).toHaveLength(1)
    expect(await refund(box, { ...body, amountMinor: 100 }, 'k1')).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency_key_reused' } },
    })
  })

  it('refuses what a payment does not hold, an unknown one, another currency and a bad request', async () => {
    const box = await sandbox()
    await refund(box, { ...CASABLANCA, amountMinor: 200 }, 'a')
    const refusals = [
      [{ ...CASABLANCA, amountMinor: 100 }, 402, 'amount_exceeds_payment'],
      [{ ...CASABLANCA, paymentId: 'pay_0' }, 404, 'payment_not_found'],
      [{ ...CASABLANCA, currency: 'JPY' }, 400, 'currency_mismatch'],
      [{ ...CASABLANCA, amountMinor: 2.5 }, 400, 'invalid_request'],
      [{ ...CASABLANCA, metadata: { refundKey: 5 } }, 400, 'invalid_request'],
    ] as const
    for (const [index, [body, status, code]] of refusals.entries())
      expect(await refund(box, body, `r${index}`)).toMatchObject({ status, body: { error: { code } } })
    expect(await refund(box, CASABLANCA, '')).toMatchObject({
      status: 400,
      body: { error: { code: 'idempotency_key_required' } },
    })
    expect(await refund(box, CASABLANCA, 'x', 'wrong key')).toMatchObject({ status: 401 })
    expect(box.payments.control.refunds()).toHaveLength(1)
  })

  it('can be asked by our key after a connection was dropped, before or after the refund', async () => {
    const box = await sandbox()
    const body = { ...CASABLANCA, metadata: { refundKey: 'lost' } }
    box.payments.control.inject({ route: 'create_refund', kind: 'drop-before' })
    await expect(refund(box, body, 'lost')).rejects.toThrow()
    expect(await list(box, 'lost')).toEqual([])
    box.payments.control.inject({ route: 'create_refund', kind: 'drop-after' })
    await expect(refund(box, body, 'lost')).rejects.toThrow()
    expect(await list(box, 'lost')).toMatchObject([{ paymentId: 'pay_5001', amountMinor: 299 }])
    expect(await list(box, 'other')).toEqual([])
  })

  it('remembers refunds and answers across a restart, and forgets keys when told to', async () => {
    const dir = freshDir()
    const before = await startSandbox({ dir })
    const body = { ...CASABLANCA, amountMinor: 100, metadata: { refundKey: 'k' } }
    const first = await refund(before, body, 'k')
    await before.close()
    const after = await sandbox({ dir })
    expect(await refund(after, body, 'k')).toEqual({ ...first })
    after.payments.control.forgetIdempotencyKeys()
    expect((await refund(after, body, 'k')).body.id).not.toBe(first.body.id)
    expect(await list(after, 'k')).toHaveLength(2)
  })
})

describe('the shop of the sandbox', () => {
  it('knows customers and orders in two countries and currencies', async () => {
    const box = await sandbox()
    const customers = box.shop.control.customers()
    const orders = box.shop.control.orders()
    expect(customers.length).toBeGreaterThanOrEqual(12)
    expect(orders.length).toBeGreaterThanOrEqual(12)
    for (const currency of ['USD', 'JPY'])
      expect(orders.filter((order) => order.currency === currency).length).toBeGreaterThan(4)

    const order = await shop(box, 'orders/ord_5001')
    expect(order).toMatchObject({
      status: 200,
      body: { customerId: 'cus_1001', currency: 'USD', paymentId: 'pay_5001' },
    })
    expect(order.body.lines).toMatchObject([
      { title: 'Casablanca', kind: 'rental', priceMinor: 299, quantity: 1 },
    ])
    expect(await shop(box, 'customers/cus_1002')).toMatchObject({
      body: { name: '佐藤 美咲', locale: 'ja', country: 'JP', email: 'misaki.sato@example.jp' },
    })
  })

  it('answers 404 for what it does not have and 401 without the token', async () => {
    const box = await sandbox()
    expect(await shop(box, 'orders/ord_1')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    })
    expect(await shop(box, 'orders/ord_5001', 'no')).toMatchObject({ status: 401 })
    box.shop.control.inject({ route: 'order', kind: 'status', status: 503 })
    expect(await shop(box, 'orders/ord_5001')).toMatchObject({ status: 503 })
    expect(await shop(box, 'orders/ord_5001')).toMatchObject({ status: 200 })
  })
})

async function refund(box: Sandbox, body: object, key: string, apiKey = box.payments.apiKey) {
  const response = await fetch(`${box.payments.origin}/payments/refunds`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      ...(key ? { 'idempotency-key': key } : {}),
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as AnswerBody }
}

async function list(box: Sandbox, refundKey: string): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${box.payments.apiKey}` }
  const response = await fetch(`${box.payments.origin}/payments/refunds?refundKey=${refundKey}`, { headers })
  return ((await response.json()) as { data: unknown[] }).data
}

async function shop(box: Sandbox, path: string, token = box.shop.apiToken) {
  const response = await fetch(`${box.shop.origin}/shop/api/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: (await response.json()) as AnswerBody }
}
