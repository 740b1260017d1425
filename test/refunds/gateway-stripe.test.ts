import { describe, expect, test } from 'vitest'
import {
  createStripeGateway,
  findByKey,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
} from '../../src/refunds/gateways/index.ts'
import { type StripeFault, startStripe } from '../support/stripe-server.ts'
import { answer, closedOrigin, jsonServer } from './json-server.ts'

const key = 'refund:line-1:playback'

async function stripeWith(amount = 1000, currency = 'usd', timeoutMs = 2_000) {
  const stripe = await startStripe()
  const payment = stripe.addPayment({ amount, currency })
  const gateway = createStripeGateway({ secretKey: stripe.secretKey, apiOrigin: stripe.origin, timeoutMs })
  const request = { key, paymentId: payment.id, amountMinor: 299, currency: currency.toUpperCase() }
  return { stripe, gateway, payment, request }
}

describe('a refund at Stripe', () => {
  test('goes out under its key, and is found again by it among all refunds of the payment', async () => {
    const { stripe, gateway, payment, request } = await stripeWith()
    const taken = await gateway.refund({ ...request, metadata: { orderId: 'o-1' } })
    expect(taken.status).toBe('succeeded')
    expect(stripe.requests).toEqual([`POST /v1/refunds ${key}`])
    expect(stripe.refunds()).toMatchObject([
      { id: taken.id, amount: 299, metadata: { refundKey: key, paymentId: payment.id, orderId: 'o-1' } },
    ])
    stripe.refundByOther(payment.id, 100)
    const listed = await gateway.refundsOf(payment.id)
    expect(listed.map((refund) => refund.key)).toEqual([null, key])
    expect(findByKey(listed, key)).toMatchObject({
      id: taken.id,
      paymentId: payment.id,
      amountMinor: 299,
      currency: 'USD',
    })
  })

  test('is paid by charge where the shop names charges, and both lists call the payment what the shop does', async () => {
    const { gateway, payment, request } = await stripeWith()
    await gateway.refund({ ...request, paymentId: payment.charge })
    const hour = 3_600_000
    const lists = [
      await gateway.refundsOf(payment.charge),
      await gateway.refundsBetween(new Date(Date.now() - hour), new Date(Date.now() + hour)),
    ]
    for (const list of lists) expect(list).toMatchObject([{ paymentId: payment.charge, key }])
  })

  test('sent twice under one key is one refund', async () => {
    const { stripe, gateway, request } = await stripeWith()
    expect(await gateway.refund(request)).toEqual(await gateway.refund(request))
    expect(stripe.refunds()).toHaveLength(1)
  })

  test('whose answer is about other money is unknown: the list decides', async () => {
    const { origin } = await jsonServer((_, response) =>
      answer(response, 200, { id: 're_1', amount: 29_900, currency: 'usd', created: 1, status: 'succeeded' }),
    )
    const gateway = createStripeGateway({ secretKey: 'sk_test_0', apiOrigin: origin })
    const sent = gateway.refund({ key, paymentId: 'pi_1', amountMinor: 299, currency: 'USD' })
    await expect(sent).rejects.toThrow(GatewayUnknownError)
  })

  test('may be pending or wait for the customer, and fail later', async () => {
    const { stripe, gateway, payment, request } = await stripeWith()
    for (const status of ['pending', 'requires_action'] as const) {
      stripe.nextStatus(status)
      const taken = await gateway.refund({ ...request, key: `${key}:${status}` })
      expect(taken.status).toBe('pending')
      const end = status === 'pending' ? 'failed' : 'canceled'
      stripe.settle(taken.id, end)
      expect(findByKey(await gateway.refundsOf(payment.id), `${key}:${status}`)?.status).toBe('failed')
    }
  })

  test('of a payment that is not Stripe’s is refused without asking', async () => {
    const { stripe, gateway, request } = await stripeWith()
    await expect(gateway.refund({ ...request, paymentId: 'pay_5001' })).rejects.toThrow(/pi_… or a ch_/)
    expect(await gateway.refundsOf('pay_5001')).toEqual([])
    expect(stripe.requests).toEqual([])
  })
})

describe('what Stripe refuses is refused for good', () => {
  test('more than is left, all refunded, no such payment', async () => {
    const { gateway, payment, request } = await stripeWith(500)
    await expect(gateway.refund({ ...request, amountMinor: 501 })).rejects.toThrow(GatewayRefusedError)
    await gateway.refund({ ...request, key: 'refund:all:item', amountMinor: 500 })
    await expect(gateway.refund({ ...request, key: 'refund:again:item' })).rejects.toMatchObject({
      name: 'GatewayRefusedError',
      code: 'charge_already_refunded',
    })
    await expect(gateway.refund({ ...request, key: 'k', paymentId: 'pi_none' })).rejects.toMatchObject({
      code: 'resource_missing',
    })
    expect(await gateway.refundsOf('pi_none')).toEqual([])
    expect(await gateway.refundsOf(payment.id)).toHaveLength(1)
  })

  test('a 402 carries the code', async () => {
    const { stripe, gateway, request } = await stripeWith()
    stripe.fault('402')
    await expect(gateway.refund(request)).rejects.toMatchObject({
      name: 'GatewayRefusedError',
      code: 'expired_card',
    })
  })
})

describe('what may have been carried out is unknown', () => {
  test.each<StripeFault>(['drop-after', 'hang-after', 'cut-answer', '500-after'])(
    '%s: sent once, and the list tells what happened',
    async (fault) => {
      const { stripe, gateway, payment, request } = await stripeWith(1000, 'usd', 300)
      stripe.fault(fault)
      await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
      // The SDK sends once more by itself when a connection closes, retries allowed or not.
      expect(stripe.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1)
      expect(findByKey(await gateway.refundsOf(payment.id), key)).toMatchObject({ amountMinor: 299 })
    },
  )

  test.each<StripeFault>(['drop-before', '500', '503-html', 'lock-timeout'])(
    '%s: unknown too, and the list shows that nothing was done',
    async (fault) => {
      const { stripe, gateway, payment, request } = await stripeWith()
      stripe.fault(fault)
      await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
      expect(stripe.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1)
      expect(await gateway.refundsOf(payment.id)).toEqual([])
    },
  )

  test('a stored 500 is replayed under its key until Stripe forgets the key', async () => {
    const { stripe, gateway, request } = await stripeWith()
    stripe.fault('500')
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
    expect(stripe.refunds()).toEqual([])
    stripe.forgetKeys()
    expect((await gateway.refund(request)).status).toBe('succeeded')
  })

  test('while the first request runs, a second one under its key is told 409 and pays nothing', async () => {
    const { stripe, gateway, request } = await stripeWith()
    stripe.fault('slow')
    const first = gateway.refund(request)
    await new Promise((done) => setTimeout(done, 100))
    const second = gateway.refund(request)
    await expect(second).rejects.toThrow(GatewayUnknownError)
    await expect(second).rejects.toThrow(/idempotency_key_in_use/)
    await first
    expect(stripe.refunds()).toHaveLength(1)
  })

  test('a key that was used for another amount is for a person, and not a refusal of this refund', async () => {
    const { stripe, gateway, request } = await stripeWith()
    await gateway.refund(request)
    const other = gateway.refund({ ...request, amountMinor: 300 })
    await expect(other).rejects.toThrow(GatewayUnknownError)
    await expect(other).rejects.toThrow(/a person compares/)
    expect(stripe.refunds()).toHaveLength(1)
  })

  test('once Stripe forgot the key, sending again would pay twice: only the list prevents it', async () => {
    const { stripe, gateway, payment, request } = await stripeWith()
    stripe.fault('drop-after')
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
    stripe.forgetKeys()
    expect(findByKey(await gateway.refundsOf(payment.id), key)).not.toBeNull()
    await gateway.refund(request)
    expect(stripe.refunds()).toHaveLength(2)
  })
})

describe('what was not carried out can be sent again', () => {
  test.each<[StripeFault, RegExp]>([
    ['429', /slow down/],
    ['401', /check STRIPE_SECRET_KEY/],
  ])('%s', async (fault, words) => {
    const { stripe, gateway, request } = await stripeWith()
    stripe.fault(fault)
    const refused = gateway.refund(request)
    await expect(refused).rejects.toThrow(GatewayUnavailableError)
    await expect(refused).rejects.toThrow(words)
    expect((await gateway.refund(request)).status).toBe('succeeded')
  })

  test('nobody listens there', async () => {
    const { request } = await stripeWith()
    const gateway = createStripeGateway({ secretKey: 'sk_test_x', apiOrigin: await closedOrigin() })
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnavailableError)
    await expect(gateway.refundsOf(request.paymentId)).rejects.toThrow(GatewayUnavailableError)
  })

  test('and no error tells the key', async () => {
    const { stripe, request } = await stripeWith()
    const secretKey = 'sk_live_secretsecretsecret'
    const gateway = createStripeGateway({ secretKey, apiOrigin: stripe.origin })
    const error = (await gateway.refund(request).catch((caught: Error) => caught)) as Error
    expect(error).toBeInstanceOf(GatewayUnavailableError)
    expect(error.message).not.toContain('sk_live')
  })
})

describe('the list of refunds', () => {
  test('is read to its end, page by page', async () => {
    const { stripe, gateway, payment } = await stripeWith(100_000)
    for (let i = 0; i < 230; i += 1) stripe.refundByOther(payment.id, 1)
    expect(await gateway.refundsOf(payment.id)).toHaveLength(230)
    expect(stripe.requests.filter((line) => line.startsWith('GET'))).toHaveLength(3)
  })

  test.each<StripeFault>(['500', '429', 'drop-before'])(
    'that answers %s, or breaks off, says nothing: never that there is no refund',
    async (fault) => {
      const { stripe, gateway, payment } = await stripeWith(100_000)
      for (let i = 0; i < 150; i += 1) stripe.refundByOther(payment.id, 1)
      stripe.fault(fault, 'list')
      await expect(gateway.refundsOf(payment.id)).rejects.toThrow(GatewayUnavailableError)
    },
  )

  test('between two times holds the whole seconds within them', async () => {
    const { stripe, gateway, payment } = await stripeWith()
    const { created } = stripe.refundByOther(payment.id, 1)
    const at = (seconds: number) => new Date((created + seconds) * 1000)
    expect(await gateway.refundsBetween(at(0), at(1))).toMatchObject([{ createdAt: at(0) }])
    expect(await gateway.refundsBetween(at(0.5), at(2))).toEqual([])
    expect(await gateway.refundsBetween(at(-1), at(0))).toEqual([])
  })
})
