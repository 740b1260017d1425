import { expect, test } from 'vitest'
import {
  createShopClient,
  ShopAnswerError,
  ShopNotFoundError,
  ShopUnavailableError,
} from '../../src/refunds/index.ts'
import { answer, closedOrigin, type Handler, jsonServer } from './json-server.ts'

const order = {
  id: 'order/1',
  customerId: 'customer-1',
  placedAt: '2026-11-20T18:00:00Z',
  country: 'JP',
  currency: 'JPY',
  paymentId: 'pay-1',
  lines: [{ id: 'l-1', sku: 'film-1', title: 'カサブランカ', kind: 'rental', priceMinor: 399, quantity: 1 }],
}
const customer = {
  id: 'customer-1',
  name: '佐藤 花子',
  email: 'hanako@example.jp',
  locale: 'ja',
  country: 'JP',
}

async function shopTo(handle: Handler, timeoutMs = 2_000) {
  const { origin, calls } = await jsonServer(handle)
  return { shop: createShopClient({ origin, apiToken: 'shop-token', timeoutMs }), calls }
}

test('orders and customers are asked for by id and validated', async () => {
  const { shop, calls } = await shopTo(({ url }, response) => {
    answer(response, 200, url.pathname.includes('/orders/') ? { ...order, more: 1 } : customer)
  })
  expect(await shop.order('order/1')).toEqual({ ...order, placedAt: new Date('2026-11-20T18:00:00Z') })
  expect(await shop.customer('customer-1')).toEqual(customer)
  expect(calls.map(({ url }) => url.pathname)).toEqual([
    '/shop/api/orders/order%2F1',
    '/shop/api/customers/customer-1',
  ])
  expect(calls[0]?.headers.authorization).toBe('Bearer shop-token')
})

test('what the shop does not have is not found', async () => {
  const { shop, calls } = await shopTo((_, response) => answer(response, 404, {}))
  await expect(shop.order('gone')).rejects.toThrow(ShopNotFoundError)
  await expect(shop.order('..')).rejects.toThrow(ShopNotFoundError)
  expect(calls).toHaveLength(1)
})

test.each([500, 503, 429, 401])('%d means ask again later', async (status) => {
  const { shop } = await shopTo((_, response) => answer(response, status, {}))
  await expect(shop.order('order-1')).rejects.toThrow(ShopUnavailableError)
})

test('a slow, dropped or unreachable shop means ask again later', async () => {
  const { shop: slow } = await shopTo(() => {}, 100)
  await expect(slow.order('order-1')).rejects.toThrow(ShopUnavailableError)
  const { shop: dropped } = await shopTo((_, response) => response.destroy())
  await expect(dropped.order('order-1')).rejects.toThrow(ShopUnavailableError)
  const unreachable = createShopClient({ origin: await closedOrigin(), apiToken: 'x' })
  await expect(unreachable.customer('c')).rejects.toThrow(ShopUnavailableError)
})

test.each([
  ['another order', { ...order, id: 'order-2' }],
  ['a fractional price', { ...order, lines: [{ ...order.lines[0], priceMinor: 3.99 }] }],
  ['a negative price', { ...order, lines: [{ ...order.lines[0], priceMinor: -1 }] }],
  ['a currency that is none', { ...order, currency: 'YEN' }],
  ['an order without its payment', { ...order, paymentId: undefined }],
])('%s is not an answer', async (_, body) => {
  const { shop } = await shopTo((_call, response) => answer(response, 200, body))
  await expect(shop.order('order/1')).rejects.toThrow(ShopAnswerError)
})
