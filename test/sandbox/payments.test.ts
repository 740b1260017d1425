import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { freshDir, sandbox, until } from './support.ts'

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

describe('requests to it', () => {
  it('are answered only where they are signed, now, as they were sent', async () => {
    const box = await sandbox()
    const path = '/payments/refunds?paymentId=pay_5001'
    const ask = async (header: string) => {
      const headers = { authorization: `Bearer ${box.payments.apiKey}`, 'kikimimi-signature': header }
      const response = await fetch(new URL(path, box.payments.origin), { headers })
      return [response.status, ((await response.json()) as AnswerBody).error?.code]
    }
    expect(await ask(signature(box, 'GET', path, ''))).toEqual([200, undefined])
    expect(await ask('')).toEqual([401, 'bad_signature'])
    expect(await ask(signature(box, 'GET', '/payments/refunds?paymentId=pay_5002', ''))).toEqual([
      401,
      'bad_signature',
    ])
    for (const skewMs of [-400_000, 400_000])
      expect(await ask(signature(box, 'GET', path, '', Date.now() + skewMs))).toEqual([401, 'clock_skew'])
  })
})

describe('its webhooks', () => {
  it('are signed, come again until they are taken, and tell of refunds and disputes', async () => {
    const box = await sandbox()
    const got: { type: string; signature: string; body: string }[] = []
    let answers = [500, 503]
    const server = createServer(async (request, response) => {
      const body = await text(request)
      const [status = 200, ...rest] = answers
      answers = rest
      if (status === 200) {
        const { type } = JSON.parse(body) as { type: string }
        got.push({ type, signature: String(request.headers['kikimimi-signature']), body })
      }
      response.writeHead(status).end()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    onTestFinished(() => void server.close())
    const { control, webhookSecrets } = box.payments
    control.sendWebhooksTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/somewhere`)
    control.makePending(1)
    const made = await refund(box, { ...CASABLANCA, amountMinor: 100 }, 'k')
    expect(made.body).toMatchObject({ status: 'pending' })
    await until(
      () => got.length,
      (count) => count === 1,
    )
    control.settlePending(made.body.id)
    control.failLater(made.body.id as string)
    control.closeDispute(control.openDispute({ paymentId: 'pay_5001' }).id, 'lost')
    await until(
      () => got.length,
      (count) => count === 5,
    )
    expect(got.map(({ type }) => type).sort()).toEqual(
      ['refund.created', 'refund.succeeded', 'refund.failed', 'dispute.created', 'dispute.closed'].sort(),
    )
    for (const { signature: header, body } of got) {
      const [, time, hex] = /^t=(\d+),v1=(\w+)$/.exec(header) ?? []
      const hmac = createHmac('sha256', webhookSecrets[0] as string)
      expect(hmac.update(`${time}.POST./v1/webhooks/payments.${body}`).digest('hex')).toBe(hex)
    }
    expect(control.refunds()[0]?.status).toBe('failed')
    expect(control.disputes()).toMatchObject([{ status: 'lost', amountMinor: 299 }])
  })

  it('and refunds that failed, free what they held', async () => {
    const box = await sandbox()
    const first = await refund(box, CASABLANCA, 'a')
    expect(await refund(box, CASABLANCA, 'b')).toMatchObject({ status: 402 })
    box.payments.control.failLater(first.body.id as string)
    expect(await refund(box, CASABLANCA, 'c')).toMatchObject({ status: 201 })
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
  const text = JSON.stringify(body)
  const response = await fetch(`${box.payments.origin}/refunds`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'kikimimi-signature': signature(box, 'POST', '/payments/refunds', text),
      ...(key ? { 'idempotency-key': key } : {}),
    },
    body: text,
  })
  return { status: response.status, body: (await response.json()) as AnswerBody }
}

/** Refunds of Casablanca's payment under a key. */
async function list(box: Sandbox, refundKey: string): Promise<unknown[]> {
  const path = `/payments/refunds?paymentId=${CASABLANCA.paymentId}`
  const headers = {
    authorization: `Bearer ${box.payments.apiKey}`,
    'kikimimi-signature': signature(box, 'GET', path, ''),
  }
  const response = await fetch(new URL(path, box.payments.origin), { headers })
  const { data } = (await response.json()) as { data: { metadata: { refundKey?: string } }[] }
  return data.filter(({ metadata }) => metadata.refundKey === refundKey)
}

function signature(box: Sandbox, method: string, path: string, body: string, at = Date.now()): string {
  const seconds = Math.floor(at / 1000)
  const hmac = createHmac('sha256', box.payments.signingSecret)
  return `t=${seconds},v1=${hmac.update(`${seconds}.${method}.${path}.${body}`).digest('hex')}`
}

async function shop(box: Sandbox, path: string, token = box.shop.apiToken) {
  const response = await fetch(`${box.shop.origin}/shop/api/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: (await response.json()) as AnswerBody }
}
