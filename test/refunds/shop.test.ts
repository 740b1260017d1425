import { describe, expect, test } from 'vitest'
import {
  createShopClient,
  ShopAnswerError,
  ShopNotFoundError,
  ShopRefusedError,
  ShopUnavailableError,
} from '../../src/refunds/index.ts'
import { sandbox } from '../sandbox/support.ts'
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

describe('at the sandbox’s shop', () => {
  const DAY_MS = 86_400_000
  const ago = (days: number) => new Date(Date.now() - days * DAY_MS)

  async function open() {
    const box = await sandbox()
    const shop = createShopClient({ origin: box.shop.origin, apiToken: box.shop.apiToken })
    return { control: box.shop.control, shop }
  }

  const replacement = {
    key: 'replace:ord_5009-1:item',
    orderId: 'ord_5009',
    orderLineId: 'ord_5009-1',
    quantity: 1,
  }

  test('the orders of a customer since a day come newest first, every page of them', async () => {
    const { control, shop } = await open()
    expect((await shop.customerOrders('cus_1009', ago(30))).map(({ id }) => id)).toEqual([
      'ord_5015',
      'ord_5009',
    ])
    expect((await shop.customerOrders('cus_1009', ago(2))).map(({ id }) => id)).toEqual(['ord_5015'])
    const template = control.orders()[0]
    if (!template) throw new Error('the shop has no orders')
    for (let i = 0; i < 150; i += 1) {
      control.addOrder({ ...template, id: `ord_new_${i}`, customerId: 'cus_1003', paymentId: `pay_new_${i}` })
    }
    expect(await shop.customerOrders('cus_1003', ago(30))).toHaveLength(151)
    await expect(shop.customerOrders('nobody', ago(30))).rejects.toThrow(ShopNotFoundError)
    await expect(shop.customerOrders('..', ago(30))).rejects.toThrow(ShopNotFoundError)
  })

  test('an order line that was promised and not delivered is overdue, by whole days', async () => {
    const { control, shop } = await open()
    expect(await shop.overdueOrders(ago(365))).toEqual([])
    const [order] = control.orders()
    const line = order?.lines[0]
    if (!order || !line) throw new Error('the shop has no orders')
    const promised = ago(3.5).toISOString()
    control.addOrder({
      ...order,
      id: 'ord_late',
      totalMinor: 1299,
      lines: [
        { ...line, id: 'late-1', promisedAt: promised, taxRatePercent: 10 },
        { ...line, id: 'late-2', promisedAt: promised, deliveredAt: ago(1).toISOString() },
        { ...line, id: 'late-3', promisedAt: ago(-1).toISOString() },
      ],
    })
    const late = { orderId: 'ord_late', orderLineId: 'late-1', customerId: order.customerId, daysLate: 3 }
    expect(await shop.overdueOrders(ago(30))).toEqual([{ ...late, promisedAt: new Date(promised) }])
    expect(await shop.overdueOrders(ago(2))).toEqual([])
    const read = await shop.order('ord_late')
    expect(read.totalMinor).toBe(1299)
    expect(read.lines[0]).toMatchObject({ taxRatePercent: 10, promisedAt: new Date(promised) })
    expect(read.lines[1]?.deliveredAt).toBeInstanceOf(Date)
  })

  test('orders are counted by country and by the day of a time zone', async () => {
    const { control, shop } = await open()
    const [order] = control.orders()
    if (!order) throw new Error('the shop has no orders')
    for (const [n, placedAt] of [
      '2024-03-09T14:59:00Z',
      '2024-03-09T15:00:00Z',
      '2024-03-10T02:00:00Z',
    ].entries())
      control.addOrder({ ...order, id: `ord_${n}`, placedAt, country: n === 2 ? 'US' : 'JP' })
    expect(await shop.orderCounts('2024-03-09', '2024-03-10', 'Asia/Tokyo')).toEqual([
      { day: '2024-03-09', country: 'JP', orders: 1 },
      { day: '2024-03-10', country: 'JP', orders: 1 },
      { day: '2024-03-10', country: 'US', orders: 1 },
    ])
    expect(await shop.orderCounts('2024-03-09', '2024-03-09', 'UTC')).toEqual([
      { day: '2024-03-09', country: 'JP', orders: 2 },
    ])
    await expect(shop.orderCounts('2024-03-09', '2024-03-09', 'Mars/Olympus')).rejects.toThrow(
      ShopUnavailableError,
    )
  })

  test('a replacement is made once under its key, also after its answer was lost', async () => {
    const { control, shop } = await open()
    expect(await shop.findReplacement(replacement.key)).toBeNull()
    control.inject({ route: 'replacements', kind: 'drop-after' })
    await expect(shop.createReplacement(replacement)).rejects.toThrow(ShopUnavailableError)
    const made = await shop.createReplacement(replacement)
    expect(made).toMatchObject({ ...replacement, status: 'created' })
    expect(await shop.findReplacement(replacement.key)).toEqual(made)
    expect(control.replacements()).toHaveLength(1)
  })

  test('what is sold out, was not ordered, or is asked for differently under one key is not sent', async () => {
    const { control, shop } = await open()
    await expect(shop.createReplacement({ ...replacement, quantity: 5 })).rejects.toThrow(ShopRefusedError)
    await expect(shop.createReplacement({ ...replacement, orderLineId: 'none' })).rejects.toThrow(
      ShopRefusedError,
    )
    control.sellOut('coffee-decaf-500')
    await expect(shop.createReplacement(replacement)).rejects.toMatchObject({ code: 'out_of_stock' })
    expect(control.replacements()).toEqual([])
  })

  test('orders of somebody else in the list are a fault of the shop', async () => {
    const { shop } = await shopTo((_, response) => answer(response, 200, { data: [order] }))
    await expect(shop.customerOrders('customer-2', ago(1))).rejects.toThrow(ShopAnswerError)
  })
})
