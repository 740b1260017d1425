import { expect, test } from 'vitest'
import { registry } from '../../src/metrics.ts'
import {
  createHttpGateway,
  GatewayRefusedError,
  GatewayUnavailableError,
  GatewayUnknownError,
  withBreaker,
} from '../../src/refunds/gateways/index.ts'
import { answer, jsonServer } from './json-server.ts'

const HALF_OPEN_AFTER_MS = 150
const request = { key: 'refund:line-1:playback', paymentId: 'pay-1', amountMinor: 299, currency: 'USD' }

async function guarded() {
  const provider = { status: 500, delayMs: 0 }
  const { origin, calls } = await jsonServer(({ method }, response) => {
    setTimeout(() => {
      if (provider.status === 402) answer(response, 402, { error: { code: 'no', message: 'no' } })
      else if (provider.status !== 200) answer(response, provider.status, {})
      else answer(response, 200, method === 'GET' ? { data: [] } : { id: 're_1', status: 'succeeded' })
    }, provider.delayMs)
  })
  const options = { failures: 3, halfOpenAfterMs: HALF_OPEN_AFTER_MS }
  const gateway = withBreaker(createHttpGateway({ origin, apiKey: 'k', timeoutMs: 2_000 }), options)
  return { provider, gateway, calls }
}

const gauge = async () =>
  Number(/^kikimimi_gateway_circuit\{gateway="http"\} (\d)$/m.exec(await registry.metrics())?.[1])

test('after some outages in a row the provider is left alone, and every payout waits', async () => {
  const { gateway, calls } = await guarded()
  expect(await gauge()).toBe(0)
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
  await expect(gateway.refundsOf('pay-1')).rejects.toThrow(GatewayUnavailableError)
  await expect(gateway.refund(request)).rejects.toThrow(GatewayUnknownError)
  expect(calls).toHaveLength(3)
  expect(await gauge()).toBe(2)
  const left = gateway.refund(request)
  await expect(left).rejects.toThrow(GatewayUnavailableError)
  await expect(left).rejects.toThrow(/circuit open until 20\d\d-.*answered 500/)
  await expect(gateway.refundsBetween(new Date(0), new Date())).rejects.toThrow(/circuit open/)
  expect(calls).toHaveLength(3)
  expect(gateway.state()).toMatchObject({ name: 'http', circuit: 'open', openUntil: expect.any(Date) })
})

test('then one call tries, while the others do not wait for it; when it goes, all go', async () => {
  const { provider, gateway, calls } = await guarded()
  for (let i = 0; i < 3; i += 1) await gateway.refundsOf('pay-1').catch(() => {})
  await new Promise((done) => setTimeout(done, HALF_OPEN_AFTER_MS + 20))
  Object.assign(provider, { status: 200, delayMs: 100 })
  const probe = gateway.refundsOf('pay-1')
  const began = Date.now()
  await expect(gateway.refund(request)).rejects.toThrow(/half-open/)
  expect(Date.now() - began).toBeLessThan(80)
  expect(await gauge()).toBe(1)
  expect(await probe).toEqual([])
  expect(gateway.state()).toMatchObject({ circuit: 'closed', openUntil: null })
  expect(await gateway.refund(request)).toMatchObject({ id: 're_1' })
  expect(calls).toHaveLength(5)
})

test('a try that fails opens it again', async () => {
  const { gateway, calls } = await guarded()
  for (let i = 0; i < 3; i += 1) await gateway.refundsOf('pay-1').catch(() => {})
  await new Promise((done) => setTimeout(done, HALF_OPEN_AFTER_MS + 20))
  await expect(gateway.refundsOf('pay-1')).rejects.toThrow(/answered with 500/)
  await expect(gateway.refundsOf('pay-1')).rejects.toThrow(/circuit open/)
  expect(calls).toHaveLength(4)
})

test('a refusal is an answer: it opens nothing, and ends a row of outages', async () => {
  const { provider, gateway } = await guarded()
  for (const status of [500, 500, 402, 500, 500]) {
    provider.status = status
    await expect(gateway.refund(request)).rejects.toThrow(
      status === 402 ? GatewayRefusedError : GatewayUnknownError,
    )
  }
  for (let i = 0; i < 10; i += 1) {
    provider.status = 402
    await expect(gateway.refund(request)).rejects.toThrow(GatewayRefusedError)
  }
  expect(gateway.state().circuit).toBe('closed')
})
