import { expect, test } from 'vitest'
import {
  createSandboxGateway,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
} from '../../src/refunds/index.ts'
import { answer, closedOrigin, type Handler, jsonServer } from './json-server.ts'

const request = { key: 'refund:line-1:playback', paymentId: 'pay-1', amountMinor: 299, currency: 'USD' }
const apiKey = 'sk_test_of_the_sandbox'

async function gatewayTo(handle: Handler, timeoutMs = 2_000) {
  const { origin, calls } = await jsonServer(handle)
  return { gateway: createSandboxGateway({ origin, apiKey, timeoutMs }), calls }
}

test('a refund is sent with its key as idempotency key and in the metadata', async () => {
  const { gateway, calls } = await gatewayTo((_, response) => {
    answer(response, 201, { id: 're_1', status: 'succeeded', extra: true })
  })
  const result = await gateway.refund({ ...request, metadata: { orderId: 'o-1' } })
  expect(result).toEqual({ id: 're_1', status: 'succeeded' })
  expect(calls).toHaveLength(1)
  expect(calls[0]).toMatchObject({
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': request.key },
    body: {
      paymentId: 'pay-1',
      amountMinor: 299,
      currency: 'USD',
      metadata: { orderId: 'o-1', refundKey: request.key },
    },
  })
  expect(calls[0]?.url.pathname).toBe('/payments/refunds')
})

test('a connection dropped after the write is unknown, and the provider tells what happened', async () => {
  const taken = new Map<string, object>()
  const { gateway, calls } = await gatewayTo(({ method, url, body }, response) => {
    if (method === 'POST') {
      const { metadata } = body as { metadata: { refundKey: string } }
      taken.set(metadata.refundKey, { id: 're_9', status: 'succeeded', metadata })
      response.destroy()
      return
    }
    answer(response, 200, { data: [taken.get(url.searchParams.get('refundKey') ?? '')].filter(Boolean) })
  })
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
  expect(calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(await gateway.findByKey(request.key)).toEqual({ id: 're_9', status: 'succeeded' })
  expect(await gateway.findByKey('refund:line-2:playback')).toBeNull()
})

test('no answer in time is unknown', async () => {
  const { gateway } = await gatewayTo(() => {}, 100)
  await expect(gateway.refund(request)).rejects.toThrow(/no answer within 100 ms/)
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
})

test.each([500, 502, 503, 409, 302])('%d is unknown', async (status) => {
  const { gateway } = await gatewayTo((_, response) => {
    answer(response, status, { error: { code: 'oops', message: 'try again' } })
  })
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
})

test('an answer that can not be read is unknown, not a success', async () => {
  const { gateway } = await gatewayTo((_, response) => {
    response.writeHead(201).end('<html>')
  })
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
})

test("a no from the provider is permanent and carries the provider's code", async () => {
  const { gateway } = await gatewayTo((_, response) => {
    answer(response, 402, { error: { code: 'charge_already_refunded', message: 'nothing left' } })
  })
  const refused = gateway.refund(request)
  await expect(refused).rejects.toThrow(GatewayRefusedError)
  await expect(refused).rejects.toMatchObject({ code: 'charge_already_refunded' })
})

test.each([401, 403, 429])(
  '%d is not a no to this refund: nothing happened, send it later',
  async (status) => {
    const { gateway } = await gatewayTo((_, response) => {
      answer(response, status, { error: { code: 'x', message: 'y' } })
    })
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnavailableError)
  },
)

test('a provider that can not be reached got nothing', async () => {
  const gateway = createSandboxGateway({ origin: await closedOrigin(), apiKey })
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnavailableError)
  await expect(gateway.findByKey(request.key)).rejects.toThrow(GatewayUnavailableError)
})

test('when the provider can not say, nobody concludes that there was no refund', async () => {
  for (const [status, body] of [
    [500, {}],
    [200, { refunds: [] }],
    [404, {}],
  ] as const) {
    const { gateway } = await gatewayTo((_, response) => answer(response, status, body))
    await expect(gateway.findByKey(request.key)).rejects.toThrow(GatewayUnavailableError)
  }
})

test('a refund of another key in the list is not ours, and one that stands counts before one that failed', async () => {
  const { gateway } = await gatewayTo((_, response) => {
    answer(response, 200, {
      data: [
        { id: 're_1', status: 'succeeded', metadata: { refundKey: 'refund:line-10:playback' } },
        { id: 're_2', status: 'failed', metadata: { refundKey: request.key } },
        { id: 're_3', status: 'pending', metadata: { refundKey: request.key } },
      ],
    })
  })
  expect(await gateway.findByKey(request.key)).toEqual({ id: 're_3', status: 'pending' })
})

test('no error tells the API key', async () => {
  const { gateway } = await gatewayTo((_, response) => response.destroy())
  const error = await gateway.refund(request).catch((caught: Error) => caught)
  expect(`${(error as Error).message} ${JSON.stringify(error)}`).not.toContain(apiKey)
})
