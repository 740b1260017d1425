import { describe, expect, test } from 'vitest'
import { pickOrderLine, type ShopOrder } from '../../src/refunds/index.ts'

const NOW = new Date('2026-11-22T10:00:00Z')
const DAY_MS = 86_400_000

type Line = ShopOrder['lines'][number]

function order(id: string, daysAgo: number, ...lines: [sku: string, kind: Line['kind']][]): ShopOrder {
  return {
    id,
    customerId: 'c1',
    placedAt: new Date(NOW.getTime() - daysAgo * DAY_MS),
    country: 'US',
    currency: 'USD',
    paymentId: `pay-${id}`,
    lines: lines.map(([sku, kind], at) => ({
      id: `${id}-${at + 1}`,
      sku,
      title: sku,
      kind,
      priceMinor: 500,
      quantity: 1,
    })),
  }
}

const hints = (more: { code?: string; orders?: string[]; skus?: string[] } = {}) => ({
  code: 'item.wrong',
  orders: [],
  skus: [],
  at: NOW,
  ...more,
})
const picked = (orders: ShopOrder[], more?: Parameters<typeof hints>[0]) =>
  pickOrderLine(orders, hints(more))?.line.id ?? null

const coffee = order('ord_1', 5, ['coffee', 'physical'])
const film = order('ord_2', 3, ['casablanca', 'rental'])
const basket = order('ord_3', 10, ['juice', 'physical'], ['book', 'physical'])

describe('the order line of a complaint', () => {
  test('is the only one that it can be about', () => {
    expect(picked([coffee])).toBe('ord_1-1')
    expect(picked([coffee, film])).toBe('ord_1-1')
    expect(picked([coffee, film], { code: 'streaming.quality' })).toBe('ord_2-1')
    expect(picked([film], { code: 'billing.charge' })).toBe('ord_2-1')
  })

  test('is not guessed where several fit, or none', () => {
    expect(picked([coffee, basket])).toBeNull()
    expect(picked([coffee, film], { code: 'billing.charge' })).toBeNull()
    expect(picked([film])).toBeNull()
    expect(picked([])).toBeNull()
  })

  test('is the one of the product that was named', () => {
    expect(picked([coffee, basket], { skus: ['book'] })).toBe('ord_3-2')
    expect(picked([coffee, order('ord_9', 1, ['coffee', 'physical'])], { skus: ['coffee'] })).toBeNull()
    expect(picked([coffee, basket], { skus: ['coffee', 'book'] })).toBeNull()
    expect(picked([coffee], { skus: ['kettle'] })).toBeNull()
    // Ordered coffee, got a kettle.
    expect(picked([coffee, basket], { skus: ['coffee', 'kettle'] })).toBe('ord_1-1')
  })

  test('is in the order whose number was named, however it was written', () => {
    const again = order('ord_9', 1, ['coffee', 'physical'])
    expect(picked([coffee, again], { orders: ['#ORD-9'] })).toBe('ord_9-1')
    expect(picked([coffee, basket], { orders: ['ord_3'], skus: ['juice'] })).toBe('ord_3-1')
    expect(picked([coffee, basket], { orders: ['ord_3'] })).toBeNull()
    expect(picked([coffee, again], { orders: ['ord_1', 'ord_9'] })).toBeNull()
    // Mistyped, and corrected in the next post.
    expect(picked([coffee, again], { orders: ['ord_99', 'ord_9'] })).toBe('ord_9-1')
  })

  test('is nobody else’s: a number that is in no order of the customer pays nothing', () => {
    expect(picked([coffee], { orders: ['ord_777'] })).toBeNull()
  })

  test('was ordered before the complaint, and not long before', () => {
    expect(picked([order('ord_4', -1, ['coffee', 'physical'])])).toBeNull()
    expect(picked([coffee, order('ord_4', -1, ['coffee', 'physical'])])).toBe('ord_1-1')
    expect(picked([order('ord_5', 120, ['coffee', 'physical'])])).toBeNull()
    expect(picked([order('ord_6', 45, ['casablanca', 'rental'])], { code: 'streaming.quality' })).toBeNull()
  })
})
