import { describe, expect, test } from 'vitest'
import {
  createHttpGateway,
  findByKey,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
  type ProviderRefund,
  signMessage,
} from '../../src/refunds/gateways/index.ts'
import { verifyMessage } from '../../src/signature.ts'
import { answer, closedOrigin, type Handler, jsonServer } from './json-server.ts'

const request = { key: 'refund:line-1:playback', paymentId: 'pay-1', amountMinor: 299, currency: 'USD' }
const apiKey = 'pk_of_the_shop'
const signingSecret = 'a-secret-that-signs'

async function gatewayTo(handle: Handler, timeoutMs = 2_000) {
  const { origin, calls } = await jsonServer(handle)
  return { gateway: createHttpGateway({ origin: `${origin}/api/`, apiKey, signingSecret, timeoutMs }), calls }
}

function listed(id: string, more: object = {}) {
  const { paymentId, amountMinor, currency } = request
  return {
    id,
    status: 'succeeded',
    paymentId,
    amountMinor,
    currency,
    createdAt: '2026-11-20T18:00:00Z',
    ...more,
  }
}

describe('a refund at a payment system of the shop’s own', () => {
  test('is sent with its key as idempotency key and in the metadata', async () => {
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
    expect(calls[0]?.url.pathname).toBe('/api/refunds')
  })

  test('is signed over time, method, path with query, and body', async () => {
    const { gateway, calls } = await gatewayTo(({ method }, response) => {
      answer(response, 200, method === 'POST' ? { id: 're_1', status: 'pending' } : { data: [] })
    })
    await gateway.refund(request)
    await gateway.refundsOf('pay 1&cursor=9')
    const [post, get] = calls
    const messages = [
      { call: post, method: 'POST', body: JSON.stringify(post?.body) },
      { call: get, method: 'GET', body: '' },
    ]
    for (const { call, method, body } of messages) {
      const path = `${call?.url.pathname}${call?.url.search}`
      const header = call?.headers['kikimimi-signature'] as string
      expect(() => verifyMessage({ method, path, body }, header, [signingSecret], new Date())).not.toThrow()
      expect(() => verifyMessage({ method, path, body }, header, [apiKey], new Date())).toThrow(/signature/)
      const other = { method, path: `${path}x`, body }
      expect(() => verifyMessage(other, header, [signingSecret], new Date())).toThrow(/signature/)
    }
  })

  test('whose answer was lost is unknown, and the list tells what happened', async () => {
    const taken: object[] = []
    const { gateway, calls } = await gatewayTo(({ method, body }, response) => {
      if (method === 'POST') {
        taken.push(listed('re_9', { metadata: (body as { metadata: object }).metadata }))
        response.destroy()
        return
      }
      answer(response, 200, { data: taken })
    })
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
    expect(calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
    const refunds = await gateway.refundsOf('pay-1')
    expect(findByKey(refunds, request.key)).toMatchObject({ id: 're_9', status: 'succeeded' })
    expect(findByKey(refunds, 'refund:line-2:playback')).toBeNull()
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

  test.each([{ amountMinor: 29_900 }, { currency: 'JPY' }, { paymentId: 'pay-2' }])(
    'an answer about other money (%o) is unknown, not a success',
    async (other) => {
      const { gateway } = await gatewayTo((_, response) => {
        answer(response, 201, { ...listed('re_1'), ...other })
      })
      await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
    },
  )

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
    const gateway = createHttpGateway({ origin: await closedOrigin(), apiKey })
    await expect(gateway.refund(request)).rejects.toThrow(GatewayUnavailableError)
    await expect(gateway.refundsOf('pay-1')).rejects.toThrow(GatewayUnavailableError)
  })

  test('no error tells the API key or the secret', async () => {
    const { gateway } = await gatewayTo((_, response) => response.destroy())
    const error = await gateway.refund(request).catch((caught: Error) => caught)
    const told = `${(error as Error).message} ${JSON.stringify(error)}`
    expect(told).not.toContain(apiKey)
    expect(told).not.toContain(signingSecret)
  })
})

describe('the list of refunds', () => {
  test('when the provider can not say, nobody concludes that there was no refund', async () => {
    for (const [status, body] of [
      [500, {}],
      [200, { refunds: [] }],
      [200, { data: [listed('re_1', { amountMinor: 2.5 })] }],
      [200, { data: [listed('re_1', { createdAt: 'yesterday' })] }],
      [404, {}],
    ] as const) {
      const { gateway } = await gatewayTo((_, response) => answer(response, status, body))
      await expect(gateway.refundsOf('pay-1')).rejects.toThrow(GatewayUnavailableError)
    }
  })

  test('is read page by page to its end, and one that does not end is not believed', async () => {
    const { gateway, calls } = await gatewayTo(({ url }, response) => {
      const page = Number(url.searchParams.get('cursor') ?? 1)
      answer(response, 200, { data: [listed(`re_${page}`)], nextCursor: page < 3 ? `${page + 1}` : null })
    })
    expect((await gateway.refundsOf('pay-1')).map(({ id }) => id)).toEqual(['re_1', 're_2', 're_3'])
    expect(calls.map(({ url }) => url.search)).toEqual([
      '?paymentId=pay-1',
      '?paymentId=pay-1&cursor=2',
      '?paymentId=pay-1&cursor=3',
    ])
    const { gateway: endless } = await gatewayTo((_, response) => {
      answer(response, 200, { data: [], nextCursor: 'again' })
    })
    await expect(endless.refundsOf('pay-1')).rejects.toThrow(/does not end/)
  })

  test('holds nothing of other payments or other times, whatever is answered', async () => {
    const { gateway } = await gatewayTo((_, response) => {
      answer(response, 200, {
        data: [
          listed('re_1', { metadata: { refundKey: 'k' } }),
          listed('re_2', { paymentId: 'pay-2', metadata: null }),
        ],
      })
    })
    expect(await gateway.refundsOf('pay-1')).toMatchObject([{ id: 're_1', key: 'k' }])
    const noon = new Date('2026-11-20T18:00:00Z')
    expect(await gateway.refundsBetween(noon, new Date(noon.getTime() + 1))).toHaveLength(2)
    expect(await gateway.refundsBetween(new Date(0), noon)).toEqual([])
  })
})

test('under one key, a refund that stands counts before one that failed', () => {
  const refund = (id: string, key: string | null, status: ProviderRefund['status']): ProviderRefund => ({
    id,
    key,
    status,
    paymentId: 'pay-1',
    amountMinor: 299,
    currency: 'USD',
    createdAt: new Date(),
  })
  const all = [
    refund('re_1', 'refund:line-10:playback', 'succeeded'),
    refund('re_2', request.key, 'failed'),
    refund('re_3', request.key, 'pending'),
    refund('re_4', null, 'succeeded'),
  ]
  expect(findByKey(all, request.key)?.id).toBe('re_3')
  expect(findByKey(all.slice(0, 2), request.key)?.id).toBe('re_2')
  expect(findByKey(all, 'refund:line-1:item')).toBeNull()
})

describe('a signature', () => {
  const message = { method: 'POST', path: '/v1/webhooks/payments', body: '{"a":1}' }
  const now = new Date('2026-11-20T18:00:00Z')
  const header = signMessage(message, 'old', now)

  test('holds under any secret that is valid now, within five minutes', () => {
    expect(() => verifyMessage(message, header, ['new', 'old'], now)).not.toThrow()
    for (const seconds of [-300, 300]) {
      const then = new Date(now.getTime() + seconds * 1000)
      expect(() => verifyMessage(message, header, ['old'], then)).not.toThrow()
    }
  })

  test.each([
    ['too old', 301, 'clock-skew'],
    ['from the future', -301, 'clock-skew'],
  ])('that is %s is refused with that reason', (_, seconds, fault) => {
    const then = new Date(now.getTime() + seconds * 1000)
    expect(() => verifyMessage(message, header, ['old'], then)).toThrow(expect.objectContaining({ fault }))
  })

  test.each([
    undefined,
    '',
    't=1,v1=',
    header.replace(/v1=./, 'v1=g'),
    header.replace('t=', 't=1'),
    header.replace(/,v1=.*/, `,v1=${'0'.repeat(64)}`),
  ])('%s is forged', (forged) => {
    expect(() => verifyMessage(message, forged, ['old'], now)).toThrow(
      expect.objectContaining({ fault: 'forged' }),
    )
  })
})
